"""What the plain network gets wrong: the far word, or whose the colour is? (chapter 13).

Both shipped captioners read the true captions of test scenes with two kinds of thing in two
colours. Among the colours, and among the names of things, which do they find likeliest where one
is due? Counted apart for the thing that is named first and the one named second, and by how many
words have been read since the picture. `python -m experiments.whose_colour` writes
data/logs/whose-colour.json.
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


def judged(captioner, data, rows):
    """Whether the likeliest colour and the likeliest thing are right before each word, (N, T)."""
    model, captions = captioner.model, data["test_captions"][rows]
    # Each captioner has its own numbers for the words.
    own = np.array([model.word_to_idx[word] for word in data["idx_to_word"]])
    features = data["test_features"][data["test_image_idxs"][rows]].astype(np.float64)
    state = model.start(captioner.scale.apply(features))
    right = {sort: np.zeros(captions.shape, dtype=bool) for sort in ("colour", "thing")}
    for t in range(captions.shape[1] - 1):
        log_probs, state = model.step(own[captions[:, t]], state)
        for sort, meaning in meanings(data).items():
            words = np.flatnonzero(meaning >= 0)
            said = words[log_probs[:, own[words]].argmax(axis=1)]
            right[sort][:, t + 1] = meaning[said] == meaning[captions[:, t + 1]]
    return right


def places(data, rows):
    """Where the first and the second colour stand in each caption, and the things after them."""
    is_colour = np.isin(data["test_captions"][rows], numbers(data, COLOURS))
    where = np.array([np.flatnonzero(row) for row in is_colour])  # (N, 2)
    return {"colour": where, "thing": where + 1}


def main():
    """Read, count, write the log."""
    data = load_coco_data(data_path("scenes.h5"))
    rows = chosen(data)
    result = {"captions": len(rows)}
    for cell in ("rnn", "lstm"):
        captioner, _ = load_captioner(data_path(f"scenes-{cell}.npz"), np.float64)
        right, result[cell] = judged(captioner, data, rows), {}
        for sort, where in places(data, rows).items():
            hits = np.take_along_axis(right[sort], where, axis=1)
            result[cell][sort] = [{
                "share": round(float(hits[:, k].mean()), 4),
                "by_words_read": {str(n): round(float(hits[where[:, k] == n, k].mean()), 4)
                                  for n in np.unique(where[:, k])
                                  if (where[:, k] == n).sum() >= FEWEST},
            } for k in (0, 1)]
    write_log("whose-colour", result, "python -m experiments.whose_colour", None)


if __name__ == "__main__":
    main()
