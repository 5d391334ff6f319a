"""What several experiments do: start and train the tiny network, scale the scenes, update."""

import numpy as np

from captioning import optim, tiny
from captioning.captioner import FeatureScale
from captioning.model import CaptioningRNN


def first_model(start):
    """Build the tiny network with random parameters."""
    return CaptioningRNN(tiny.WORD_TO_IDX, 5, 3, 2, dtype=np.float64,
                         rng=np.random.default_rng(start))


def descend(model, rule, config, steps, most=np.inf, since=0, frozen=()):
    """Train on the two pictures; yield the step, the loss and the gradient's norm before each.

    From step ``since`` on the gradient is clipped at ``most``; the norm is the one before clipping.
    The parameters named in ``frozen`` never move.
    """
    configs = {name: dict(config) for name in model.params}
    for step in range(steps):
        loss, grads = model.loss(tiny.FEATURES, tiny.CAPTIONS)
        grads, norm = optim.clip_by_global_norm(grads, most if step >= since else np.inf)
        yield step, loss, norm
        update(model, {name: g for name, g in grads.items() if name not in frozen}, rule, configs)


def update(model, grads, rule, configs):
    """Move each parameter by its gradient; ``configs`` keeps what the rule remembers of each."""
    for name, dw in grads.items():
        model.params[name], configs[name] = rule(model.params[name], dw, configs[name])


def with_scaled_features(data):
    """Scale the features of train and val as a captioner sees them; return data and scale."""
    scale = FeatureScale.of(data["train_features"])
    return data | {f"{split}_features": scale.apply(data[f"{split}_features"])
                   for split in ("train", "val")}, scale
