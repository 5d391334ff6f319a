"""How well a captioner speaks about a split: its sentences against those that people wrote.

For scenes the truth is known as well, and every sentence is held against it.
"""

from captioning.metrics import bleu, cider_d
from captioning.scenes import scenes_from, truth

BATCH = 250  # pictures spoken about at a time


def evaluate(captioner, data, split):
    """Score the captions of a split, spoken freely from ``<START>`` to ``<END>``.

    Parameters
    ----------
    captioner : Captioner
    data : dict
        From `load_coco_data`, the features as the encoder gave them.
    split : str

    Returns
    -------
    dict of str to float or int
        ``pictures``, ``distinct`` captions, ``bleu_1`` to ``bleu_4`` and ``cider_d``, and for
        scenes what `captioning.scenes.truth` reports. All of them shares, ``cider_d`` of 10.

    Raises
    ------
    ValueError
        The data have no such split, or come from another encoder.
    """
    check_split(captioner, data, split)
    sentences = describe(captioner, data[f"{split}_features"])
    references = references_of(data, split)
    scores = dict(zip(("bleu_1", "bleu_2", "bleu_3", "bleu_4"),
                      map(float, bleu(sentences, references)[0]), strict=True))
    scores["cider_d"] = float(cider_d(sentences, references)[0])
    scores |= {"pictures": len(sentences), "distinct": len(set(sentences))}
    if f"{split}_scenes" in data:
        scores |= truth(sentences, scenes_from(data[f"{split}_scenes"]))
    return scores


def describe(captioner, features):
    """Caption features (M, F), some at a time; return a list of sentences."""
    return [sentence for k in range(0, len(features), BATCH)
            for sentence in captioner.caption(features[k:k + BATCH])]


def references_of(data, split):
    """Return the reference sentences of each picture of a split."""
    references = [[] for _ in data[f"{split}_features"]]
    for picture, sentence in zip(data[f"{split}_image_idxs"], data[f"{split}_sentences"],
                                 strict=True):
        references[picture].append(sentence)
    return references


def check_split(captioner, data, split):
    """Raise ValueError unless a captioner can be scored on a split of data."""
    if f"{split}_sentences" not in data:
        have = [name.removesuffix("_sentences") for name in data if name.endswith("_sentences")]
        raise ValueError(f"split is {split!r}; wanted one with reference sentences: "
                         f"{', '.join(have)}")
    if data["meta"]["encoder"] != captioner.encoder:
        raise ValueError(f"data has features of {data['meta']['encoder']}; wanted those of "
                         f"{captioner.encoder}, which the captioner learnt from")
