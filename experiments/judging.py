"""How captions of scenes are judged, by scores and by truth (chapter 12, Judging).

    python -m experiments.judging

On the test scenes: the perplexity of two captioners and of two models that never look; the
scores of a captioner that reads people's words as it goes, and of the same one alone; baselines,
two captioners and one caption against the others, by every score and by truth; for each scene a
true sentence in other words and one that is false by a single word, with the scores of both; and
how the scores of a captioner's sentences go with their truth. Writes data/logs/judging.json; four
minutes of one core.
"""

import re

import numpy as np

from captioning.baselines import WordCounts
from captioning.captioner import UNSAID, load_captioner
from captioning.dataset import load_coco_data
from captioning.evaluation import describe, known_captions, perplexity_on, references_of
from captioning.files import data_path
from captioning.logs import write_log
from captioning.metrics import bleu, cider_d, inverse_document_frequency, perplexity, rouge_l
from captioning.scenes import HERO, captions, falsified, judge, reworded, scenes_from, truth
from captioning.vocabulary import encode, plain_sentence
from experiments.baselines import each_against_the_others, found, human, scores

SEED, SPLIT = 12, "test"
METRICS = {"bleu_4": lambda captions, references: bleu(captions, references)[1][:, 3],
           "rouge_l": lambda captions, references: rouge_l(captions, references)[1],
           "cider_d": lambda captions, references: cider_d(captions, references)[1]}
LONGEST = 18  # words of a caption, <START> and <END> among them


def by_counts(data):
    """The perplexity of the split's captions by models that never look."""
    captions = data[f"{SPLIT}_captions"][:, 1:]
    nothing = np.zeros((len(captions), 1))
    return {name: round(perplexity(WordCounts(data["train_captions"], data["word_to_idx"], before),
                                   nothing, captions), 4)
            for before, name in enumerate(("unigram", "bigram"))}


def misnumbered(captioner, data):
    """The perplexity if words keep the numbers of the data, which are not the captioner's."""
    features = captioner.scale.apply(data[f"{SPLIT}_features"].astype(np.float64))
    return round(perplexity(captioner.model, features[data[f"{SPLIT}_image_idxs"]],
                            data[f"{SPLIT}_captions"][:, 1:]), 2)


def whispered(captioner, features, sentences):
    """What the captioner says next after each word of other people's sentences, up to <END>."""
    model = captioner.model
    rows = np.array([encode(s.split(), model.word_to_idx, LONGEST) for s in sentences])
    silent = [model.word_to_idx[word] for word in UNSAID]
    state, said = model.start(captioner.scale.apply(features)), []
    for words in rows[:, :-1].T:
        log_probs, state = model.step(words, state)
        log_probs[:, silent] = -np.inf
        said.append(log_probs.argmax(axis=1))
    return [" ".join(up_to_end([captioner.words[k] for k in row], len(text.split()) + 1))
            for row, text in zip(np.stack(said, axis=1), sentences, strict=True)]


def up_to_end(words, most):
    """The words before the first <END>, and no more than were whispered."""
    return words[:words[:most].index("<END>") if "<END>" in words[:most] else most]


def both_ways(captioner, features, references, scenes, free):
    """Scores of one captioner, people's words whispered to it and alone; where they part."""
    first = [refs[0] for refs in references]
    led = whispered(captioner, features, first)
    table = {name: scores(said, references) | judged(said, scenes)
             for name, said in (("whispered", led), ("free", free))}
    words = [(a.split(), b.split()) for a, b in zip(led, first, strict=True)]
    table["words_guessed"] = round(float(np.mean([
        a[k] == b[k] for a, b in words for k in range(min(len(a), len(b)))])), 4)
    table["same"] = sum(a == b for a, b in zip(led, free, strict=True))
    table["examples"] = [list(triple) for triple in zip(first[:40], led[:40], free[:40],
                                                        strict=True)]
    return table


def judged(sentences, scenes):
    """Truth and coverage."""
    report = truth(sentences, scenes)
    return {name: round(report[name], 4) for name in ("truth", "coverage")}


def on_scenes(data, references, scenes, spoken):
    """Baselines, captioners and people by all scores and by truth."""
    train = [[] for _ in data["train_features"]]
    for picture, row in zip(data["train_image_idxs"], data["train_captions"], strict=True):
        train[picture].append(plain_sentence(row, data["idx_to_word"]))
    known = known_captions(data)
    captions = found(data["train_features"].astype(np.float32), train,
                     data[f"{SPLIT}_features"].astype(np.float32)) | spoken
    table = {name: scores(texts, references, known) | judged(texts, scenes)
             for name, texts in captions.items()}
    fair = {f"{name}, four references": four(texts, references) for name, texts in spoken.items()}
    people = [judged(texts, scenes) for texts, _ in each_against_the_others(references)]
    return table | fair | {"one person against the others": human(references, known) | {
        name: round(float(np.mean([each[name] for each in people])), 4) for name in people[0]}}


def four(captions, references):
    """Score captions against four references, as a person is: the mean over which one is spared."""
    each = [scores(captions, others) for _, others in each_against_the_others(references)]
    return {name: round(float(np.mean([entry[name] for entry in each])), 4)
            for name in ("bleu_4", "rouge_l", "cider_d")}


def pairs(references, scenes):
    """A true sentence and a false one about each scene, and what each score makes of them.

    Once with all references; once without those that the false one is a word away from.
    """
    rng = np.random.default_rng(SEED)
    true = [reworded(scene, refs, rng) for scene, refs in zip(scenes, references, strict=True)]
    false = [falsified(refs, scene, rng) for refs, scene in zip(references, scenes, strict=True)]
    others = [[ref for ref in refs if not one_word_apart(ref, sentence)]
              for refs, sentence in zip(references, false, strict=True)]
    result = {"true": true[:5], "false": false[:5]}
    for name, metric in METRICS.items():
        one, other = metric(true, references), metric(false, references)
        apart, away = metric(true, others), metric(false, others)
        result[name] = {
            "scores": np.stack([one, other], axis=1).round(3).tolist(),
            "false": preferred(other, one), "equal": equal(one, other),
            "false_without": preferred(away, apart), "equal_without": equal(apart, away)}
    return result


def one_word_apart(one, other):
    """Whether two sentences of one length differ in one word, articles apart."""
    one, other = (re.sub(r"\ban? ", "", sentence).split() for sentence in (one, other))
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def preferred(one, other):
    """How often the one is scored higher."""
    return int((one > other + 1e-9).sum())


def equal(one, other):
    """How often neither is."""
    return int((abs(one - other) < 1e-9).sum())


def with_truth(said, references, scenes):
    """How each score of a captioner's sentences goes with their truth."""
    true = np.array([judge(*pair).true for pair in zip(said, scenes, strict=True)])
    result = {"true": int(true.sum()), "false": int((~true).sum())}
    for name, metric in METRICS.items():
        each = metric(said, references)
        above = each[true][:, None] - each[~true]
        numbers = {"correlation": np.corrcoef(each, true)[0, 1],
                   "true_above_false": ((above > 0) + (above == 0) / 2).mean(),
                   "mean_true": each[true].mean(), "mean_false": each[~true].mean()}
        result[name] = {key: round(float(value), 4) for key, value in numbers.items()}
    return result


def rarity_of_the_hero(references):
    """How rare the words of the hero's references are, the hero being one more picture."""
    hero = captions(HERO, np.random.default_rng(2))  # those of chapter 3
    rarity = inverse_document_frequency([hero, *references])
    words = sorted({word for sentence in hero for word in sentence.split()})
    return {word: round(rarity[word,], 4) for word in words}


def main():
    """Judge in all ways, write the log."""
    data = load_coco_data(data_path("scenes.h5"))
    references, scenes = references_of(data, SPLIT), scenes_from(data[f"{SPLIT}_scenes"])
    captioners = {cell: load_captioner(data_path(f"scenes-{cell}.npz"), np.float64)[0]
                  for cell in ("rnn", "lstm")}
    features = data[f"{SPLIT}_features"].astype(np.float64)
    spoken = {f"scenes-{cell}": describe(c, features) for cell, c in captioners.items()}
    result = {
        "split": SPLIT, "pictures": len(scenes),
        "perplexity": by_counts(data) | {f"scenes-{cell}": round(perplexity_on(c, data, SPLIT), 4)
                                         for cell, c in captioners.items()},
        "ways": both_ways(captioners["rnn"], features, references, scenes, spoken["scenes-rnn"]),
        "scores": on_scenes(data, references, scenes, spoken),
        "misnumbered": misnumbered(captioners["lstm"], data),
        "rarity": rarity_of_the_hero(references),
        "pairs": pairs(references, scenes),
        "with_truth": with_truth(spoken["scenes-rnn"], references, scenes),
    }
    write_log("judging", result, "python -m experiments.judging", SEED)


if __name__ == "__main__":
    main()
