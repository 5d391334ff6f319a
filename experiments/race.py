"""Which update rule leaves the middle step of the staircase first, over twenty starts (chapter 9).

Every rule gets the rate with which half of the starts know the words (loss under 1) after about
125 steps; the rates were chosen on starts 0 to 39. `python -m experiments.race` writes
data/logs/race.json: losses, when each start first stood under half of ln 2, and the greatest loss
between step 1,000 and then; every 500 steps, how far the two pictures' states are apart where the
colour is due, the greatest gradient in W_proj, and how far one step moves a number of W_proj.
"""

from unittest import mock

import numpy as np

from captioning import optim, shapes, tiny
from captioning.logs import write_log
from captioning.progress import bar
from experiments.common import descend, first_model
from experiments.staircase import apart

STARTS, STEPS = range(20), 3000
KEPT = sorted({0, *np.unique(np.geomspace(1, STEPS, 120).astype(int)) - 1})
RULES = {"sgd": (optim.sgd, {"learning_rate": .1}),
         "momentum": (optim.momentum, {"learning_rate": .01}),
         "rmsprop": (optim.rmsprop, {"learning_rate": .01}),
         "adam": (optim.adam, {"learning_rate": .02}),
         "adam .99": (optim.adam, {"learning_rate": .02, "beta2": .99})}
BOATS = tiny.FEATURES, tiny.CAPTIONS
KNOWS_WORDS, LOOKS = 1.0, np.log(2) / 2
WATCHED = 500  # steps between two looks at the states and at W_proj
SETTLED = 1000  # from here on a loss above ln 2 is a leap, not the way down


def race(start, rule, config, steps=STEPS):
    """Train from one start: losses, when it came to each step of the staircase, how it ends."""
    model, history, before = first_model(start), [], None
    watched = {"distances": [], "slopes": [], "strides": []}
    for step, loss, _ in descend(model, rule, config, steps):
        history.append(loss)
        if before is not None and step % WATCHED == 1:
            watched["strides"].append(greatest(model.params["W_proj"] - before))
        if step and step % WATCHED == 0:
            before, grads = model.params["W_proj"].copy(), model.loss(*BOATS)[1]
            watched["distances"].append(short(apart(model)))
            watched["slopes"].append(greatest(grads["W_proj"]))
    history = np.array(history)
    kept, looks = [step for step in KEPT if step < steps], first_below(history, LOOKS)
    return {"loss": history[kept].round(4).tolist(), "words": first_below(history, KNOWS_WORDS),
            "looks": looks, "apart": round(apart(model), 6),
            "highest": round(float(history[SETTLED:looks].max(initial=0)), 4), **watched}


def short(value):
    """Two digits are enough for what shrinks to nothing."""
    return float(f"{value:.2g}")


def greatest(array):
    """The greatest entry without its sign, two digits."""
    return short(np.abs(array).max())


def first_below(history, level):
    """Return the first step with a loss under a level, or None."""
    below = np.flatnonzero(history < level)
    return int(below[0]) if len(below) else None


def main():
    """Race every rule from every start and write the log."""
    # With 72 numbers, checking arguments takes longer than the arithmetic.
    with mock.patch.object(shapes, "check_arguments", lambda *arguments: None):
        rules = {name: [race(start, *how) for start in bar(STARTS, name)]
                 for name, how in RULES.items()}
    write_log("race", summary(rules), "python -m experiments.race", 0)


def summary(rules):
    """Count for each rule the starts that left the middle step, with the settings of the race."""
    return {"steps": [int(step) for step in KEPT], "watched": WATCHED, "starts": len(STARTS),
            "settings": {name: config for name, (_, config) in RULES.items()}, "rules": rules,
            "left": {name: sum(each["looks"] is not None for each in results)
                     for name, results in rules.items()},
            "median_words": {name: float(np.median([each["words"] for each in results]))
                             for name, results in rules.items()}}


if __name__ == "__main__":
    main()
