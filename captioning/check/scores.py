"""The usual mistakes in affine layers, over a batch and over time (chapter 7)."""

import numpy as np

from captioning.check.program import Exercise, mistake

ROW = "`b` has one number for each of the M results: a row that is added to every row."
SHAPE = "A gradient has the shape of its variable. Which order of factors gives that?"
COUNTS = "Every row used the same `w` and `b`, so all their gradients add up: `+=`, not `=`."
DIVIDED = "The layer adds; where a mean is wanted, the loss has divided by N already."
ADDED = "Each entry is a sum of D products: in a loop `+=`, not `=`."
RESHAPED = "`reshape` keeps the order of the numbers and breaks it into other rows."
CHAIN = "The chain rule multiplies by what comes in: `dout`."


# ---------------------------------------------------------------- affine

SIZES = (dict(N=3, D=4, M=5), dict(N=1, D=3, M=2), dict(N=4, D=4, M=4), dict(N=2, D=2, M=3),
         dict(N=2, D=6, M=4, axes=(2, 3)))
MORE_AXES = ("`x` may have more axes than two, as (N, 2, 3) has: all but the first make one row of "
             "D numbers.")


def draw(rng, N, D, M, axes=None):
    """Inputs of an affine layer; ``axes`` are those of one row of x."""
    shapes = dict(x=(N, *(axes or (D,))), w=(D, M), b=(M,), dout=(N, M))
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


FORWARD = dict(
    rows=lambda x: x.reshape(len(x), -1),
    product=lambda rows, w: rows @ w,
    out=lambda product, b: product + b,
)

FORWARD_MISTAKES = (
    mistake("The bias `b` is forgotten.", "The layer multiplies and adds.",
            out=lambda product: product),
    mistake("The bias `b` is subtracted.", "The layer multiplies and adds.",
            out=lambda product, b: product - b),
    mistake("The bias `b` is multiplied instead of added.", "The layer multiplies and adds.",
            out=lambda product, b: product * b),
    mistake("The bias `b` is added more than once.",
            "In a loop over the entries of a row it must stand outside.",
            out=(lambda value, b, D: value + (D - 1) * b, lambda value, b: value + b)),
    mistake("The entries of the bias `b` are added up.", ROW,
            out=lambda product, b: product + b.sum()),
    mistake("The bias `b` is added as a column.", ROW,
            out=lambda product, b: product + b[:, None]),
    mistake("`w` is transposed.", "(N, D) times (D, M) fits as it is.",
            product=(lambda rows, w: rows @ w.T, lambda rows, w: rows @ w.reshape(w.T.shape).T)),
    mistake("The factors of the product stand in the wrong order.",
            "The data are rows, so they stand left of the matrix.",
            product=(lambda rows, w: w @ rows, lambda rows, w: w.T @ rows)),
    mistake("Only one of the products that make an entry counts.", ADDED,
            product=(lambda rows, w: rows[:, -1:] * w[-1], lambda rows, w: rows[:, :1] * w[0])),
    mistake("`*` multiplies entry by entry where a matrix product is needed.",
            "NumPy writes the matrix product `@`.",
            product=lambda rows, w: rows * w),
    mistake("A tanh is applied to the result.",
            "This layer gives scores, which may be any numbers.",
            out=lambda value: np.tanh(value)),
    mistake("Negative results are cut off.",
            "This layer gives scores, which may be any numbers: it has no ReLU.",
            out=lambda value: np.maximum(value, 0)),
    mistake("A softmax is applied to the result.",
            "This layer gives scores; making probabilities of them is left to the loss.",
            out=lambda value: np.exp(value) / np.exp(value).sum(axis=-1, keepdims=True)),
    mistake("Only one row of the batch is used.",
            "`x` has a row for each of N pictures, and so has the result.",
            out=(lambda value: value[0], lambda value: value[:1], lambda value: value[-1])),
    mistake("The batch is averaged.",
            "`x` has a row for each of N pictures, and so has the result.",
            out=lambda value: value.mean(axis=0)),
    mistake("The rows of `x` are mixed up when it is reshaped.",
            "Each picture's numbers must stay together: `x.reshape(N, -1)`.",
            rows=lambda x: x.reshape(-1, len(x)).T),
)

affine_forward = Exercise(
    "affine_forward", ("x", "w", "b"), ("out", "cache"),
    draw, FORWARD, FORWARD_MISTAKES, SIZES, nudge=MORE_AXES)

BACKWARD = FORWARD | dict(
    dx=lambda x, dout, w: (dout @ w.T).reshape(x.shape),
    dw=lambda rows, dout: rows.T @ dout,
    db=lambda dout: dout.sum(axis=0),
)

BACKWARD_MISTAKES = (
    mistake("`w` is not transposed in `dx`.", "(N, M) times what gives (N, D)?",
            dx=lambda dout, w: dout @ w),
    mistake("`w` is reshaped where it should be transposed, in `dx`.", RESHAPED,
            dx=lambda x, dout, w: (dout @ w.reshape(w.shape[::-1])).reshape(x.shape)),
    mistake("`dx` is flat.", "A gradient has the shape of its variable, here that of `x`.",
            dx=lambda value: value.reshape(len(value), -1)),
    mistake("The first factor is not transposed in `dw`.", SHAPE,
            dw=lambda rows, dout: rows @ dout),
    mistake("The factors of `dw` are exchanged: it is (M, D).", SHAPE,
            dw=lambda rows, dout: dout.T @ rows),
    mistake("`dout` stands left of the data in `dw`, not transposed.", SHAPE,
            dw=lambda rows, dout: dout @ rows),
    mistake("The sum over the batch is forgotten in `db`.",
            "`b` was added to every row, so the gradients of all rows add up.",
            db=lambda dout: dout),
    mistake("The sum in `db` goes over the wrong axis.",
            "`db` has M numbers; the rows are what is summed.",
            db=(lambda dout: dout.sum(axis=1), lambda dout: dout.sum(axis=1, keepdims=True))),
    mistake("The sum in `db` goes over everything.",
            "`db` has M numbers; only the rows are summed.",
            db=lambda dout: dout.sum()),
    mistake("Only one row of the batch counts in {lines}.", COUNTS,
            dw=(lambda rows, dout: np.outer(rows[-1], dout[-1]),
                lambda rows, dout: np.outer(rows[0], dout[0])),
            db=(lambda dout: dout[-1], lambda dout: dout[0])),
    mistake("The mean over the batch is taken instead of the sum, in {lines}.", DIVIDED,
            dw=lambda value, N: value / N,
            db=lambda value, N: value / N),
    mistake("The gradient of `b` itself is returned as `db`: ones.", CHAIN,
            db=(lambda value: np.ones_like(value), lambda value, N: N * np.ones_like(value))),
    mistake("The matrix itself is returned as {lines}, without the gradient from above.", CHAIN,
            dx=(lambda w: w, lambda w: w.T),
            dw=(lambda rows: rows, lambda rows: rows.T)),
    mistake("The product in {lines} is one of entries, `*`.",
            "NumPy writes the matrix product `@`.",
            dx=(lambda dout, w: dout * w, lambda dout, w: dout * w.T),
            dw=(lambda rows, dout: rows * dout, lambda rows, dout: rows.T * dout)),
    mistake("The weights are used in place of the data in `dw`.",
            "The gradient of a product's one factor is made with the other factor.",
            dw=lambda w, dout: w * dout.sum(axis=0)),
)

affine_backward = Exercise(
    "affine_backward", ("dout", "cache"), ("dx", "dw", "db"),
    draw, BACKWARD, BACKWARD_MISTAKES, SIZES, cache=("x", "w"), forward=affine_forward,
    nudge=MORE_AXES)


# ---------------------------------------------------------------- the same at every time step

TIMES = (dict(N=3, T=4, D=2, M=5), dict(N=2, T=3, D=6, M=4), dict(N=2, T=1, D=4, M=3),
         dict(N=1, T=3, D=3, M=2), dict(N=3, T=3, D=3, M=3))


def draw_times(rng, N, T, D, M):
    """Inputs of an affine layer that serves every time step."""
    shapes = dict(x=(N, T, D), w=(D, M), b=(M,), dout=(N, T, M))
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def mixed(value):
    """An array (N, T, .), its rows packed with time first and unpacked with the batch first."""
    return np.moveaxis(value, 1, 0).reshape(value.shape)


def remixed(value):
    """An array (N, T, .), its rows packed with the batch first and unpacked with time first."""
    N, T, _ = value.shape
    return np.moveaxis(value.reshape(T, N, -1), 0, 1)


def without(value, t):
    """An array whose step t is 0."""
    out = value.copy()
    out[:, t] = 0
    return out


TEMPORAL_FORWARD = dict(
    product=lambda x, w: x @ w,
    out=lambda product, b: product + b,
)

TEMPORAL_FORWARD_MISTAKES = (
    mistake("The bias `b` is forgotten.", "The layer multiplies and adds.",
            out=lambda product: product),
    mistake("The bias `b` is subtracted.", "The layer multiplies and adds.",
            out=lambda product, b: product - b),
    mistake("The bias `b` is added more than once.",
            "In a loop over the steps or the entries it must stand outside.",
            out=(lambda value, b, D: value + (D - 1) * b, lambda value, b, T: value + (T - 1) * b,
                 lambda value, b: value + b)),
    mistake("The bias `b` is added at one step only.",
            "The same map is applied at every step, its bias too.",
            out=(lambda product, b: product + b * (np.arange(product.shape[1]) == 0)[:, None],
                 lambda product, b: product + b * (
                     np.arange(product.shape[1]) == product.shape[1] - 1)[:, None])),
    mistake("The entries of the bias `b` are added up.", ROW,
            out=lambda product, b: product + b.sum()),
    mistake("`w` is transposed.", "(N, T, D) times (D, M) fits as it is.",
            product=lambda x, w: x @ w.T),
    mistake("Only one of the products that make an entry counts.", ADDED,
            product=(lambda x, w: x[..., -1:] * w[-1], lambda x, w: x[..., :1] * w[0])),
    mistake("Batch and time are mixed up when the result is reshaped.",
            "The rows must be unpacked in the order in which they were packed.",
            out=(mixed, remixed)),
    mistake("The batch and time are exchanged.", "Wanted is (N, T, M).",
            out=lambda value: np.moveaxis(value, 1, 0)),
    mistake("Only one time step is done.", "Every step has its scores: (N, T, M).",
            out=(lambda value: value[:, -1], lambda value: value[:, 0], lambda value: value[:, -1:],
                 lambda value: value * (np.arange(value.shape[1]) == 0)[:, None],
                 lambda value: value * (np.arange(value.shape[1])
                                        == value.shape[1] - 1)[:, None])),
    mistake("One time step's scores stand at every step.", "Step t takes `x[:, t]`.",
            out=(lambda value: np.repeat(value[:, -1:], value.shape[1], axis=1),
                 lambda value: np.repeat(value[:, :1], value.shape[1], axis=1))),
    mistake("One time step is left out.", "Where does the loop begin, and where does it end?",
            out=(lambda value: without(value, 0), lambda value: without(value, -1))),
    mistake("The steps are averaged.", "Every step has its scores: (N, T, M).",
            out=lambda value: value.mean(axis=1)),
    mistake("The steps are added up.", "Every step has its scores: (N, T, M).",
            out=(lambda value: value.sum(axis=1), lambda value: value.cumsum(axis=1))),
    mistake("A tanh is applied to the result.",
            "This layer gives scores, which may be any numbers.",
            out=lambda value: np.tanh(value)),
    mistake("A softmax is applied to the result.",
            "This layer gives scores; making probabilities of them is left to the loss.",
            out=lambda value: np.exp(value) / np.exp(value).sum(axis=-1, keepdims=True)),
)

temporal_affine_forward = Exercise(
    "temporal_affine_forward", ("x", "w", "b"), ("out", "cache"),
    draw_times, TEMPORAL_FORWARD, TEMPORAL_FORWARD_MISTAKES, TIMES)


def shares(x, dout):
    """What each step adds to the gradient of w, (T, D, M)."""
    return np.einsum("ntd,ntm->tdm", x, dout)


TEMPORAL_BACKWARD = TEMPORAL_FORWARD | dict(
    dx=lambda dout, w: dout @ w.T,
    dw=lambda x, dout: shares(x, dout).sum(axis=0),
    db=lambda dout: dout.sum(axis=(0, 1)),
)

TEMPORAL_BACKWARD_MISTAKES = (
    mistake("`w` is not transposed in `dx`.", "(N, T, M) times what gives (N, T, D)?",
            dx=lambda dout, w: dout @ w),
    mistake("Batch and time are mixed up in {lines}.",
            "The rows of `x` and of `dout` must be packed in the same order.",
            dx=(mixed, remixed),
            dw=(lambda x, dout: shares(mixed(x), dout).sum(axis=0),
                lambda x, dout: shares(remixed(x), dout).sum(axis=0),
                lambda x, dout: x.reshape(-1, x.shape[0] * x.shape[1])
                @ dout.reshape(-1, dout.shape[2]))),
    mistake("The batch and time are exchanged in `dx`.", "Wanted is (N, T, D).",
            dx=lambda value: np.moveaxis(value, 1, 0)),
    mistake("`dx` comes in the reverse order.", "Step t belongs at place t.",
            dx=lambda value: value[:, ::-1]),
    mistake("`dx` is added up over time.",
            "Every step has an input of its own. What is shared adds up; `x` is not.",
            dx=(lambda value: value.sum(axis=1), lambda value: value.cumsum(axis=1))),
    mistake("The sum in `db` goes over the batch only.",
            "`b` was added at every step of every caption: N T gradients add up.",
            db=lambda dout: dout.sum(axis=0)),
    mistake("The sum in `db` goes over time only.",
            "`b` was added at every step of every caption: N T gradients add up.",
            db=lambda dout: dout.sum(axis=1)),
    mistake("No sum is taken in `db`.",
            "`b` was added at every step of every caption: N T gradients add up.",
            db=(lambda dout: dout, lambda dout: dout.reshape(-1, dout.shape[2]))),
    mistake("The sum in `db` goes over everything.", "`db` has M numbers.",
            db=lambda dout: dout.sum()),
    mistake("The sum in `db` goes over the scores.", "`db` has M numbers: one for each score.",
            db=(lambda dout: dout.sum(axis=2), lambda dout: dout.sum(axis=(1, 2)),
                lambda dout: dout.sum(axis=(0, 2)))),
    mistake("Only the last time step counts in {lines}.", COUNTS,
            dw=lambda x, dout: shares(x, dout)[-1],
            db=lambda dout: dout[:, -1].sum(axis=0)),
    mistake("Only the first time step counts in {lines}.", COUNTS,
            dw=lambda x, dout: shares(x, dout)[0],
            db=lambda dout: dout[:, 0].sum(axis=0)),
    mistake("Only one caption of the batch counts in {lines}.", COUNTS,
            dw=(lambda x, dout: shares(x[-1:], dout[-1:]).sum(axis=0),
                lambda x, dout: shares(x[:1], dout[:1]).sum(axis=0)),
            db=(lambda dout: dout[-1].sum(axis=0), lambda dout: dout[0].sum(axis=0))),
    mistake("The steps' shares are not added up in `dw`.",
            "One gradient of the shape of `w` is wanted, the sum of all shares.",
            dw=(lambda x, dout: shares(x, dout), lambda x, dout: np.swapaxes(x, 1, 2) @ dout)),
    mistake("The mean over time is taken instead of the sum, in {lines}.",
            "The same `w` and `b` served every step, so every step adds its share.",
            dw=lambda value, T: value / T,
            db=lambda value, T: value / T),
    mistake("The mean over the batch is taken instead of the sum, in {lines}.", DIVIDED,
            dw=lambda value, N: value / N,
            db=lambda value, N: value / N),
    mistake("The mean over batch and time is taken instead of the sum, in {lines}.", DIVIDED,
            dw=lambda value, N, T: value / (N * T),
            db=lambda value, N, T: value / (N * T)),
    mistake("The gradient of `b` itself is returned as `db`: ones.", CHAIN,
            db=(lambda value: np.ones_like(value),
                lambda value, N, T: N * T * np.ones_like(value))),
    mistake("`w` is reshaped where it should be transposed, in `dx`.", RESHAPED,
            dx=lambda dout, w: dout @ w.reshape(w.shape[::-1])),
    mistake("The factors of `dw` are exchanged: it is (M, D).", SHAPE,
            dw=lambda value: value.T),
)

temporal_affine_backward = Exercise(
    "temporal_affine_backward", ("dout", "cache"), ("dx", "dw", "db"),
    draw_times, TEMPORAL_BACKWARD, TEMPORAL_BACKWARD_MISTAKES, TIMES, cache=("x", "w"),
    forward=temporal_affine_forward)
