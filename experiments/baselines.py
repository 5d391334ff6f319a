"""What a captioner must beat: captions found without a network that speaks.

    python -m experiments.baselines --data flickr8k.h5 --split dev

Five ways to caption a split's photographs by sentences that people wrote, and their scores: the
most frequent caption of the training photographs, the one most like all others, the first caption
of the nearest training photograph, the consensus of 30 neighbours (the caption among theirs that
is most like the others), and one person's caption against the others'. The last is no baseline
but a yardstick. Beside them the shipped captioner, greedy. Writes the scores, and no caption, to
data/logs/<name>-baselines.json.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from captioning.captioner import FeatureScale, load_captioner
from captioning.dataset import open_dataset, read_dataset
from captioning.evaluation import describe
from captioning.files import data_path
from captioning.logs import write_log
from captioning.metrics import (
    MAX_ORDER,
    SIGMA,
    bleu,
    cider_d,
    count_ngrams,
    inverse_document_frequency,
    rouge_l,
    variety,
)
from captioning.progress import bar

NEIGHBOURS = 30


def read_split(path, split):
    """Read features (m, F) of a split, and its sentences as a list for each picture."""
    names = [f"{split}_{kind}" for kind in ("features", "image_idxs", "sentences")]
    arrays, _ = read_dataset(path, names)
    features, image_idxs, texts = (arrays[name] for name in names)
    sentences = [[] for _ in features]
    for picture, text in zip(image_idxs, texts, strict=True):
        sentences[picture].append(text)
    return features.astype(np.float32), sentences


def nearest(train, features, number):
    """Indices (m, number) of the most similar training features, the nearest first.

    Similar is the cosine, after each feature has been given mean 0 and variance 1 in training.
    """
    scale = FeatureScale.of(train)
    unit = [scale.apply(x) for x in (train, features)]
    unit = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in unit]
    return np.argsort(-(unit[1] @ unit[0].T), axis=1, kind="stable")[:, :number]


class Sentences:
    """Sentences as sparse vectors of n-grams, weighed by rarity, as CIDEr-D compares them.

    Row r has the entries ``start[r]:start[r + 1]`` of ``gram``, the n-grams' numbers, and of
    ``weight``; each order's part of a row has length 1/2, so that a product of two rows is the
    mean cosine of the four orders. ``picture[r]`` and ``length[r]`` belong to the row.
    """

    def __init__(self, sentences):
        self.text = [text for texts in sentences for text in texts]
        self.picture = np.repeat(np.arange(len(sentences)), [len(texts) for texts in sentences])
        rarity = inverse_document_frequency(sentences)
        number = {gram: k for k, gram in enumerate(rarity)}
        grams, weights, self.length = [], [], np.zeros(len(self.text))
        for row, text in enumerate(bar(self.text, "n-grams")):
            counts = count_ngrams(text)
            self.length[row] = counts[0].total()
            grams.append(np.array([number[g] for c in counts for g in c], dtype=int))
            weights.append(np.concatenate([unit_weights(c, rarity) for c in counts]))
        self.start = np.cumsum([0, *map(len, grams)])
        self.gram, self.weight = np.concatenate(grams), np.concatenate(weights)

    def dense(self, rows):
        """Write out rows as a matrix (rows, n-grams that occur in them)."""
        entries = np.concatenate([np.arange(self.start[r], self.start[r + 1]) for r in rows])
        columns, column = np.unique(self.gram[entries], return_inverse=True)
        row = np.repeat(np.arange(len(rows)), self.start[rows + 1] - self.start[rows])
        matrix = np.zeros((len(rows), len(columns)), dtype=np.float32)
        matrix[row, column] = self.weight[entries]
        return matrix

    def most_typical(self):
        """Find the sentence that is most like all sentences."""
        row = np.repeat(np.arange(len(self.text)), np.diff(self.start))
        likeness = np.zeros(len(self.text))
        for length in np.unique(self.length):  # the penalty depends on this sentence's length
            penalty = length_penalty(self.length[row], length)
            total = np.bincount(self.gram, weights=self.weight * penalty)
            product = np.bincount(row, weights=self.weight * total[self.gram])
            likeness[self.length == length] = product[self.length == length]
        return self.text[np.argmax(likeness)]

    def consensus(self, pictures):
        """Find the sentence of these pictures that is most like those of the other pictures."""
        rows = np.flatnonzero(np.isin(self.picture, pictures))
        matrix, length, picture = self.dense(rows), self.length[rows], self.picture[rows]
        likeness = matrix @ matrix.T
        likeness *= length_penalty(length[:, None], length)
        likeness[np.equal.outer(picture, picture)] = 0
        return self.text[rows[np.argmax(likeness.sum(axis=1))]]


def length_penalty(one, other):
    """The Gaussian of CIDEr-D."""
    return np.exp(-(one - other) ** 2 / (2 * SIGMA ** 2))


def unit_weights(counts, rarity):
    """Count times rarity for the n-grams of one order, scaled to a length of 1/2."""
    weights = np.array([count * rarity[gram] for gram, count in counts.items()], dtype=float)
    norm = np.sqrt(MAX_ORDER) * np.linalg.norm(weights)
    return weights / norm if norm else weights


def scores(captions, references, known=()):
    """Score captions of a split; ``known`` are those of training."""
    said = variety(captions, known)
    return {"bleu_4": round(float(bleu(captions, references)[0][3]), 4),
            "rouge_l": round(rouge_l(captions, references)[0], 4),
            "cider_d": round(cider_d(captions, references)[0], 4),
            "distinct": said["distinct"], "words": said["words"], "novel": said["novel"],
            "references": len(references[0])}


def each_against_the_others(sentences):
    """Each picture's k-th caption, and its others, for each k."""
    for k in range(min(map(len, sentences))):
        yield ([texts[k] for texts in sentences],
               [texts[:k] + texts[k + 1:] for texts in sentences])


def human(sentences, known=()):
    """Score one person against the others: the mean over who it is, and each."""
    each = [scores(*pair, known) for pair in each_against_the_others(sentences)]
    return {key: round(float(np.mean([entry[key] for entry in each])), 4) for key in each[0]
            if key != "references"} | {"references": each[0]["references"], "each": each}


def found(train_features, train, features):
    """Caption pictures by sentences of training, in four ways."""
    near, vectors = nearest(train_features, features, NEIGHBOURS), Sentences(train)
    frequency = Counter(vectors.text)
    most_frequent = max(sorted(frequency), key=frequency.get)
    return {
        "most frequent caption": [most_frequent] * len(features),
        "most typical caption": [vectors.most_typical()] * len(features),
        "nearest neighbour": [train[row[0]][0] for row in near],
        f"consensus of {NEIGHBOURS} neighbours": [vectors.consensus(row)
                                                  for row in bar(near, "consensus")],
    }


def baselines(path, split):
    """Score all ways on one split, and the captioner of photographs."""
    train_features, train = read_split(path, "train")
    features, references = read_split(path, split)
    known = {text for texts in train for text in texts}
    captions = found(train_features, train, features)
    captioner, _ = load_captioner(data_path("photographs.npz"), np.float64)
    captions["the captioner"] = describe(captioner, features.astype(np.float64))
    table = {name: scores(texts, references, known) for name, texts in captions.items()}
    return table | {"one person against the others": human(references, known)}


def described(path):
    """Say what a data set is, by the checksums of what was read."""
    with open_dataset(path) as file:
        sums = {name: f"{rows.attrs['crc32']:08x}" for name, rows in file.items()
                if name.endswith(("_features", "_sentences"))}
        return {"file": Path(path).name, "crc32": sums, "meta": json.loads(file.attrs["meta"])}


def main():
    """Read the arguments, score, write the log."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="a data set, as `prepare` makes it")
    parser.add_argument("--split", default="dev")
    arguments = parser.parse_args()
    result = {"data": described(arguments.data), "split": arguments.split,
              "scores": baselines(arguments.data, arguments.split)}
    name = Path(arguments.data).name
    write_log(f"{Path(name).stem}-baselines", result,
              f"python -m experiments.baselines --data {name} --split {arguments.split}", None)
    print(json.dumps(result["scores"], indent=1))


if __name__ == "__main__":
    main()
