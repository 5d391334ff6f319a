"""What the plain network gets wrong: the far word, or whose the colour is? (chapter 13).

Both shipped captioners read the true captions of test scenes with two kinds of thing in two
colours. Among the colours, and among the names of things, which do they find likeliest where one
is due: the right one, or at least either of the scene's two? Counted apart for the thing that is
named first and the one named second, by how many words have been read since the picture, and by
whether the counts of the two things differ, so that a count that was read tells which is meant.
Where they are equal, a place ("on the left there is a") or an "an" can still give a hint.
`python -m experiments.whose_colour` writes data/logs/whose-colour.json.
"""

import numpy as np

from captioning.captioner import load_captioner
from captioning.dataset import load_coco_data
from captioning.files import data_path
from captioning.logs import write_log
from captioning.scenes import scenes_from
from captioning.scenes.grammar import NOUNS
from captioning.scenes.scene import COLOURS, KINDS

KIND_OF = {word: kind for kind, nouns in NOUNS.items() for forms in nouns for word in forms}
HINTS = ("an", "left", "right", "top", "bottom", "above", "over", "below", "under", "beneath")
FEWEST = 50  # words at one distance, for its share to be logged


def chosen(data):
    """Rows of test captions that name two colours, of scenes where colours and kinds differ."""
    fit = [len(scene.groups) == 2 and scene.groups[0].kind != scene.groups[1].kind
           and scene.groups[0].colour != scene.groups[1].colour
           for scene in scenes_from(data["test_scenes"])]
    names_two = np.isin(data["test_captions"], numbers(data, COLOURS)).sum(axis=1) == 2
    return np.flatnonzero(np.array(fit)[data["test_image_idxs"]] & names_two)


def numbers(data, words):
    """The data set's number of each word."""
    return np.array([data["word_to_idx"][word] for word in words])


def meanings(data):
    """What each of the data set's words names: a colour, a kind of thing (as a number), or -1."""
    colour, kind = np.full((2, len(data["idx_to_word"])), -1)
    colour[numbers(data, COLOURS)] = range(len(COLOURS))
    kind[numbers(data, KIND_OF)] = [KINDS.index(k) for k in KIND_OF.values()]
    return {"colour": colour, "thing": kind}


def said(captioner, data, rows):
    """The likeliest colour and the likeliest thing before each word, as meanings, (N, T)."""
    model, captions = captioner.model, data["test_captions"][rows]
    # Each captioner has its own numbers for the words.
    own = np.array([model.word_to_idx[word] for word in data["idx_to_word"]])
    features = data["test_features"][data["test_image_idxs"][rows]].astype(np.float64)
    state = model.start(captioner.scale.apply(features))
    likeliest = {sort: np.full(captions.shape, -1) for sort in ("colour", "thing")}
    for t in range(captions.shape[1] - 1):
        log_probs, state = model.step(own[captions[:, t]], state)
        for sort, meaning in meanings(data).items():
            words = np.flatnonzero(meaning >= 0)
            likeliest[sort][:, t + 1] = meaning[words[log_probs[:, own[words]].argmax(axis=1)]]
    return likeliest


def places(data, rows):
    """Where the first and the second colour stand in each caption, and the things after them."""
    is_colour = np.isin(data["test_captions"][rows], numbers(data, COLOURS))
    where = np.array([np.flatnonzero(row) for row in is_colour])  # (N, 2)
    return {"colour": where, "thing": where + 1}


def equal_counts(data, rows):
    """Tell of each caption whether its scene has as many of the one thing as of the other."""
    scenes = scenes_from(data["test_scenes"])
    shown = [scenes[i] for i in data["test_image_idxs"][rows]]
    return np.array([scene.groups[0].count == scene.groups[1].count for scene in shown])


def hinted(data, rows):
    """Tell of each caption whether a word before its first colour can hint at which is meant."""
    captions = data["test_captions"][rows]
    before = np.arange(captions.shape[1]) < places(data, rows)["colour"][:, :1]
    known = [word for word in HINTS if word in data["word_to_idx"]]
    return (np.isin(captions, numbers(data, known)) & before).any(axis=1)


def counted(heard, true, equal, hint, distance):
    """Count what was heard at one place of every caption; true has both places, this one first."""
    right = heard == true[:, 0]

    def share(which):
        return round(float(which.mean()), 4)

    return {"share": share(right), "either": share(right | (heard == true[:, 1])),
            "counts_differ": share(right[~equal]), "counts_equal": share(right[equal]),
            "no_hint": share(right[equal & ~hint]),
            "by_words_read": {str(n): share(right[distance == n]) for n in np.unique(distance)
                              if (distance == n).sum() >= FEWEST}}


def results(captioner, data, rows):
    """Of colours and of things, what is logged of the first and of the second."""
    heard, result = said(captioner, data, rows), {}
    equal, hint = equal_counts(data, rows), hinted(data, rows)
    for sort, where in places(data, rows).items():
        true, own = (np.take_along_axis(of, where, axis=1) for of in (
            meanings(data)[sort][data["test_captions"][rows]], heard[sort]))
        result[sort] = [counted(own[:, k], true[:, [k, 1 - k]], equal, hint, where[:, k])
                        for k in (0, 1)]
    return result


def main():
    """Read, count, write the log."""
    data = load_coco_data(data_path("scenes.h5"))
    rows = chosen(data)
    equal = equal_counts(data, rows)
    result = {"captions": len(rows), "equal": int(equal.sum()),
              "no_hint": int((equal & ~hinted(data, rows)).sum())}
    for cell in ("rnn", "lstm"):
        captioner, _ = load_captioner(data_path(f"scenes-{cell}.npz"), np.float64)
        result[cell] = results(captioner, data, rows)
    write_log("whose-colour", result, "python -m experiments.whose_colour", None)


if __name__ == "__main__":
    main()
