"""Make ``convolution.npz``: convolutions and their gradients as PyTorch has them, in float64.

Run with a Python that has PyTorch: ``python tests/oracles/make_convolution.py``. Made with 2.13.0.
"""

from pathlib import Path

import numpy as np
import torch

CASES = {"stride1": (3, 1), "stride2": (3, 2), "wide": (5, 3)}  # K, stride
N, H, W, C, M = 2, 8, 13, 4, 6


def channels_last(x):
    return x.detach().permute(0, 2, 3, 1).numpy()


def make_case(rng, size, stride):
    numbers = {"x": rng.standard_normal((N, H, W, C)),
               "w": rng.standard_normal((size, size, C, M)), "b": rng.standard_normal(M)}
    x = torch.tensor(numbers["x"]).permute(0, 3, 1, 2).requires_grad_()
    w = torch.tensor(numbers["w"]).permute(3, 2, 0, 1).requires_grad_()
    b = torch.tensor(numbers["b"]).requires_grad_()
    out = torch.nn.functional.conv2d(x, w, b, stride=stride, padding=size // 2)
    dout = torch.tensor(rng.standard_normal(tuple(out.shape)))
    out.backward(dout)
    return {**numbers, "dout": channels_last(dout), "out": channels_last(out),
            "dx": channels_last(x.grad), "dw": w.grad.permute(2, 3, 1, 0).numpy(),
            "db": b.grad.numpy(), "stride": np.array(stride)}


if __name__ == "__main__":
    rng = np.random.default_rng(20)
    arrays = {f"{case}_{name}": value for case, settings in CASES.items()
              for name, value in make_case(rng, *settings).items()}
    np.savez_compressed(Path(__file__).with_name("convolution.npz"), **arrays)
