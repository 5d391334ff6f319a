"""How well a captioner speaks about a split: its sentences against those that people wrote.

For scenes the truth is known as well, and every sentence is held against it.
"""

import numpy as np

from captioning.metrics import bleu, cider_d, perplexity, rouge_l, variety
from captioning.scenes import scenes_from, truth
from captioning.vocabulary import encode, plain_sentence

BATCH = 250  # pictures spoken about at a time


def evaluate(captioner, data, split, beam=1):
    """Score the captions of a split, spoken freely from ``<START>`` to ``<END>``.

    Parameters
    ----------
    captioner : Captioner
    data : dict
        From `load_coco_data`, the features as the encoder gave them.
    split : str
    beam : int
        As for `Captioner.caption`.

    Returns
    -------
    dict of str to float or int
        ``pictures``; ``bleu_1`` to ``bleu_4``, ``rouge_l`` and ``cider_d``, shares, the last of
        10; ``perplexity`` of the split's captions; ``distinct`` captions, ``words`` used, mean
        ``length``, ``novel`` captions that training has not; and for scenes what
        `captioning.scenes.truth` reports.

    Raises
    ------
    ValueError
        The data have no such split, or come from another encoder.
    """
    check_split(captioner, data, split)
    sentences = describe(captioner, data[f"{split}_features"], beam)
    return judge_all(sentences, data, split) | {
        "perplexity": perplexity_on(captioner, data, split)}


def judge_all(sentences, data, split):
    """Score sentences about all pictures of a split.

    Parameters
    ----------
    sentences : list of str
    data : dict
    split : str

    Returns
    -------
    dict of str to float or int
        As `evaluate`, but for the perplexity.
    """
    references = references_of(data, split)
    corpus, _ = bleu(sentences, references)
    scores = {f"bleu_{n}": float(score) for n, score in enumerate(corpus, 1)}
    scores["rouge_l"] = rouge_l(sentences, references)[0]
    scores["cider_d"] = cider_d(sentences, references)[0]
    scores |= {"pictures": len(sentences)} | variety(sentences, known_captions(data))
    if f"{split}_scenes" in data:
        scores |= truth(sentences, scenes_from(data[f"{split}_scenes"]))
    return scores


def describe(captioner, features, beam=1):
    """Caption features (M, F), some at a time; return a list of sentences."""
    return [sentence for k in range(0, len(features), BATCH)
            for sentence in captioner.caption(features[k:k + BATCH], beam=beam)]


def references_of(data, split):
    """Return the reference sentences of each picture of a split."""
    references = [[] for _ in data[f"{split}_features"]]
    for picture, sentence in zip(data[f"{split}_image_idxs"], data[f"{split}_sentences"],
                                 strict=True):
        references[picture].append(sentence)
    return references


def known_captions(data):
    """Return the set of the captions of training, as a captioner could say them."""
    return {plain_sentence(row, data["idx_to_word"]) for row in data["train_captions"]}


def perplexity_on(captioner, data, split):
    """Return the perplexity of a split's captions, read by teacher forcing.

    The sentences are encoded anew: a captioner numbers words by the data that it learnt from.

    Parameters
    ----------
    captioner : Captioner
    data : dict
    split : str

    Returns
    -------
    float
    """
    words = [sentence.split() for sentence in data[f"{split}_sentences"]]
    length = max(map(len, words)) + 2  # <START> and <END>
    numbers = captioner.model.word_to_idx
    captions = np.array([encode(row, numbers, length)[1:] for row in words])
    features = captioner.scale.apply(data[f"{split}_features"])
    return perplexity(captioner.model, features[data[f"{split}_image_idxs"]], captions)


def check_split(captioner, data, split):
    """Raise ValueError unless a captioner can be scored on a split of data."""
    if f"{split}_sentences" not in data:
        have = [name.removesuffix("_sentences") for name in data if name.endswith("_sentences")]
        raise ValueError(f"split is {split!r}; wanted one with reference sentences: "
                         f"{', '.join(have)}")
    if data["meta"]["encoder"] != captioner.encoder:
        raise ValueError(f"data has features of {data['meta']['encoder']}; wanted those of "
                         f"{captioner.encoder}, which the captioner learnt from")
