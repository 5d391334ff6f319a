"""What temperature costs: truth and variety of captions drawn at several (chapter 11, Speaking).

`python -m experiments.temperature` writes data/logs/temperature.json: ten captions drawn for each
of 200 val scenes at each temperature, and greedy ones beside them; the hero's first word, its
greedy sentence and its likeliest, the probability of <END> as it is made to run on; a thousand
sentences about the hero; and what the same scenes' own captions cost when the network reads them.
"""

from collections import Counter

import numpy as np

from captioning.captioner import UNSAID, load_captioner
from captioning.dataset import load_coco_data
from captioning.decoding import greedy, log_probabilities, sample_captions
from captioning.files import data_path
from captioning.logs import read_log, write_log
from captioning.progress import bar
from captioning.scenes import HERO, judge, scenes_from, truth
from captioning.vocabulary import encode, plain_sentence

TEMPERATURES = (.125, .25, .5, .75, 1, 1.25, 1.5, 1.75, 2)
SCENES, DRAWS = 200, 10
LONGEST = 18  # words of a caption, <START> and <END> among them
HERO_DRAWS, SEED, RUN_ON = 1000, 0, 20
LIKELIEST = "at night a blue boat is left of two yellow stars"  # chapter 11's search proves it


def measure(captioner, features, captions, scenes, draws):
    """Truth, variety, length and cost of captions, a scene's ``draws`` of them side by side.

    The cost is that of the model's own probabilities, whatever the temperature.
    """
    sentences = [plain_sentence(row, captioner.words) for row in captions]
    different = [len(set(sentences[k:k + draws])) for k in range(0, len(sentences), draws)]
    report = truth(sentences, [scene for scene in scenes for _ in range(draws)])
    lengths = [len(sentence.split()) for sentence in sentences]
    cost = -log_probabilities(captioner.model, features, captions).sum(axis=1)
    return {"truth": round(report["truth"], 4), "unparsed": round(report["unparsed"], 4),
            "coverage": round(report["coverage"], 4), "different": float(np.mean(different)),
            "words": round(float(np.mean(lengths)), 3), "nats": round(float(cost.mean()), 3)}


def step_by_step(captioner, vector, said):
    """What the captioner thinks of each word as it reads a sentence, <END> included."""
    model, steps = captioner.model, []
    state = model.start(captioner.scale.apply(vector))
    word = "<START>"
    for next_word in said:
        log_probs, state = model.step(np.array([model.word_to_idx[word]]), state)
        p = np.exp(log_probs[0])
        steps.append({"word": next_word, "p": round(float(p[model.word_to_idx[next_word]]), 5),
                      "end": round(float(p[model.word_to_idx["<END>"]]), 5)})
        word = next_word
    return steps


def first_word(captioner, vector):
    """The log-probabilities of the hero's first word, all but the impossible ones."""
    state = captioner.model.start(captioner.scale.apply(vector))
    log_probs, _ = captioner.model.step(np.array([captioner.model.word_to_idx["<START>"]]), state)
    best = np.argsort(-log_probs[0])
    return {"words": [captioner.words[k] for k in best],
            "log_probs": log_probs[0, best].round(3).tolist()}


def about_the_hero(captioner):
    """Everything that chapter 11 shows of the one scene."""
    vector = np.array(read_log("hero")["vector"])[None]
    features = captioner.scale.apply(vector)
    said = captioner.caption(vector)[0]
    endless = greedy(captioner.model, features, RUN_ON, (*UNSAID, "<END>"))
    draws = {}
    for tau in TEMPERATURES:
        rows = sample_captions(captioner.model, np.repeat(features, HERO_DRAWS, axis=0), tau, 30,
                               UNSAID, np.random.default_rng(SEED))
        sentences = [plain_sentence(row, captioner.words) for row in rows]
        counts = Counter(sentences).most_common()
        draws[str(tau)] = {
            "true": sum(judge(s, HERO).true for s in sentences), "distinct": len(counts),
            "greedy": dict(counts).get(said, 0),
            "counts": None if tau != 1 else [[n, judge(s, HERO).true, s == said]
                                             for s, n in counts]}
    return {"first_word": first_word(captioner, vector),
            "greedy": step_by_step(captioner, vector, [*said.split(), "<END>"]),
            "likeliest": step_by_step(captioner, vector, [*LIKELIEST.split(), "<END>"]),
            "running_on": step_by_step(captioner, vector,
                                       plain_sentence(endless[0], captioner.words).split()),
            "draws": draws, "sentence": said}


def people(captioner, data, own):
    """What the captions of the scenes cost, each of their words read as people wrote it.

    ``own`` is the mean cost of each scene's captions that were drawn at temperature 1: the gap is
    taken scene by scene, and its error is that of a mean over scenes.
    """
    captions = np.array([encode(sentence.split(), captioner.model.word_to_idx, LONGEST)[1:]
                         for sentence in data["val_sentences"]])
    mine = data["val_image_idxs"] < SCENES
    features = scaled(captioner, data)[data["val_image_idxs"][mine]]
    each = log_probabilities(captioner.model, features, captions[mine])
    scene = data["val_image_idxs"][mine]
    gap = own + np.bincount(scene, each.sum(axis=1)) / np.bincount(scene)
    return {"captions": int(mine.sum()), "nats": round(float(-each.sum(axis=1).mean()), 3),
            "nats_a_word": round(float(-each.sum() / (captions[mine] != 0).sum()), 4),
            "gap": round(float(gap.mean()), 3),
            "gap_error": round(float(gap.std() / np.sqrt(SCENES)), 3)}


def scaled(captioner, data):
    """Features of the val scenes as the captioner reads them."""
    return captioner.scale.apply(data["val_features"].astype(np.float64))


def main():
    """Draw at every temperature, measure, write the log."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    data = load_coco_data(data_path("scenes.h5"))
    scenes = scenes_from(data["val_scenes"][:SCENES])
    features = scaled(captioner, data)[:SCENES]
    many, rng, curve = np.repeat(features, DRAWS, axis=0), np.random.default_rng(SEED), []
    for tau in bar(TEMPERATURES, "temperatures"):
        captions = sample_captions(captioner.model, many, tau, 30, UNSAID, rng)
        curve.append({"tau": tau} | measure(captioner, many, captions, scenes, DRAWS))
        if tau == 1:
            own = -log_probabilities(captioner.model, many, captions).sum(axis=1)
    best = greedy(captioner.model, features, 30, UNSAID)
    result = {"captioner": "scenes-lstm", "split": "val", "scenes": SCENES, "draws": DRAWS,
              "curve": curve, "greedy": measure(captioner, features, best, scenes, 1),
              "people": people(captioner, data, own.reshape(SCENES, DRAWS).mean(axis=1)),
              "hero": about_the_hero(captioner)}
    write_log("temperature", result, "python -m experiments.temperature", SEED)


if __name__ == "__main__":
    main()
