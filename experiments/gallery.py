"""What the captioner says of scenes it has never seen, for the gallery of chapter 1.

`python -m experiments.gallery` writes data/logs/gallery.json: the first ten scenes of the test
split and the first two of whose captions something is false.
"""

import numpy as np

from captioning.captioner import load_captioner
from captioning.dataset import read_dataset
from captioning.evaluation import describe
from captioning.files import data_path
from captioning.logs import write_log
from captioning.scenes import judge, scenes_from

FIRST, FALSE = 10, 2


def main():
    """Caption the test scenes and log some of them."""
    data, _ = read_dataset(data_path("scenes.h5"), ["test_features", "test_scenes"])
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    sentences = describe(captioner, data["test_features"].astype(np.float64))
    verdicts = [judge(said, scene) for said, scene
                in zip(sentences, scenes_from(data["test_scenes"]), strict=True)]
    false = [k for k, verdict in enumerate(verdicts) if not verdict.true and k >= FIRST]
    chosen = [*range(FIRST), *false[:FALSE]]
    write_log("gallery", {"scenes": [
        {"row": data["test_scenes"][k].tolist(), "sentence": sentences[k],
         "true": bool(verdicts[k].true)} for k in chosen],
        "places": chosen}, "python -m experiments.gallery", 0)


if __name__ == "__main__":
    main()
