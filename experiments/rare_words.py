"""What a cut at rare words costs on Flickr8k: counts alone, no caption (chapter 2).

`python -m experiments.rare_words FOLDER` reads the captions in FOLDER, as their authors distribute
them, and writes data/logs/rare-words.json.
"""

import sys
from collections import Counter

import numpy as np

from captioning.logs import write_log
from captioning.photographs.flickr8k import read_flickr8k
from captioning.vocabulary import build_vocabulary, tokenize

CUTS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20)
LENGTH = 26  # of a row in the prepared file: 24 words, <START> and <END>


def lost(sentences, vocabulary):
    """Share of all words that the vocabulary lacks, and of the sentences that hold one."""
    known = {*vocabulary}
    missing = [sum(word not in known for word in sentence) for sentence in sentences]
    words = sum(map(len, sentences))
    touched = sum(map(bool, missing))
    return {"words": round(sum(missing) / words, 4), "captions": round(touched / len(missing), 4)}


def counted(train, dev):
    """Count all that chapter 2 draws.

    Parameters
    ----------
    train, dev : list of list of str
        Tokenised sentences.

    Returns
    -------
    dict
    """
    counts = np.sort([*Counter(word for sentence in train for word in sentence).values()])[::-1]
    kept = np.unique(np.geomspace(1, len(counts), 120).astype(int)) - 1
    cuts = []
    for cut in CUTS:
        vocabulary = build_vocabulary(train, cut)
        words = len(vocabulary) - 4
        cuts.append({"min_count": cut, "words": words,
                     "dropped": round(1 - words / len(counts), 4),
                     "train": lost(train, vocabulary), "dev": lost(dev, vocabulary)})
    rows = np.minimum([len(sentence) + 2 for sentence in train], LENGTH)
    half = int((np.cumsum(counts) < counts.sum() / 2).sum()) + 1
    return {"captions": len(train), "running": int(counts.sum()), "different": len(counts),
            "once": int((counts == 1).sum()), "half": half, "cuts": cuts,
            "ranks": (kept + 1).tolist(), "counts": counts[kept].tolist(),
            "padding": round(float(1 - rows.mean() / LENGTH), 4), "row": LENGTH}


def main(folder):
    """Read the captions of train and dev, count, write the log."""
    splits, _ = read_flickr8k(folder)
    train, dev = ([tokenize(text) for photograph in splits[name] for text in photograph.captions]
                  for name in ("train", "dev"))
    write_log("rare-words", counted(train, dev), "python -m experiments.rare_words FOLDER", None)


if __name__ == "__main__":
    main(*sys.argv[1:])
