"""What a wider beam says: likelier, shorter, and not always better (chapter 11, Speaking).

`python -m experiments.beam --photographs flickr8k.h5` writes data/logs/beam.json. Scenes: 400 of
`val` by the LSTM at widths 1 to 30 and three alphas, two models and their ensemble, and words
drawn from fewer of the likeliest. Photographs: the shipped captioner on Flickr8k's `dev` at the
same widths, and the rules of decoding one by one. The hero: how a beam of three grows.
"""

import argparse

import numpy as np

from captioning.captioner import UNSAID, load_captioner
from captioning.dataset import load_coco_data
from captioning.decoding import (
    SILENT,
    Ensemble,
    beam_search,
    best_of,
    log_probabilities,
    sample_captions,
)
from captioning.decoding.beam import take
from captioning.evaluation import references_of
from captioning.files import data_path
from captioning.logs import read_log, write_log
from captioning.metrics import bleu, cider_d, rouge_l, variety
from captioning.progress import bar
from captioning.scenes import scenes_from, truth
from captioning.vocabulary import encode, plain_sentence
from experiments.temperature import DRAWS, SCENES, measure

WIDTHS, ALPHAS = (1, 2, 3, 5, 10, 30), (0, .7, 1)
MORE_ALPHAS = (.4, 1.5)  # on photographs, at width 5 alone
CUTS = (dict(), dict(top_k=2), dict(top_k=5), dict(top_k=20), dict(top_p=.5), dict(top_p=.8),
        dict(top_p=.9), dict(top_p=.95))  # of draws at temperature 1
MANY, BATCH, SEED = 400, 100, 0
TREE = 3  # width of the beam that is drawn
LONGEST = 45  # words of a caption of people's, <START> and <END> among them


def search(model, features, width, alpha, **rules):
    """The best caption of each picture, a batch at a time, and its log-probability."""
    found = [beam_search(model, features[k:k + BATCH], width, alpha, **rules)
             for k in range(0, len(features), BATCH)]
    return (np.concatenate([captions[:, 0] for captions, _ in found]),
            np.concatenate([log_probs[:, 0] for _, log_probs in found]))


def common(rows, log_probs, words):
    """Sentences, and what can be counted of any: length, log-probability, variety."""
    sentences = [plain_sentence(row, words) for row in rows]
    counted = variety(sentences)
    return sentences, {"length": round(counted["length"], 3), "distinct": counted["distinct"],
                       "words": counted["words"], "log_p": round(float(log_probs.mean()), 3)}


def on_scenes(model, words, features, scenes, width, alpha):
    """Truth, mentions, length and variety of what a beam says about scenes."""
    sentences, result = common(*search(model, features, width, alpha, forbidden=UNSAID), words)
    judged = truth(sentences, scenes)
    return {"width": width, "alpha": alpha} | result | {
        name: round(judged[name], 4) for name in ("truth", "unparsed", "coverage")}


def all_scenes():
    """Widths and alphas, members and ensemble, and cuts of the line to draw from."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    other, _ = load_captioner(data_path("scenes-rnn.npz"), np.float64)
    assert np.array_equal(captioner.scale.mean, other.scale.mean)
    data = load_coco_data(data_path("scenes.h5"))
    features = captioner.scale.apply(data["val_features"].astype(np.float64))
    scenes = scenes_from(data["val_scenes"])
    models = {"rnn": other.model, "lstm": captioner.model,
              "ensemble": Ensemble([other.model, captioner.model])}
    return {
        "split": "val", "scenes": MANY,
        "grid": [on_scenes(captioner.model, captioner.words, features[:MANY], scenes[:MANY], K, a)
                 for K in bar(WIDTHS, "scenes") for a in ALPHAS],
        "ensemble": {name: on_scenes(model, captioner.words, features, scenes, 1, 0)
                     | {"people": people(model, features, data, "val", len(scenes))["log_p"]}
                     for name, model in models.items()},
        "cuts": cuts(captioner, features[:SCENES], scenes[:SCENES]),
        "people": people(captioner.model, features, data, "val", MANY)}


def cuts(captioner, features, scenes):
    """Ten captions of each scene, drawn from fewer of the likeliest words at temperature 1."""
    many, results = np.repeat(features, DRAWS, axis=0), []
    for cut in bar(CUTS, "cuts"):
        rows = sample_captions(captioner.model, many, 1, 30, UNSAID, np.random.default_rng(SEED),
                               **cut)
        results.append(cut | measure(captioner, many, rows, scenes, DRAWS))
    return {"scenes": len(scenes), "draws": DRAWS, "curve": results}


def people(model, features, data, split, pictures):
    """Length, variety and log-probability of what people wrote, read word by word.

    Those of which the network lacks a word have no probability to compare, and are left out.
    """
    mine = data[f"{split}_image_idxs"] < pictures
    said = [s for s, ours in zip(data[f"{split}_sentences"], mine, strict=True) if ours]
    known = np.array([set(s.split()) <= model.word_to_idx.keys() for s in said])
    sentences = [s for s, knows in zip(said, known, strict=True) if knows]
    idxs = data[f"{split}_image_idxs"][mine][known]
    rows = np.array([encode(s.split(), model.word_to_idx, LONGEST)[1:] for s in sentences])
    log_p = np.concatenate([log_probabilities(model, features[idxs[k:k + 1000]], rows[k:k + 1000])
                            .sum(axis=1) for k in range(0, len(rows), 1000)])
    first = dict(zip(data[f"{split}_image_idxs"][mine][::-1], said[::-1], strict=True))
    return {"captions": len(said), "length": round(variety(said)["length"], 3),
            "distinct": len(set(first.values())),  # of one caption a picture
            "known": len(sentences), "log_p": round(float(log_p.mean()), 3)}


def judged(captioner, features, references, width, alpha, forbidden=UNSAID, **rules):
    """Scores of what a beam says about photographs."""
    rows, log_p = search(captioner.model, features, width, alpha, forbidden=forbidden, **rules)
    sentences, result = common(rows, log_p, captioner.words)
    twice = sum(repeats(sentence.split()) for sentence in sentences)
    unknown = sum("<UNK>" in sentence.split() for sentence in sentences)
    return {"width": width, "alpha": alpha} | rules | result | {
        "bleu_4": round(float(bleu(sentences, references)[0][3]), 4),
        "rouge_l": round(rouge_l(sentences, references)[0], 4),
        "cider_d": round(cider_d(sentences, references)[0], 4), "repeat": twice, "unk": unknown}


def repeats(words, n=2):
    """Whether some n words in a row stand twice."""
    runs = [tuple(words[k:k + n]) for k in range(len(words) - n + 1)]
    return len(set(runs)) < len(runs)


def all_photographs(path):
    """The shipped captioner on Flickr8k's dev: widths, alphas and rules."""
    captioner, _ = load_captioner(data_path("photographs.npz"))
    data = load_coco_data(path)
    features = captioner.scale.apply(data["dev_features"]).astype(np.float32)
    references = references_of(data, "dev")
    asked = [(K, a) for K in WIDTHS for a in ALPHAS] + [(5, a) for a in MORE_ALPHAS]
    rules = [(K, a, rule) for K, a in ((1, 0), (5, 0), (5, .7)) for rule in (
        dict(), dict(no_repeat=2), dict(no_repeat=1), dict(min_length=8),
        dict(min_length=10), dict(forbidden=SILENT))]
    return {
        "split": "dev", "photographs": len(features), "captioner": "photographs",
        "grid": [judged(captioner, features, references, K, a) for K, a in bar(asked, "photos")],
        "rules": [{"unk_allowed": "forbidden" in rule} | judged(
            captioner, features, references, K, a, **rule) for K, a, rule in bar(rules, "rules")],
        "people": people(captioner.model, features, data, "dev", len(features))}


def grow(model, features, words):
    """How a beam grows until all its beginnings end at once: the kept, and the best one dropped.

    Each step lists the likeliest continuations: beginning, word, log-probability of the whole.
    """
    state = take(model.start(features), np.repeat(np.arange(len(features)), TREE))
    last, totals = np.full(TREE, model.word_to_idx["<START>"]), np.full(TREE, -np.inf)
    totals[0], banned, grown = 0, [model.word_to_idx[word] for word in UNSAID], []
    while (last != model.word_to_idx["<END>"]).any():
        log_probs, state = model.step(last, state)
        log_probs[:, banned] = -np.inf
        sums, places = best_of((totals[:, None] + log_probs).reshape(1, -1), TREE + 1)
        rows, chosen = np.divmod(places[0], len(words))
        grown.append([[int(row), words[word], round(float(total), 4)]
                      for row, word, total in zip(rows, chosen, sums[0], strict=True)])
        last, totals, state = chosen[:TREE], sums[0, :TREE], take(state, rows[:TREE])
    return grown


def about_the_hero():
    """How the beam grows on the hero."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    features = captioner.scale.apply(np.array(read_log("hero")["vector"])[None])
    return {"width": TREE, "steps": grow(captioner.model, features, captioner.words)}


def main():
    """Search, measure, write the log."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photographs", required=True)
    result = {"hero": about_the_hero(), "scenes": all_scenes(),
              "photographs": all_photographs(parser.parse_args().photographs)}
    write_log("beam", result, "python -m experiments.beam --photographs flickr8k.h5", SEED)


if __name__ == "__main__":
    main()
