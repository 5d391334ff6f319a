"""Make ``eye.npz``: what the eye that comes with the book makes of four scenes.

    python tests/oracles/make_eye.py

The pictures are the same on every machine, bit for bit; the test says how much the features may
differ. To be run again when the eye has been trained again.
"""

from pathlib import Path

import numpy as np

from captioning.encoder.eye import load_eye
from captioning.scenes import draw_batch, random_scenes

if __name__ == "__main__":
    vector, grid = load_eye().encode(draw_batch(random_scenes(np.random.default_rng(10), 4)))
    np.savez_compressed(Path(__file__).with_name("eye.npz"), vector=vector, places=grid[:, 2:4, 5])
