"""How far a gradient travels back in the trained RNN captioner of scenes (chapter 5).

A random push of length 1 at the state after step k is carried back to h0, on the captions that
the captioner says of the validation scenes. `python -m experiments.reach` writes
data/logs/reach.json.
"""

import numpy as np

from captioning.captioner import load_captioner
from captioning.dataset import read_dataset
from captioning.files import data_path
from captioning.layers import affine_forward, word_embedding_forward
from captioning.logs import write_log
from captioning.progress import bar
from captioning.rnn import rnn_forward, rnn_step_backward

SEED, LONGEST = 0, 14


def spoken(captioner, features):
    """Caches of the steps in which the captioner says its own captions, and their lengths."""
    model, p = captioner.model, captioner.model.params
    rows = model.sample(features, LONGEST)
    first = np.full((len(rows), 1), model.word_to_idx["<START>"])
    h0, _ = affine_forward(features, p["W_proj"], p["b_proj"])
    words, _ = word_embedding_forward(np.hstack([first, rows[:, :-1]]), p["W_embed"])
    h, cache = rnn_forward(words, h0, p["Wx"], p["Wh"], p["b"])
    return h, cache, (rows != model.word_to_idx["<NULL>"]).sum(axis=1)


def left_after(steps, cache, pushes):
    """Length of each push once it has come back from the state after so many steps to h0."""
    for step in reversed(cache[:steps]):
        _, pushes, *_ = rnn_step_backward(pushes, step)
    return np.linalg.norm(pushes, axis=1)


def main():
    """Carry pushes back over 1 to 14 steps and write the log."""
    captioner, _ = load_captioner(data_path("scenes-rnn.npz"), np.float64)
    data, _ = read_dataset(data_path("scenes.h5"), ["val_features"])
    features = captioner.scale.apply(data["val_features"].astype(np.float32)).astype(np.float64)
    h, cache, lengths = spoken(captioner, features)
    pushes = np.random.default_rng(SEED).standard_normal((len(h), h.shape[2]))
    pushes /= np.linalg.norm(pushes, axis=1, keepdims=True)
    left, counts = [1.0], []
    for k in bar(range(1, LONGEST + 1), "steps"):
        long_enough = lengths >= k
        each = left_after(k, cache, pushes)[long_enough]
        left.append(round(float(np.exp(np.log(each).mean())), 4))
        counts.append(int(long_enough.sum()))
    Wh = captioner.model.params["Wh"]
    said = np.arange(LONGEST) < lengths[:, None]
    write_log("reach", {
        "left": left, "captions": counts,
        "radius": round(float(np.abs(np.linalg.eigvals(Wh)).max()), 2),
        "greatest_stretch": round(float(np.linalg.norm(Wh, 2)), 2),
        "mean_slope": round(float((1 - h**2)[said].mean()), 3),
    }, "python -m experiments.reach", SEED)


if __name__ == "__main__":
    main()
