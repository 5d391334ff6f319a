"""How far a gradient travels back in the trained RNN captioner of scenes (chapter 5).

A random push of length 1 at the state after the fourteenth word is followed back to h0, on the
captions of so many words that the captioner says of the validation scenes.
`python -m experiments.reach` writes data/logs/reach.json.
"""

import numpy as np

from captioning.captioner import load_captioner
from captioning.dataset import read_dataset
from captioning.files import data_path
from captioning.layers import affine_forward, word_embedding_forward
from captioning.logs import write_log
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


def followed(cache, push):
    """Length of each push where it starts and after every step back, (steps + 1, N)."""
    lengths = [np.linalg.norm(push, axis=1)]
    for step in reversed(cache):
        _, push, *_ = rnn_step_backward(push, step)
        lengths.append(np.linalg.norm(push, axis=1))
    return np.array(lengths)


def typical(values, axis=None):
    """The root of the mean square."""
    return np.sqrt(np.mean(values**2, axis=axis))


def main():
    """Follow a push back over 14 steps on each long caption and write the log."""
    captioner, _ = load_captioner(data_path("scenes-rnn.npz"), np.float64)
    data, _ = read_dataset(data_path("scenes.h5"), ["val_features"])
    features = captioner.scale.apply(data["val_features"].astype(np.float32)).astype(np.float64)
    h, cache, lengths = spoken(captioner, features)
    pushes = np.random.default_rng(SEED).standard_normal((len(h), h.shape[2]))
    pushes /= np.linalg.norm(pushes, axis=1, keepdims=True)
    whole = lengths >= LONGEST
    left = followed(cache, pushes)[:, whole]
    slopes = typical(1 - h[whole] ** 2, axis=(0, 2))
    Wh = captioner.model.params["Wh"]
    write_log("reach", {
        "captions": int(whole.sum()),
        "left": np.exp(np.log(left).mean(axis=1)).round(4).tolist(),
        "left_root_mean_square": typical(left, axis=1).round(4).tolist(),
        "slopes": slopes[::-1].round(4).tolist(),
        "radius": round(float(np.abs(np.linalg.eigvals(Wh)).max()), 2),
        "greatest_stretch": round(float(np.linalg.norm(Wh, 2)), 2),
        "typical_stretch": round(float(np.linalg.norm(Wh) / np.sqrt(len(Wh))), 3),
    }, "python -m experiments.reach", SEED)


if __name__ == "__main__":
    main()
