"""Make ``data/pytorch.npz``: two small captioners as PyTorch computes them, for chapter and tests.

Run with a Python that has PyTorch: ``python tests/oracles/make_pytorch.py``. Made with 2.13.0, in
float64. The page "Coming from PyTorch" prints the class below; nothing of the package is used.
"""

from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

N, T, F, E, H, V = 4, 6, 8, 7, 5, 11
LENGTHS = [6, 3, 5, 4]  # words that are asked for in each caption
RATE = 0.1


class Captioner(nn.Module):
    def __init__(self, F, E, H, V, cell):
        super().__init__()
        self.project = nn.Linear(F, H)
        self.embed = nn.Embedding(V, E, padding_idx=0)
        self.recur = (nn.LSTM if cell == "lstm" else nn.RNN)(E, H, batch_first=True)
        self.score = nn.Linear(H, V)

    def states(self, features, words, lengths=None):
        h0 = self.project(features)[None]  # (1, N, H), whatever batch_first says
        start = (h0, torch.zeros_like(h0)) if isinstance(self.recur, nn.LSTM) else h0
        x = self.embed(words)
        if lengths is None:
            return self.recur(x, start)[0]
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(self.recur(packed, start)[0], batch_first=True)[0]

    def loss(self, features, captions, reduction):
        scores = self.score(self.states(features, captions[:, :-1]))
        return nn.functional.cross_entropy(scores.transpose(1, 2), captions[:, 1:],
                                           ignore_index=0, reduction=reduction)


def make_captions(rng):
    """Rows of the lengths above: a first word, then words up to the last, then <NULL>."""
    captions = rng.integers(3, V, size=(N, T + 1))
    captions[:, 0] = 1
    for row, length in zip(captions, LENGTHS, strict=True):
        row[length] = 2
        row[length + 1:] = 0
    return torch.tensor(captions)


def case(cell, rng):
    torch.manual_seed(int(rng.integers(1000)))
    model = Captioner(F, E, H, V, cell).double()
    features, captions = torch.tensor(rng.standard_normal((N, F))), make_captions(rng)
    kept = {f"state/{name}": value.numpy().copy() for name, value in model.state_dict().items()}
    loss = model.loss(features, captions, "sum") / N
    loss.backward()
    kept |= {f"grad/{name}": p.grad.numpy().copy() for name, p in model.named_parameters()}
    with torch.no_grad():
        words = captions[:, :-1]
        kept |= {"features": features.numpy(), "captions": captions.numpy(),
                 "loss": loss.numpy(), "mean_loss": model.loss(features, captions, "mean").numpy(),
                 "h": model.states(features, words).numpy(),
                 "packed_h": model.states(features, words, LENGTHS).numpy()}
    torch.optim.SGD(model.parameters(), lr=RATE).step()
    kept |= {f"after/{name}": value.numpy() for name, value in model.state_dict().items()}
    return {f"{cell}/{name}": value for name, value in kept.items()}


if __name__ == "__main__":
    rng = np.random.default_rng(5)
    path = Path(__file__).resolve().parents[2] / "data" / "pytorch.npz"
    np.savez_compressed(path, **case("rnn", rng), **case("lstm", rng))
