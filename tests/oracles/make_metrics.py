"""Freeze the scores of pycocoevalcap, the reference program for captions, in metrics.json.

    python tests/oracles/make_metrics.py

Needs numpy and `pip install --no-deps pycocoevalcap==1.2`; its BLEU, ROUGE and CIDEr are pure
Python. The sentences are made up here, by hand and by a seeded generator, so that they hold what
goes wrong:
captions of no word and of one, one reference and twenty, repeated words, ties in length, Unicode,
blanks of several kinds, n-grams that occur nowhere else or in every picture.
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

SUBJECTS = ["a blue boat", "two yellow stars", "the red car", "a dog", "three green trees",
            "a man in a hat", "le café", "一 只 猫", "a zebra", "the the the"]
LINKS = ["left of", "is above", "and", "jumps over", "sits with", "near", "right of", "a"]
ENDINGS = ["at night", "on the sea", "in the snow", "by day", "", "", ".", "today today"]

BY_HAND = [
    ("", ["a boat on the sea", "a boat"]),
    ("boat", ["a boat on the sea", "boat"]),
    ("a boat", ["a boat", "a boat", "a boat"]),
    ("a a a a a a a", ["a boat and a car and a star", "a a a"]),
    ("a red boat sails left of two yellow stars at night",
     ["two yellow stars are right of a red boat", "a red boat"]),
    ("one two three four five six",
     ["one two three four", "one two three four five six seven eight"]),
    ("unknown words only here", ["a boat on the sea at night"]),
    ("a boat on the sea", ["", "a boat on the sea"]),
    ("a boat", [""]),
    ("", [""]),
    ("  a  boat\ton\u00a0the\u3000sea\n", ["a boat on the sea"]),
    ("café cafe\u0301 naïve 猫 🚤", ["café café naïve 猫 🚤", "cafe\u0301 猫 🚤 🚤"]),
    ("A Boat a boat", ["a boat A Boat", "a Boat A boat"]),
    ("a man in a hat " * 12, ["a man in a hat"]),
]


def sentence(rng):
    """One made-up sentence of two to fifteen words or so."""
    parts = [rng.choice(SUBJECTS)]
    for _ in range(rng.randrange(3)):
        parts += [rng.choice(LINKS), rng.choice(SUBJECTS)]
    return " ".join([*parts, rng.choice(ENDINGS)]).strip()


def made_up(rng, pictures, references):
    """Pairs of a caption and its references; every third caption is one of its references."""
    pairs = []
    for i in range(pictures):
        refs = [sentence(rng) for _ in range(references(rng))]
        pairs.append((rng.choice(refs) if i % 3 == 0 else sentence(rng), refs))
    return pairs


def score(pairs):
    """Ask the reference program about pairs of a caption and its references."""
    result = {i: [caption] for i, (caption, _) in enumerate(pairs)}
    truth = {i: refs for i, (_, refs) in enumerate(pairs)}
    bleu, bleu_each = Bleu(4).compute_score(truth, result, verbose=0)
    cider, cider_each = Cider().compute_score(truth, result)
    rouge, rouge_each = Rouge().compute_score(truth, result)
    return {"candidates": [caption for caption, _ in pairs],
            "references": [refs for _, refs in pairs],
            "bleu": bleu, "bleu_each": list(zip(*bleu_each, strict=True)),
            "cider": float(cider), "cider_each": [float(s) for s in cider_each],
            "rouge": float(rouge), "rouge_each": [float(s) for s in rouge_each]}


def main():
    rng = random.Random(12)
    cases = {
        "by hand": BY_HAND,
        "one picture": [("a blue boat at night", ["a blue boat", "a boat at night"])],
        "two pictures": BY_HAND[3:5],
        "the same picture twice": [BY_HAND[4], BY_HAND[4]],
        "one reference": made_up(rng, 40, lambda rng: 1),
        "five references": made_up(rng, 60, lambda rng: 5),
        "one to twenty references": made_up(rng, 40, lambda rng: rng.randint(1, 20)),
        "all together": BY_HAND + made_up(rng, 40, lambda rng: rng.randint(1, 6)),
    }
    frozen = {"program": f"pycocoevalcap {version('pycocoevalcap')}",
              "cases": {name: score(pairs) for name, pairs in cases.items()}}
    path = Path(__file__).with_name("metrics.json")
    path.write_text(json.dumps(frozen, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
