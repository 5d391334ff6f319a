"""A map of the loss over two of the 72 numbers, and two rules walking over it (chapter 9).

The other 70 numbers are those of the table. One axis is the weight from unit 2 to unit 1 of the
state, the other the weight from "red" in the picture to unit 2. `python -m experiments.valley`
writes data/logs/valley.json.
"""

import numpy as np

from captioning import optim, tiny
from captioning.logs import write_log
from captioning.progress import bar

ACROSS, UP = ("Wh", (1, 0)), ("W_proj", (0, 1))
X, Y = np.linspace(-6, 2, 49), np.linspace(-3, 4, 43)
FIRST, STEPS = (1.5, 1.8), 60
WALKS = {"sgd": (optim.sgd, {"learning_rate": .3}), "adam": (optim.adam, {"learning_rate": .2})}
RATES = {"sgd": (.03, .3, 3.0), "adam": (.2, .5, 1.0)}  # to see how much hangs on the rate
BASIN = .3  # a loss that is met only in the basin where both captions are right


def loss_at(model, point):
    """Set the two numbers; return the loss and its gradient for them, (2,)."""
    for (name, place), value in zip((ACROSS, UP), point, strict=True):
        model.params[name][place] = value
    loss, grads = model.loss(tiny.FEATURES, tiny.CAPTIONS)
    return loss, np.array([grads[name][place] for name, place in (ACROSS, UP)])


def walk(rule, config):
    """Follow a rule from the first point; return all points, (STEPS + 1, 2), and their losses."""
    model, points, losses = tiny.network(), [np.array(FIRST)], []
    for _ in range(STEPS):
        loss, gradient = loss_at(model, points[-1])
        point, config = rule(points[-1], gradient, config)
        points.append(point)
        losses.append(loss)
    return np.array(points), np.array([*losses, loss_at(model, points[-1])[0]])


def end(losses):
    """When a walk came into the basin, or None, and its last loss."""
    inside = np.flatnonzero(losses < BASIN)
    return {"arrives": int(inside[0]) if len(inside) else None, "last": round(losses[-1], 4)}


def main():
    """Draw the map, walk over it and write the log."""
    model = tiny.network()
    height = [[round(loss_at(model, (x, y))[0], 4) for x in X] for y in bar(Y, "map")]
    result = {"x": X.tolist(), "y": Y.tolist(), "loss": height, "walks": {}}
    for name, (rule, config) in WALKS.items():
        points, losses = walk(rule, config)
        result["walks"][name] = {**config, "points": points.round(4).tolist(), **end(losses)}
    result["rates"] = {name: {str(rate): end(walk(WALKS[name][0], {"learning_rate": rate})[1])
                              for rate in rates} for name, rates in RATES.items()}
    write_log("valley", result, "python -m experiments.valley", None)


if __name__ == "__main__":
    main()
