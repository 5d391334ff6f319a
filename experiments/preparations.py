"""Would a test of means notice that photographs were prepared otherwise? (chapter 19).

    python -m experiments.preparations --data flickr8k.h5 --photographs FOLDER

Seven ways to prepare 300 photographs of the dev split (those of `experiments.failures`), and how
far each moves the mean of the features; and all tests on the captioner of photographs as it
should be. Writes data/logs/preparations.json: readings alone, no photograph and no caption.
"""

import argparse
from pathlib import Path

import numpy as np

from captioning.dataset import read_dataset
from captioning.diagnose import diagnose, preparation, read_case
from captioning.encoder.efficientnet import EfficientNetLite0
from captioning.files import data_path
from captioning.logs import write_log
from captioning.progress import bar
from experiments.failures import PREPARED, VARIANTS, look, prepared
from experiments.wrong import healthy_draws


def main():
    """Read the arguments, measure, write the log."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--photographs", type=Path, required=True)
    given = parser.parse_args()
    case, network = read_case(data_path("photographs.npz"), given.data), EfficientNetLite0()
    files = read_dataset(given.data, ["dev_files"])[0]["dev_files"][:PREPARED]
    readings = {}
    for name in VARIANTS:
        vectors = np.stack([look(network, prepared(given.photographs / file, name))
                            for file in bar(files, name)])
        case.data["dev_features"], kept = vectors, case.data["dev_features"]
        found = preparation(case)
        readings[name] = {"reading": round(found.reading, 4), "limit": round(found.limit, 4),
                          "healthy": found.healthy}
        case.data["dev_features"] = kept
    write_log("preparations", {"pictures": PREPARED, "preparations": readings,
                               "healthy draws": healthy_draws(case, ("train", "dev")),
                               "photographs": [each._asdict() for each in diagnose(case)]},
              "python -m experiments.preparations --data flickr8k.h5 --photographs FOLDER", 0)


if __name__ == "__main__":
    main()
