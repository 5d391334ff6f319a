"""Where the eye stops sharing: a cup on the right, read by the same weights as on the left, or not.

No scene of training has a cup as its right group, or a car as its left one. How often does the eye
name them, and how often a thing in a colour that it never had? Then, on the eye's frozen grids,
two readers of the same size learn to name the left and the right thing: one with the same weights
for both halves, one with weights of its own for each.

`python -m experiments.seeing` writes data/logs/seeing.json, from which chapter 10 draws.
"""

import numpy as np

from captioning.encoder import load_eye
from captioning.encoder.convolution import relu_backward, relu_forward
from captioning.encoder.eye import HEADS
from captioning.layers import affine_backward, affine_forward, temporal_softmax_loss
from captioning.logs import write_log
from captioning.optim import adam
from captioning.scenes import HELD_OUT_COLOURS, KINDS, draw_batch, random_scenes

SEED = 10
HIDDEN, STEPS, BATCH, RATE = 64, 1500, 64, 1e-3
TRAIN, TEST, HELD_OUT = 12_000, 2_000, 1_000
WRONG_PLACES = (("cup", 1), ("car", 0))  # a kind, and the side where training has none


def side_by_side(rng, count, novel=False, wanted=lambda scene: True):
    """Draw scenes of two groups side by side, of which ``wanted`` is true."""
    found = []
    while len(found) < count:
        found += [s for s in random_scenes(rng, 1000, novel)
                  if s.layout == "horizontal" and wanted(s)]
    return found[:count]


def halves(eye, scenes):
    """The left and the right half of each grid, (2, N, 8*4*64), and the kinds there, (2, N)."""
    _, grid = eye.encode(draw_batch(scenes))
    sides = np.stack([grid[:, :, :4], grid[:, :, 4:]]).reshape(2, len(scenes), -1)
    kinds = np.array([[KINDS.index(group.kind) for group in scene.groups] for scene in scenes])
    return sides, kinds.T


def first_reader(rng):
    """An affine layer, a ReLU and an affine layer, from half a grid to the kinds."""
    sizes = (8 * 4 * 64, HIDDEN, len(KINDS))
    weights = [rng.standard_normal((a, b)) * np.sqrt(2 / a)
               for a, b in zip(sizes, sizes[1:], strict=False)]
    return [p.astype(np.float32) for w in weights for p in (w, np.zeros(w.shape[1]))]


def scores(reader, x):
    """The score of each kind, and what the backward pass needs."""
    w1, b1, w2, b2 = reader
    a, first = affine_forward(x, w1, b1)
    h, kept = relu_forward(a)
    out, second = affine_forward(h, w2, b2)
    return out, (first, kept, second)


def gradients(reader, x, kinds):
    """Gradients of the reader's four parameters."""
    out, (first, kept, second) = scores(reader, x)
    _, dout = temporal_softmax_loss(out[:, None], kinds[:, None], np.ones((len(x), 1), bool))
    dh, dw2, db2 = affine_backward(dout[:, 0], second)
    _, dw1, db1 = affine_backward(relu_backward(dh, kept), first)
    return dw1, db1, dw2, db2


def train(rng, x, kinds):
    """Train a reader on halves (N, 2048) with their kinds (N,)."""
    reader, memory = first_reader(rng), [{"learning_rate": RATE} for _ in range(4)]
    for _ in range(STEPS):
        batch = rng.integers(len(x), size=BATCH)
        grads = gradients(reader, x[batch], kinds[batch])
        for k, grad in enumerate(grads):
            reader[k], memory[k] = adam(reader[k], grad, memory[k])
    return reader


def share_right(reader, x, kinds):
    """The share of halves whose kind a reader names."""
    return round(float((scores(reader, x)[0].argmax(axis=1) == kinds).mean()), 4)


def readers(eye, rng):
    """Train the two readers; how often each is right where training had the kind, and where not.

    Each reader takes the same number of steps; a batch of the shared one is drawn from the halves
    of both sides.
    """
    sides, kinds = halves(eye, side_by_side(rng, TRAIN))
    both = np.concatenate(sides), np.concatenate(kinds)
    shared = train(rng, *both)
    trained = {"shared": (shared, shared), "separate": [train(rng, sides[k], kinds[k])
                                                        for k in (0, 1)]}
    known = halves(eye, side_by_side(rng, TEST))
    result = {name: {"known": [share_right(two[k], known[0][k], known[1][k]) for k in (0, 1)]}
              for name, two in trained.items()}
    for kind, side in WRONG_PLACES:
        x, there = halves(eye, misplaced(rng, kind, side))
        for name, two in trained.items():
            result[name][kind] = share_right(two[side], x[side], there[side])
    return result


def misplaced(rng, kind, side):
    """Scenes with a kind on the side where training has none, in a colour that it has."""
    return side_by_side(rng, HELD_OUT, True, lambda s: s.groups[side].kind == kind and not any(
        HELD_OUT_COLOURS[g.kind] == g.colour for g in s.groups))


def recoloured(rng, kind, side):
    """Scenes with a kind in the colour that training has not, on a side that training has."""
    colour = HELD_OUT_COLOURS[kind]
    return side_by_side(rng, HELD_OUT, True, lambda s: (s.groups[side].kind, s.groups[side].colour)
                        == (kind, colour) and s.groups[1 - side].kind not in ("cup", "car"))


def named(eye, scenes, side):
    """How often the eye names each kind on a side: the four commonest, and their shares."""
    column = list(HEADS).index(("first_kind", "second_kind")[side])
    said = eye.name(draw_batch(scenes))[:, column]
    counts = np.bincount(said, minlength=len(KINDS) + 1)
    names = (*KINDS, "nothing")
    return {names[k]: round(counts[k] / len(scenes), 4) for k in np.argsort(-counts)[:4]}


def main():
    """Ask the eye, train the readers, write the log."""
    rng, eye = np.random.default_rng(SEED), load_eye()
    asked = {kind: {"new place": named(eye, misplaced(rng, kind, side), side),
                    "new colour": named(eye, recoloured(rng, kind, 1 - side), 1 - side)}
             for kind, side in WRONG_PLACES}
    write_log("seeing", {"eye": asked, "readers": readers(eye, rng), "scenes": HELD_OUT,
                         "training": TRAIN, "steps": STEPS},
              "python -m experiments.seeing", SEED)


if __name__ == "__main__":
    main()
