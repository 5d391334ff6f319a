"""Forget biases 0, 1 and 3 at the start of an LSTM's training on the scenes (chapter 13).

All else is as for the LSTM of `experiments.rnn_against_lstm`, whose rate was chosen with a bias of
zero and whose runs stand here for that bias. `python -m experiments.forget_bias --out RUN/` trains
three seeds each with the other two and writes data/logs/forget_bias.json; a run that was
interrupted goes on.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

from captioning.dataset import load_coco_data
from captioning.files import data_path
from captioning.logs import read_log, write_log
from experiments import rnn_against_lstm
from experiments.common import with_scaled_features

BIASES, H = (1, 3), rnn_against_lstm.HIDDEN["lstm"]


class Run(NamedTuple):
    """What a training depends on."""

    bias: int
    rate: float
    seed: int

    @property
    def name(self):
        """The folder of the run."""
        return f"bias-{self.bias}-{self.seed}"


def first_model(run, data):
    """Build the LSTM that a run starts from, its forget gates' bias set."""
    model = rnn_against_lstm.first_model(rnn_against_lstm.Run("lstm", run.rate, run.seed), data)
    model.params["b"][H:2 * H] = run.bias
    return model


def main():
    """Train three seeds for each bias, write the log."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    data = load_coco_data(data_path("scenes.h5"))
    scaled, scale = with_scaled_features(data)
    compared = read_log("rnn-against-lstm")
    runs = {"0": compared["seeds"]["lstm"]}
    for bias in BIASES:
        each = [Run(bias, compared["rate"]["lstm"], seed) for seed in rnn_against_lstm.SEEDS]
        runs[str(bias)] = [rnn_against_lstm.train(run, first_model(run, data), data, scaled, scale,
                                                  folder) for run in each]
    write_log("forget_bias", {"hidden": H, "mean_over": rnn_against_lstm.MEAN_OVER, "runs": runs},
              "python -m experiments.forget_bias --out RUN/", 0)


if __name__ == "__main__":
    main()
