"""Train the tiny network while some of its parameters never move (chapter 8).

`python -m experiments.frozen` writes data/logs/frozen.json.
"""

from captioning.logs import write_log
from captioning.optim import sgd
from captioning.progress import bar
from experiments.common import descend, first_model

SEEDS, STEPS, RATE = range(10), 3000, 0.1
FROZEN = ("", "W_proj b_proj", "W_embed", "Wx", "Wh", "W_vocab")


def last_loss(seed, frozen):
    """Train with plain gradient descent, but for the parameters named, and return the last loss."""
    steps = descend(first_model(seed), sgd, {"learning_rate": RATE}, STEPS,
                    frozen=frozen.split())
    return round([loss for _, loss, _ in steps][-1], 4)


def main():
    """Train every start with every choice and write the log."""
    last = {frozen or "nothing": [last_loss(seed, frozen) for seed in SEEDS]
            for frozen in bar(FROZEN, "frozen")}
    write_log("frozen", {"last": last}, "python -m experiments.frozen", 0)


if __name__ == "__main__":
    main()
