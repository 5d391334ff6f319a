"""Make ``core.npz``: losses, gradients and steps of the update rules as PyTorch has them.

Run with a Python that has PyTorch: ``python tests/oracles/make_core.py``. Made with 2.13.0, in
float64. Nothing of the package is used: gradients come from autograd, the recurrences from
``nn.RNN`` and ``nn.LSTM``. Those keep matrices transposed and two biases (the second is zero here),
and an LSTM's gates in the order i, f, g, o, where the package has i, f, o, g.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn

N, T, F, E, H, V, D, M = 3, 5, 8, 7, 6, 11, 9, 4
NULL = 0


def gates(columns, H):
    """Reorder the last axis from i, f, o, g to i, f, g, o."""
    i, f, o, g = columns.reshape(*columns.shape[:-1], 4, H).unbind(-2)
    return torch.cat([i, f, g, o], dim=-1)


def recurrence(cell, Wx, Wh, b):
    """Return PyTorch's layer as a function of x and h0, differentiable in the package's arrays."""
    D, H = Wx.shape[0], Wh.shape[0]
    layer = (nn.LSTM if cell == "lstm" else nn.RNN)(D, H, batch_first=True).double()
    if cell == "lstm":
        Wx, Wh, b = (gates(array, H) for array in (Wx, Wh, b))
    weights = {"weight_ih_l0": Wx.T, "weight_hh_l0": Wh.T, "bias_ih_l0": b,
               "bias_hh_l0": torch.zeros_like(b)}

    def run(x, h0):
        state = h0[None] if cell == "rnn" else (h0[None], torch.zeros_like(h0[None]))
        return torch.func.functional_call(layer, weights, (x, state))[0]

    return run


def draw(rng, **sizes):
    return {name: torch.tensor(rng.standard_normal(size)).requires_grad_()
            for name, size in sizes.items()}


def with_gradients(inputs, out, upstream=None):
    """Numbers to keep: inputs, the result, its upstream gradient, and a ``d`` for each input."""
    grads = torch.autograd.grad(out, list(inputs.values()), upstream)
    kept = {**inputs, "out": out, **{f"d{k}": g for k, g in zip(inputs, grads, strict=True)}}
    if upstream is not None:
        kept["upstream"] = upstream
    return {name: value.detach().numpy() for name, value in kept.items()}


def make_layers(rng):
    def upstream(out):
        return torch.tensor(rng.standard_normal(tuple(out.shape)))

    cases = {}
    for cell, k in (("rnn", 1), ("lstm", 4)):
        a = draw(rng, x=(N, T, D), h0=(N, H), Wx=(D, k * H), Wh=(H, k * H), b=(k * H,))
        out = recurrence(cell, a["Wx"], a["Wh"], a["b"])(a["x"], a["h0"])
        cases[cell] = with_gradients(a, out, upstream(out))
    a = draw(rng, x=(N, 2, 5), w=(10, M), b=(M,))
    out = nn.functional.linear(a["x"].flatten(1), a["w"].T, a["b"])
    cases["affine"] = with_gradients(a, out, upstream(out))
    a = draw(rng, x=(N, T, D), w=(D, M), b=(M,))
    out = nn.functional.linear(a["x"], a["w"].T, a["b"])
    cases["temporal_affine"] = with_gradients(a, out, upstream(out))
    words = torch.tensor(rng.integers(V, size=(N, T)))
    words[1] = words[1, 0]  # a word that is used again and again
    a = draw(rng, W=(V, E))
    out = nn.functional.embedding(words, a["W"])
    cases["embedding"] = with_gradients(a, out, upstream(out)) | {"words": words.numpy()}
    words, mask = torch.tensor(rng.integers(V, size=(N, T))), torch.tensor(rng.random((N, T)))
    a = draw(rng, x=(N, T, V))
    losses = nn.functional.cross_entropy(a["x"].transpose(1, 2), words, reduction="none")
    cases["softmax"] = with_gradients(a, (losses * mask).sum() / N)
    cases["softmax"] |= {"words": words.numpy(), "mask": mask.numpy()}
    return cases


def make_captions(rng):
    """Rows of several lengths; one with <NULL> inside, one with nothing to say at all."""
    captions = rng.integers(1, V, size=(N + 1, T + 1))
    captions[0, 4:] = NULL
    captions[1, 2] = NULL
    captions[3, :] = NULL
    return captions


def make_models(rng):
    cases = {}
    for cell, k in (("rnn", 1), ("lstm", 4)):
        p = draw(rng, W_proj=(F, H), b_proj=(H,), W_embed=(V, E), Wx=(E, k * H), Wh=(H, k * H),
                 b=(k * H,), W_vocab=(H, V), b_vocab=(V,))
        features, captions = torch.tensor(rng.standard_normal((N + 1, F))), make_captions(rng)
        words = torch.tensor(captions)
        h = recurrence(cell, p["Wx"], p["Wh"], p["b"])(
            nn.functional.embedding(words[:, :-1], p["W_embed"]),
            features @ p["W_proj"] + p["b_proj"])
        scores = h @ p["W_vocab"] + p["b_vocab"]
        loss = nn.functional.cross_entropy(scores.flatten(0, 1), words[:, 1:].flatten(),
                                           ignore_index=NULL, reduction="sum") / len(words)
        cases[f"model_{cell}"] = with_gradients(p, loss) | {
            "features": features.numpy(), "captions": captions}
    return cases


def make_rules(rng):
    """Five steps of each rule along gradients that are drawn beforehand."""
    rules = {
        "sgd": lambda w: torch.optim.SGD(w, lr=0.1),
        "momentum": lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.8),
        "rmsprop": lambda w: torch.optim.RMSprop(w, lr=0.02, alpha=0.95, eps=1e-6),
        "adam": lambda w: torch.optim.Adam(w, lr=0.05, betas=(0.8, 0.99), eps=1e-6),
    }
    first, grads = rng.standard_normal((3, 4)), rng.standard_normal((5, 3, 4))
    grads[:, 0, 0] *= 1e-4
    grads[:, 0, 1] = 0
    cases = {"steps": {"first": first, "grads": grads}}
    for name, make in rules.items():
        w = torch.tensor(first.copy(), requires_grad=True)
        rule, path = make([w]), []
        for grad in grads:
            w.grad = torch.tensor(grad)
            rule.step()
            path.append(w.detach().numpy().copy())
        cases["steps"][name] = np.array(path)
    return cases


if __name__ == "__main__":
    rng = np.random.default_rng(4)
    cases = make_layers(rng) | make_models(rng) | make_rules(rng)
    np.savez_compressed(Path(__file__).with_name("core.npz"),
                        **{f"{case}/{name}": value for case, arrays in cases.items()
                           for name, value in arrays.items()})
