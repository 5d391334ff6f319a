"""What the captioner of photographs gets wrong, sorted by an automatic rule (chapter 17).

    python -m experiments.failures --data flickr8k.h5 --photographs FOLDER

All of it on the dev split of Flickr8k. A caption's words of five sorts (who, how many, what they
do, where, which colour) are held against what four people wrote: a word that none of them has,
and no word of its group, counts as unsupported. One person's words are held against the other
four's in the same way, which says how harsh the rule is. Beside it: what the sentences are made
of, scores without sight, and what becomes of the sentences when the photographs are prepared
otherwise.
Writes counts, scores and generated sentences to data/logs/failures.json, and nothing that people
wrote.
"""

import argparse
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np

from captioning.captioner import UNSAID, load_captioner
from captioning.dataset import read_dataset
from captioning.decoding import greedy, log_probabilities, sample_captions
from captioning.encoder.efficientnet import STRIDES, EfficientNetLite0, block, stem
from captioning.files import data_path
from captioning.logs import write_log
from captioning.metrics import bleu, cider_d
from captioning.photographs import load_photograph
from captioning.progress import bar
from captioning.vocabulary import encode, plain_sentence
from experiments.baselines import NEIGHBOURS, Sentences, nearest, read_split

SEED, RANKS, RESAMPLED = 0, (101, 301, 1001), 200
PREPARED = 300  # photographs that are prepared otherwise, the first of the split
SORTS = {
    "who": {"dog": "dog dogs puppy puppies", "man": "man men guy guys",
            "woman": "woman women lady ladies", "boy": "boy boys", "girl": "girl girls",
            "child": "child children kid kids toddler baby", "person": "person people"},
    "how many": {"two": "two both couple pair", "three": "three", "four": "four",
                 "group": "group several crowd many"},
    "doing": {
        "run": "run runs running race races racing chase chases chasing",
        "jump": "jump jumps jumping leap leaps leaping", "sit": "sit sits sitting seated",
        "stand": "stand stands standing", "walk": "walk walks walking hike hikes hiking",
        "play": "play plays playing", "hold": "hold holds holding carry carries carrying",
        "ride": "ride rides riding", "swim": "swim swims swimming",
        "climb": "climb climbs climbing", "smile": "smile smiles smiling",
        "look": "look looks looking watch watches watching"},
    "where": {
        "water": "water ocean sea lake river pool wave waves surf stream pond",
        "snow": "snow snowy ice", "grass": "grass grassy field lawn yard park",
        "beach": "beach sand sandy shore", "street": "street road sidewalk city track",
        "rock": "rock rocks rocky cliff mountain mountains hill",
        "tree": "tree trees woods forest", "air": "air midair"},
    "colour": {colour: colour for colour in
               "white black brown red blue yellow green orange pink purple tan".split()}
    | {"grey": "grey gray"},
}
GROUP_OF = {word: (sort, group) for sort, groups in SORTS.items()
            for group, words in groups.items() for word in words.split()}
ASKED = ("cat", "dog", "coffee", "rocket", "motorcycle", "camera", "astronaut")
VARIANTS = ("as trained", "mirrored", "half as bright", "0 to 1", "red and blue exchanged",
            "upside down", "0 to 255")


def claims(sentence):
    """The (sort, group) pairs that a sentence names."""
    return {GROUP_OF[word] for word in sentence.split() if word in GROUP_OF}


def faults(sentences, references):
    """For each sort the claims made and the unsupported ones, and of each sentence the first fault.

    Parameters
    ----------
    sentences : list of str
    references : list of list of str
    """
    made, wrong, first = Counter(), Counter(), Counter()
    for sentence, others in zip(sentences, references, strict=True):
        supported = set().union(*map(claims, others))
        mine = claims(sentence)
        made.update(sort for sort, _ in mine)
        unsupported = [sort for sort, _ in mine - supported]
        wrong.update(unsupported)
        first[min(unsupported, key=list(SORTS).index, default="none")] += 1
    return made, wrong, first


def by_rule(sentences, references):
    """The rule applied to a captioner and to people, each sentence against four others.

    A mean over which of the five people is left out; for people it is the one left out who speaks.
    """
    report = {}
    for who in ("captioner", "people"):
        total = [Counter(), Counter(), Counter()]
        for k in range(5):
            others = [texts[:k] + texts[k + 1:] for texts in references]
            said = sentences if who == "captioner" else [texts[k] for texts in references]
            for sum_, part in zip(total, faults(said, others), strict=True):
                sum_.update(part)
        made, wrong, first = total
        report[who] = {
            "claims": {sort: made[sort] / 5 for sort in SORTS},
            "unsupported": {sort: round(wrong[sort] / max(made[sort], 1), 4) for sort in SORTS},
            "first_fault": {sort: first[sort] / 5 for sort in (*SORTS, "none")}}
    return report


def speech(sentences, references, train, vocabulary):
    """What the sentences are made of: words, openings, copies; and the same of people's."""
    seen = {text for texts in train for text in texts}
    people = [texts[0] for texts in references]
    ranks = [*pairwise([1, *RANKS, len(vocabulary) - 3])]
    ranks = [(first, last - 1) for first, last in ranks]  # counted from 1, after the special words
    report = {"distinct": len(set(sentences)), "copies": sum(s in seen for s in sentences),
              "copies_of_people": sum(s in seen for s in people), "ranks": ranks,
              "vocabulary": len(vocabulary) - 4}
    for name, texts in (("captioner", sentences), ("people", people)):
        words = Counter(word for text in texts for word in text.split())
        openings = Counter(" ".join(text.split()[:2]) for text in texts)
        report[name] = {
            "words_used": len(words), "said_by_rank": [
                sum(word in words for word in vocabulary[first + 3:last + 4])
                for first, last in ranks], "length": round(words.total() / len(texts), 2),
            "openings": openings.most_common(6), "different_openings": len(openings),
            "commonest": [[text, n] for text, n in Counter(texts).most_common(3)]
            if name == "captioner" else None,
            "who": named(texts),
            "colour": sum(any(sort == "colour" for sort, _ in claims(t)) for t in texts)}
    return report


def named(sentences):
    """How many sentences name each sort of person, or a dog."""
    return {group: sum(("who", group) in claims(text) for text in sentences)
            for group in SORTS["who"]}


def drawn(captioner, features):
    """Whom the sentences name when each word is drawn, and not the likeliest taken."""
    rows = sample_captions(captioner.model, captioner.scale.apply(features), 1.0, 30, UNSAID,
                           np.random.default_rng(SEED))
    return named([plain_sentence(row, captioner.words) for row in rows])


def called(sentences, references, agreed=3):
    """Whom the captioner names where people agree: most of them name one, and none the other."""
    report = {}
    for one, other in (("man", "woman"), ("woman", "man"), ("boy", "girl"), ("girl", "boy")):
        count = [[sum(("who", who) in claims(text) for text in texts) for who in (one, other)]
                 for texts in references]
        said = [text for text, (n, no) in zip(sentences, count, strict=True)
                if n >= agreed and no == 0]
        report[one] = {"photographs": len(said), "said": named(said)}
    return report


def unknown(captioner, features):
    """How often the captioner would say <UNK>, were it allowed to."""
    free = greedy(captioner.model, captioner.scale.apply(features), 30, UNSAID[:2])
    return int((free == captioner.model.word_to_idx["<UNK>"]).any(axis=1).sum())


def say(captioner, features):
    """Greedy captions."""
    return captioner.caption(np.asarray(features, dtype=np.float32))


def score(sentences, references):
    """BLEU-4, CIDEr-D and the number of different sentences."""
    return {"bleu_4": round(float(bleu(sentences, references)[0][3]), 4),
            "cider_d": round(cider_d(sentences, references)[0], 4),
            "distinct": len(set(sentences))}


def sights(captioner, features, references):
    """Scores with the right photographs, the mean of all, and the photographs of others."""
    blind = np.repeat(captioner.scale.mean[None], len(features), axis=0)
    circle = np.random.default_rng(SEED).permutation(len(features))
    order = np.empty_like(circle)
    order[circle] = np.roll(circle, -1)  # each photograph gets the features of the next
    return {"seeing": score(say(captioner, features), references),
            "blindfolded": score(say(captioner, blind), references) |
            {"sentence": say(captioner, blind[:1])[0]},
            "exchanged": score(say(captioner, features[order]), references)}


def against_consensus(train_features, train, features, sentences, references):
    """Mean difference in CIDEr-D to the consensus of neighbours, and its standard error."""
    vectors = Sentences(train)
    consensus = [vectors.consensus(row)
                 for row in bar(nearest(train_features, features, NEIGHBOURS), "consensus")]
    gap = cider_d(sentences, references)[1] - cider_d(consensus, references)[1]
    return paired(gap) | {"better": int((gap > 0).sum()),
                          "bleu_4": resampled(sentences, consensus, references)}


def resampled(sentences, others, references):
    """Difference in BLEU-4, which is no mean over photographs: its error by drawing them again."""
    def gap(rows):
        return np.subtract(*(bleu([texts[k] for k in rows], [references[k] for k in rows])[0][3]
                             for texts in (sentences, others)))

    rng, n = np.random.default_rng(SEED), len(references)
    gaps = [gap(rng.integers(n, size=n)) for _ in bar(range(RESAMPLED), "BLEU-4")]
    return {"difference": round(float(gap(range(n))), 4),
            "standard_error": round(float(np.std(gaps, ddof=1)), 4)}


def paired(gap):
    """Mean of a difference over photographs, and its standard error."""
    return {"difference": round(float(gap.mean()), 4),
            "standard_error": round(float(gap.std(ddof=1) / np.sqrt(len(gap))), 4)}


def seen_in_train(train):
    """In how many training photographs' captions a word occurs."""
    return {word: sum(any(word in text.split() for text in texts) for texts in train)
            for word in ASKED}


def neighbours_of(path, train_features, train):
    """What the captions of a photograph's neighbours name: how many of 30 mention each word."""
    vector = EfficientNetLite0().encode(load_photograph(path))[0]
    (row,) = nearest(train_features, vector[None], NEIGHBOURS)
    named = Counter(group for k in row for group in
                    {group for text in train[k] for sort, group in claims(text) if sort == "who"})
    cats = sum(any({"cat", "cats"} & set(text.split()) for text in train[k]) for k in row)
    return {"neighbours": NEIGHBOURS, "cat": cats, **named}


def mean_probabilities(captioner, features, captions, image_idxs, part=1000):
    """Mean probability of each word over the words of captions, each read as it was written."""
    model, null = captioner.model, captioner.model.word_to_idx["<NULL>"]
    total = np.zeros(len(captioner.words))
    for first in bar(range(0, len(captions), part), "probabilities"):
        rows = captions[first:first + part].astype(int)
        shown = features[image_idxs[first:first + part]].astype(np.float32)
        state = model.start(captioner.scale.apply(shown))
        for read, asked in zip(rows.T[:-1], rows.T[1:], strict=True):
            log_probs, state = model.step(read, state)
            total += np.exp(log_probs[asked != null], dtype=float).sum(axis=0)
    return (total / total.sum()).round(6).tolist()


def frequencies(captioner, data):
    """Mean probability of some words, and their shares, on train and on dev.

    All captions of train, and the first of each photograph of dev; ``count`` is that of dev.
    """
    arrays, _ = read_dataset(data, [f"{split}_{kind}" for split in ("train", "dev") for kind in
                                    ("features", "captions", "image_idxs", "sentences")])
    first = np.unique(arrays["dev_image_idxs"], return_index=True)[1]
    report = {}
    for split, rows in (("train", np.s_[:]), ("dev", first)):
        captions, image_idxs, texts = (np.asarray(arrays[f"{split}_{kind}"])[rows] for kind in
                                       ("captions", "image_idxs", "sentences"))
        means = mean_probabilities(captioner, arrays[f"{split}_features"], captions, image_idxs)
        heard = Counter(word for text in texts for word in [*text.split(), "<END>"])
        for word in ("a", "man", "dog", "child", "motorcycle", "cat"):
            report.setdefault(word, {})[split] = {
                "probability": means[captioner.model.word_to_idx[word]],
                "share": round(heard[word] / heard.total(), 6), "count": heard[word]}
    return report


def same_place(captioner, features, path, after=("a", "small"), asked=("child", "dog", "cat")):
    """How probable words are at one place in the caption of a photograph, and of all others."""
    model = captioner.model
    vector = EfficientNetLite0().encode(load_photograph(path))[0]
    state = model.start(captioner.scale.apply(np.vstack([vector, features])))
    for word in ("<START>", *after):
        words = np.full(len(features) + 1, model.word_to_idx[word])
        log_probs, state = model.step(words, state)
    report = {"after": " ".join(after)}
    for word in asked:
        here, *others = np.exp(log_probs[:, model.word_to_idx[word]], dtype=float)
        report[word] = {"here": round(here, 4), "mean": round(float(np.mean(others)), 6),
                        "median": round(float(np.median(others)), 6),
                        "more": int(np.sum(others > here))}
    return report


def spreads(captioner, features):
    """Standard deviation of each photograph's scaled features: the least, the median, the most."""
    each = np.std(captioner.scale.apply(features), axis=1, dtype=float)
    return [round(float(q), 3) for q in np.quantile(each, [0, .5, 1])]


# Photographs prepared otherwise.

def prepared(path, variant):
    """Numbers (224, 224, 3) that go into the network, one way or another."""
    image = load_photograph(path)
    if variant == "mirrored":
        image = image[:, ::-1]
    if variant == "upside down":
        image = image[::-1]
    if variant == "half as bright":
        image = image // 2
    if variant == "red and blue exchanged":
        image = image[..., ::-1]
    x = image.astype(np.float32)
    return {"0 to 255": x, "0 to 1": x / 255}.get(variant, (x - 127) / 128)


def look(network, x):
    """The vector of numbers that are prepared already."""
    x = stem(x, *network.stem)
    for weights, stride in zip(network.blocks, STRIDES, strict=True):
        x = block(x, weights, stride)
    return network.pooled(x)


def variants(captioner, paths, references):
    """Scores of each way to prepare a photograph, and how many sentences it changes.

    ``difference`` is in CIDEr-D, to what is said of the photographs as trained. Of the sentences
    that change, ``dearer`` is how many nats less probable the new one is than the old, while the
    photograph is seen as trained: the quartiles. ``moved`` is how far scaled vectors move, as a
    share of the distance between two photographs.
    """
    network, said, report, seen = EfficientNetLite0(), {}, {}, {}
    for name in VARIANTS:
        vectors = np.stack([look(network, prepared(path, name)) for path in bar(paths, name)])
        said[name], seen[name] = say(captioner, vectors), captioner.scale.apply(vectors)
        changed = np.array(said[name]) != np.array(said["as trained"])
        gap = cider_d(said[name], references)[1] - cider_d(said["as trained"], references)[1]
        report[name] = score(said[name], references) | {"changed": int(changed.sum())} | paired(
            gap) | {"better": int((gap > 0).sum()), "worse": int((gap < 0).sum())}
        if name != "as trained":
            old, new = (likelihood(captioner, seen["as trained"], said[k])
                        for k in ("as trained", name))
            apart = length(seen["as trained"] - np.roll(seen["as trained"], 1, axis=0))
            report[name] |= {
                "dearer": np.quantile((old - new)[changed], [.25, .5, .75]).round(2).tolist(),
                "moved": round(float(length(seen[name] - seen["as trained"]) / apart), 3)}
    return report


def likelihood(captioner, scaled, sentences):
    """Log-probability of each sentence about its picture."""
    words = captioner.model.word_to_idx
    rows = np.stack([encode(text.split(), words, 32) for text in sentences])[:, 1:]
    return log_probabilities(captioner.model, scaled, rows).sum(axis=1)


def length(vectors):
    """Median length of vectors."""
    return np.median(np.linalg.norm(vectors, axis=1))


def main():
    """Read the arguments, measure, write the log."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--photographs", type=Path, required=True)
    given = parser.parse_args()
    captioner, _ = load_captioner(data_path("photographs.npz"))
    train_features, train = read_split(given.data, "train")
    features, references = read_split(given.data, "dev")
    files = read_dataset(given.data, ["dev_files"])[0]["dev_files"]
    sentences = say(captioner, features)
    import skimage.data

    cat = Path(skimage.data.__file__).parent / "chelsea.png"
    result = {
        "split": "dev", "pictures": len(sentences), "train_pictures": len(train),
        "seen_in_train": seen_in_train(train), "sight": sights(captioner, features, references),
        "speech": speech(sentences, references, train, captioner.words) | {
            "would_say_unk": unknown(captioner, features),
            "drawn": drawn(captioner, features), "called": called(sentences, references)},
        "rule": by_rule(sentences, references),
        "cat": neighbours_of(cat, train_features, train),
        "frequencies": frequencies(captioner, given.data),
        "same_place": same_place(captioner, features, cat),
        "spread": spreads(captioner, features),
        "consensus": against_consensus(train_features, train, features, sentences, references),
        "prepared_pictures": PREPARED, "prepared": variants(
            captioner, [given.photographs / name for name in files[:PREPARED]],
            references[:PREPARED])}
    write_log("failures", result, "python -m experiments.failures --data flickr8k.h5 "
              "--photographs FOLDER", SEED)


if __name__ == "__main__":
    main()
