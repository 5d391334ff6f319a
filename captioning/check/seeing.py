"""The usual mistakes in pooling a grid and in a convolution (chapters 3 and 10)."""

import numpy as np

from captioning.check.program import Exercise, mistake
from captioning.encoder.convolution import picture_patches

# ---------------------------------------------------------------- pool

GRIDS = (dict(N=2, h=3, w=4, C=5), dict(N=3, h=4, w=2, C=6), dict(N=1, h=1, w=5, C=2),
         dict(N=3, h=3, w=3, C=3))
PLACES = "All h w places of a picture count alike, and every channel keeps its own mean: (N, C)."


def draw_grid(rng, N, h, w, C):
    """Grids of features."""
    return dict(grid=rng.standard_normal((N, h, w, C)))


pool = Exercise(
    "pool", ("grid",), ("pooled",), draw_grid, dict(pooled=lambda grid: grid.mean(axis=(1, 2))), (
        mistake("The greatest value is taken instead of the mean.",
                "That is another kind of pooling, by the maximum.",
                pooled=lambda grid: grid.max(axis=(1, 2))),
        mistake("The places are added up and not divided by their number.",
                "A mean does not grow with the grid.",
                pooled=lambda grid: grid.sum(axis=(1, 2))),
        mistake("The sum is divided by one side of the grid only.",
                "How many places has a grid of h rows of w?",
                pooled=(lambda grid, h: grid.sum(axis=(1, 2)) / h,
                        lambda grid, w: grid.sum(axis=(1, 2)) / w)),
        mistake("Only the rows or only the columns are averaged.", PLACES,
                pooled=(lambda grid: grid.mean(axis=1), lambda grid: grid.mean(axis=2))),
        mistake("The sum is divided by another number than that of the places.",
                "A grid of h rows of w has h w places.",
                pooled=(lambda grid, N: grid.sum(axis=(1, 2)) / N,
                        lambda grid, C: grid.sum(axis=(1, 2)) / C,
                        lambda grid, h, w: grid.sum(axis=(1, 2)) / (h + w),
                        lambda grid: grid.sum(axis=(1, 2)) / grid[0].size)),
        mistake("The channels are averaged too.", PLACES,
                pooled=(lambda grid: grid.mean(axis=(1, 2, 3)),
                        lambda grid: grid.mean(axis=(1, 2, 3), keepdims=True))),
        mistake("The channels are averaged instead of the places.", PLACES,
                pooled=(lambda grid: grid.mean(axis=3), lambda grid: grid.mean(axis=(2, 3)),
                        lambda grid: grid.mean(axis=(1, 3)))),
        mistake("The pictures are averaged too.", PLACES,
                pooled=(lambda grid: grid.mean(axis=(0, 1, 2)), lambda grid: grid.mean(axis=0),
                        lambda grid: grid.mean(axis=(0, 1)))),
        mistake("Everything is averaged to one number.", PLACES, pooled=lambda grid: grid.mean()),
        mistake("The averaged axes are kept with length 1.",
                "Wanted is (N, C). Look for `keepdims`.",
                pooled=lambda grid: grid.mean(axis=(1, 2), keepdims=True)),
        mistake("The median is taken instead of the mean.", PLACES,
                pooled=lambda grid: np.median(grid, axis=(1, 2))),
        mistake("Only one place is looked at.", PLACES,
                pooled=(lambda grid: grid[:, 0, 0], lambda grid: grid[:, -1, -1],
                        lambda grid, h, w: grid[:, h // 2, w // 2])),
        mistake("The grid is laid out in a row instead of pooled.", PLACES,
                pooled=lambda grid: grid.reshape(len(grid), -1)),
        mistake("Numbers of different channels are mixed.",
                "The last axis is that of the channels. `reshape` cuts the numbers as they lie in "
                "memory: (N, h w, C) keeps them together.",
                pooled=lambda grid, C: grid.reshape(len(grid), C, -1).mean(axis=2)),
    ), GRIDS)


# ---------------------------------------------------------------- convolution

SIZES = (dict(N=2, H=5, W=7, C=4, K=3, M=6, stride=1), dict(N=1, H=6, W=5, C=2, K=3, M=4, stride=2),
         dict(N=2, H=4, W=3, C=3, K=1, M=2, stride=1), dict(N=2, H=7, W=6, C=2, K=5, M=3, stride=2),
         dict(N=3, H=3, W=3, C=3, K=3, M=3, stride=1))


def draw(rng, N, H, W, C, K, M, stride):
    """Pictures, kernels, and gradients of the maps."""
    P, Q = -(-H // stride), -(-W // stride)
    shapes = dict(x=(N, H, W, C), w=(K, K, C, M), b=(M,), dout=(N, P, Q, M))
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def convolve(x, w, stride, border=None, mode="constant", first=0, **padding):
    """Products of patches and kernels, without a bias.

    ``border`` is the width of what is put around, by ``mode``; ``first`` the first position.
    """
    K = len(w)
    before, after = (K // 2, K // 2) if border is None else border
    padded = np.pad(x, ((0, 0), (before, after), (before, after), (0, 0)), mode, **padding)
    rows = range(first, padded.shape[1] - K + 1, stride)
    columns = range(first, padded.shape[2] - K + 1, stride)
    return np.stack([np.stack([np.einsum("nijc,ijcm->nm", padded[:, p:p + K, q:q + K], w)
                               for q in columns], axis=1) for p in rows], axis=1)


def channels_first(w):
    """A kernel laid out as c, i, j and read as i, j, c."""
    return np.moveaxis(w, 2, 0).reshape(w.shape)


def channels_last(w):
    """A kernel laid out as i, j, c and read as c, i, j."""
    K, _, C, M = w.shape
    return np.moveaxis(w.reshape(C, K, K, M), 0, 2)


FORWARD = dict(
    product=lambda x, w, stride: convolve(x, w, stride),
    out=lambda product, b: product + b,
)
BORDER = "Around the picture stand (K - 1) / 2 zeros, so that each pixel can be a patch's middle."
STRIDE = "The kernel moves on by `stride` pixels each time, down as well as across."

FORWARD_MISTAKES = (
    mistake("The bias `b` is forgotten.", "Each kernel has its own bias.",
            out=lambda product: product),
    mistake("The bias `b` is added more than once.",
            "Once a position is enough: outside the loops over the kernel.",
            out=(lambda product, b, K: product + K * K * b,
                 lambda product, b, K, C: product + K * K * C * b,
                 lambda product, b, C: product + C * b)),
    mistake("The kernel is turned by half a turn.",
            "In deep learning the kernel is laid on as it is: entry (0, 0) meets the upper left "
            "pixel.",
            product=lambda x, w, stride: convolve(x, w[::-1, ::-1], stride)),
    mistake("Rows and columns of the kernel are exchanged.",
            "The kernel's first axis goes down, like that of the picture.",
            product=lambda x, w, stride: convolve(x, w.swapaxes(0, 1), stride)),
    mistake("There is no border of zeros, so the map is too small.", BORDER,
            product=lambda x, w, stride: convolve(x, w, stride, (0, 0))),
    mistake("The border repeats the picture's edge.", BORDER,
            product=(lambda x, w, stride: convolve(x, w, stride, mode="edge"),
                     lambda x, w, stride: convolve(x, w, stride, mode="reflect"),
                     lambda x, w, stride: convolve(x, w, stride, mode="wrap"))),
    mistake("The border is filled with ones.", BORDER,
            product=lambda x, w, stride: convolve(x, w, stride, constant_values=1)),
    mistake("The border stands on one side only.", BORDER,
            product=(lambda x, w, stride: convolve(x, w, stride, (0, len(w) - 1)),
                     lambda x, w, stride: convolve(x, w, stride, (len(w) - 1, 0)))),
    mistake("The border is too wide.", BORDER,
            product=(lambda x, w, stride: convolve(x, w, stride, (len(w), len(w))),
                     lambda x, w, stride: convolve(x, w, stride, (len(w) - 1, len(w) - 1)),
                     lambda x, w, stride: convolve(x, w, stride, (1, 1)))),
    mistake("The stride is ignored.", STRIDE,
            product=(lambda x, w: convolve(x, w, 1),
                     lambda x, w, dout: convolve(x, w, 1)[:, :dout.shape[1], :dout.shape[2]])),
    mistake("The stride counts in one direction only.", STRIDE,
            product=(lambda x, w, stride: convolve(x, w, 1)[:, ::stride],
                     lambda x, w, stride: convolve(x, w, 1)[:, :, ::stride])),
    mistake("The first position is not the first pixel.",
            "The first patch has the upper left pixel in its middle.",
            product=lambda x, w, stride: convolve(x, w, stride, first=stride - 1)),
    mistake("The channels are not added up, or only one is looked at.",
            "A kernel has its own weights for each channel, and their products add up.",
            product=(lambda x, w, stride: convolve(x[..., :1], w[:, :, :1], stride),
                     lambda x, w, stride: convolve(x[..., -1:], w[:, :, -1:], stride))),
    mistake("One kernel's map stands for all.", "There are M kernels and M maps.",
            product=(lambda value: np.repeat(value[..., :1], value.shape[-1], axis=-1),
                     lambda value: np.repeat(value[..., -1:], value.shape[-1], axis=-1))),
    mistake("The products are averaged instead of added up.",
            "One number for each position and kernel: the sum of all products.",
            product=(lambda value, K, C: value / (K * K * C), lambda value, K: value / (K * K),
                     lambda value, C: value / C)),
    mistake("Negative results are cut off.",
            "The ReLU is a layer of its own.",
            out=(lambda value: np.maximum(value, 0),
                 lambda product, b: np.maximum(product, 0) + b)),
    mistake("The entries of the bias `b` are added up or averaged.",
            "`b` has one number for each kernel, and so for each map.",
            out=(lambda product, b: product + b.sum(), lambda product, b: product + b.mean())),
    mistake("The kernel's numbers are laid out in another order than the patch's.",
            "In a row of a patch and in a column of kernels the same entry must stand at the same "
            "place.",
            product=(lambda x, w, stride: convolve(x, channels_first(w), stride),
                     lambda x, w, stride: convolve(x, channels_last(w), stride))),
)

conv_forward = Exercise(
    "conv_forward", ("x", "w", "b", "stride"), ("out", "cache"),
    draw, FORWARD, FORWARD_MISTAKES, SIZES,
    nudge="Pictures may have any size, kernels any odd one, and the stride may be 2.")


def scatter(dout, w, H, W, stride, add=True, order=lambda i, j: (i, j)):
    """The gradient of the padded picture; each entry of the kernel sends what it read."""
    K, (N, P, Q) = len(w), dout.shape[:3]
    padded = np.zeros((N, H + K - 1, W + K - 1, w.shape[2]))
    for i in range(K):
        for j in range(K):
            read = padded[:, i:i + stride * P:stride, j:j + stride * Q:stride]
            read[...] = add * read + dout @ w[order(i, j)].T
    return padded


def last_patch(dout, w, H, W, stride):
    """The gradient of the padded picture where each position overwrites those before it."""
    K, (N, P, Q) = len(w), dout.shape[:3]
    padded = np.zeros((N, H + K - 1, W + K - 1, w.shape[2]))
    for p, q in np.ndindex(P, Q):
        patch = np.einsum("nm,ijcm->nijc", dout[:, p, q], w)
        padded[:, p * stride:p * stride + K, q * stride:q * stride + K] = patch
    return padded


def inner(padded, w, H, W, first=None):
    """What is left without the border."""
    k = len(w) // 2 if first is None else first
    return padded[:, k:k + H, k:k + W]


BACKWARD = FORWARD | dict(
    patches=lambda x, w, stride: picture_patches(x, len(w), stride),
    x_shape=lambda x: x.shape,
    _padded=lambda dout, w, H, W, stride: scatter(dout, w, H, W, stride),
    dx=lambda _padded, w, H, W: inner(_padded, w, H, W),
    dw=lambda patches, dout, w: np.einsum("npqd,npqm->dm", patches, dout).reshape(w.shape),
    db=lambda dout: dout.sum(axis=(0, 1, 2)),
)

BACKWARD_MISTAKES = (
    mistake("Of all the patches that a pixel was part of only one counts in `dx`.",
            "A pixel was read at many positions, and all their gradients add up: `+=`, not `=`.",
            _padded=(lambda dout, w, H, W, stride: scatter(dout, w, H, W, stride, add=False),
                     lambda dout, w, H, W, stride: last_patch(dout, w, H, W, stride))),
    mistake("The kernel is turned by half a turn in `dx`.",
            "Entry (i, j) sends back to the pixel that it read. Turned and sent is turned twice.",
            _padded=lambda dout, w, H, W, stride: scatter(
                dout, w, H, W, stride, order=lambda i, j: (-1 - i, -1 - j))),
    mistake("Rows and columns of the kernel are exchanged in {lines}.",
            "The kernel's first axis goes down, like that of the picture.",
            dx=lambda dout, w, H, W, stride: inner(scatter(
                dout, w, H, W, stride, order=lambda i, j: (j, i)), w, H, W),
            dw=lambda value: value.swapaxes(0, 1)),
    mistake("The border is still around `dx`.",
            "A gradient has the shape of its variable: the zeros around the picture were none of "
            "it.",
            dx=lambda _padded: _padded),
    mistake("The border is cut off on the wrong side of `dx`.",
            "Of (K - 1) zeros in a row, half stood before the picture and half behind it.",
            dx=(lambda _padded, w, H, W: inner(_padded, w, H, W, 0),
                lambda _padded, w, H, W: inner(_padded, w, H, W, len(w) - 1))),
    mistake("The stride is ignored in `dx`.",
            "Position (p, q) read from pixel (p stride, q stride) on.",
            _padded=lambda dout, w, H, W: scatter(dout, w, H, W, 1)),
    mistake("The kernel's numbers are laid out in another order in {lines}.",
            "A row of `patches` has the order of a kernel (K, K, C).",
            dx=(lambda dout, w, H, W, stride: inner(
                scatter(dout, channels_first(w), H, W, stride), w, H, W),
                lambda dout, w, H, W, stride: inner(
                    scatter(dout, channels_last(w), H, W, stride), w, H, W)),
            dw=(lambda value, K, C: np.moveaxis(value.reshape(C, K, K, -1), 0, 2),
                lambda value, K, C, M: np.moveaxis(value, 3, 0).reshape(value.shape))),
    mistake("The kernel's gradient is turned by half a turn.",
            "Entry (0, 0) of `dw` belongs to what entry (0, 0) of the kernel read.",
            dw=lambda value: value[::-1, ::-1]),
    mistake("`dw` is flat.", "A gradient has the shape of its variable: (K, K, C, M).",
            dw=lambda value, M: value.reshape(-1, M)),
    mistake("Only one position counts in {lines}.",
            "The same kernel and bias served every position, so all their gradients add up.",
            dw=(lambda patches, dout, w: np.einsum(
                "nd,nm->dm", patches[:, -1, -1], dout[:, -1, -1]).reshape(w.shape),
                lambda patches, dout, w: np.einsum(
                    "nd,nm->dm", patches[:, 0, 0], dout[:, 0, 0]).reshape(w.shape)),
            db=(lambda dout: dout[:, -1, -1].sum(axis=0), lambda dout: dout[:, 0, 0].sum(axis=0))),
    mistake("Only one picture counts in {lines}.",
            "The same kernel and bias served every picture, so all their gradients add up.",
            dw=(lambda patches, dout, w: np.einsum(
                "pqd,pqm->dm", patches[-1], dout[-1]).reshape(w.shape),
                lambda patches, dout, w: np.einsum(
                    "pqd,pqm->dm", patches[0], dout[0]).reshape(w.shape)),
            db=(lambda dout: dout[-1].sum(axis=(0, 1)), lambda dout: dout[0].sum(axis=(0, 1)))),
    mistake("The sum in `db` goes over the pictures only.",
            "A bias was added at every position of every picture: `db` has M numbers.",
            db=lambda dout: dout.sum(axis=0)),
    mistake("The sum in `db` goes over the positions only.",
            "A bias was added at every position of every picture: `db` has M numbers.",
            db=lambda dout: dout.sum(axis=(1, 2))),
    mistake("The sum in `db` goes over everything.", "`db` has M numbers, one for each kernel.",
            db=lambda dout: dout.sum()),
    mistake("The mean over the batch is taken instead of the sum, in {lines}.",
            "The layer adds; where a mean is wanted, the loss has divided by N already.",
            dw=lambda value, N: value / N,
            db=lambda value, N: value / N),
    mistake("The mean over the positions is taken instead of the sum, in {lines}.",
            "The same kernel and bias served every position, so all their gradients add up.",
            dw=lambda value, dout: value / (dout.shape[1] * dout.shape[2]),
            db=lambda value, dout: value / (dout.shape[1] * dout.shape[2])),
)

conv_backward = Exercise(
    "conv_backward", ("dout", "cache"), ("dx", "dw", "db"),
    draw, BACKWARD, BACKWARD_MISTAKES, SIZES, cache=("x_shape", "patches", "w", "stride"),
    forward=conv_forward, cache_says="`x.shape, patches, w, stride`")


# ---------------------------------------------------------------- ReLU

RELU_SIZES = (dict(N=3, D=5), dict(N=2, D=4, C=3), dict(N=1, D=6), dict(N=4, D=4))
PASSES = "The gradient passes where the output is positive, unchanged, and nowhere else."


def draw_relu(rng, N, D, C=None):
    """Numbers of both signs."""
    shape = (N, D) if C is None else (N, D, C)
    return dict(x=rng.standard_normal(shape), dout=rng.standard_normal(shape))


RELU = dict(out=lambda x: np.maximum(x, 0))

relu_forward = Exercise(
    "relu_forward", ("x",), ("out", "cache"), draw_relu, RELU, (
        mistake("Nothing is cut off.", "What is below 0 becomes 0.", out=lambda x: x),
        mistake("The size is taken: negative numbers become positive.",
                "What is below 0 becomes 0.", out=lambda x: np.abs(x)),
        mistake("The positive numbers are cut off.", "What is below 0 becomes 0.",
                out=lambda x: np.minimum(x, 0)),
        mistake("Positive numbers become 1.", "What is above 0 stays as it is.",
                out=lambda x: (x > 0).astype(float)),
        mistake("A tanh or a sigmoid is used.", "What is above 0 stays as it is.",
                out=(lambda x: np.tanh(x), lambda x: 1 / (1 + np.exp(-x)))),
        mistake("A part of the negative numbers is let through.",
                "What is below 0 becomes 0: this ReLU does not leak.",
                out=lambda x: np.where(x > 0, x, 0.01 * x)),
    ), RELU_SIZES)

relu_backward = Exercise(
    "relu_backward", ("dout", "cache"), ("dx",), draw_relu,
    RELU | dict(dx=lambda dout, out: dout * (out > 0)), (
        mistake("Everything passes.", PASSES + " Is 0 let through?",
                dx=lambda dout: dout),
        mistake("It passes where the gradient is positive.", PASSES,
                dx=lambda dout: dout * (dout > 0)),
        mistake("It passes only where both the gradient and the output are positive.", PASSES,
                dx=lambda dout, out: np.maximum(dout, 0) * (out > 0)),
        mistake("The gradient is multiplied by the output.", PASSES,
                dx=lambda dout, out: dout * out),
        mistake("Ones come where the output is positive, without the gradient from above.",
                "The chain rule multiplies by what comes in.",
                dx=lambda out: (out > 0).astype(float)),
        mistake("It passes with its sign turned, or in part, where the output is 0.", PASSES,
                dx=(lambda dout, out: np.where(out > 0, dout, -dout),
                    lambda dout, out: np.where(out > 0, dout, 0.01 * dout))),
        mistake("The gradient and what says where it passes are added.",
                "What does not pass is 0: multiply.",
                dx=lambda dout, out: dout + (out > 0)),
        mistake("The greater of gradient and output is taken.",
                "`np.maximum` belongs to the forward pass. " + PASSES,
                dx=lambda dout, out: np.maximum(dout, out)),
        mistake("It passes where the output is 0.", PASSES,
                dx=lambda dout, out: dout * (out == 0)),
        mistake("The output comes back instead of a gradient.", PASSES, dx=lambda out: out),
    ), RELU_SIZES, cache="out", cache_says="the layer's output", forward=relu_forward)
