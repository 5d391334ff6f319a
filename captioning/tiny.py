"""A captioning network of 72 numbers, small enough to print (all chapters).

Two pictures, "a red boat" and "a blue boat", and a network whose every parameter is rounded to
one decimal and still tells them apart. The colour is seen before the first word and said at the
second: the smallest memory there is. All sizes differ: H=2, E=3, T=4, F=5, V=8. For chapter 13
there is an LSTM of the same sizes, which has 108 numbers.
"""

import numpy as np

from captioning.layers import (
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
)
from captioning.model import CaptioningRNN
from captioning.rnn import rnn_forward

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "blue", "boat"]
WORD_TO_IDX = {word: k for k, word in enumerate(WORDS)}
FEATURES = np.array([[1, 0, 1, 0, 1], [0, 1, 1, 0, 1]], dtype=float)
SENTENCES = ["a red boat", "a blue boat"]
CAPTIONS = np.array([[1, 4, 5, 7, 2], [1, 4, 6, 7, 2]])

PARAMETERS = {
    "W_proj": [[-1, -.6], [.5, .3], [.1, -.4], [0, 0], [0, -.3]],
    "b_proj": [-.1, -.4],
    "W_embed": [[0, 0, 0], [-.3, .1, .1], [0, 0, 0], [0, 0, 0],
                [.5, -.9, -.8], [-.1, .4, .2], [.1, -.1, -.1], [-.5, .7, .7]],
    "Wx": [[-.5, .6], [.3, -1], [.5, -.9]],
    "Wh": [[-.1, .9], [-3.1, .4]],
    "b": [-.3, -.1],
    "W_vocab": [[.1, .1, -2.4, .1, 4.3, 5.7, -.6, -6.8],
                [-.2, -.2, -3.9, -.2, -2.7, 3.5, 4.2, 1.8]],
    "b_vocab": [-.9, -.8, 1.6, -.9, 1.5, -1.3, .9, -.3],
}
LSTM_PARAMETERS = {
    "W_proj": [[-.7, -.9], [-.4, .8], [-1.1, 0], [0, 0], [-1.1, .3]],
    "b_proj": [-1.1, 0],
    "W_embed": [[0, 0, 0], [0, -.3, .4], [0, 0, 0], [0, 0, 0],
                [-1.9, -1.1, -.5], [.1, -1.3, 1.3], [1.7, -1.4, 0], [-1.3, -1.3, 1.7]],
    "Wx": [[.1, -.8, -.8, -.7, -.1, -2.5, .5, .1], [-1.1, -1, .4, -.5, -1.3, -.4, -1.1, -.8],
           [.7, .8, .5, -1.1, 1, .4, .1, 1.2]],
    "Wh": [[-.9, -.8, .6, -.8, -.9, .5, 1, .5], [0, .1, .4, .4, .1, -1.1, -.8, 3]],
    "b": [1, 1, -.3, .4, 1.2, .3, .6, .5],
    "W_vocab": [[-.1, -.1, 4.9, -.1, -5.9, -.3, -2.4, 4.6],
                [0, -.1, 6.5, -.1, -1.4, -8.2, 6.3, -2.9]],
    "b_vocab": [-1.2, -1.2, -1.5, -1.2, 1.9, .6, .2, 2.2],
}


def network(cell_type="rnn"):
    """Build the network, in float64.

    Parameters
    ----------
    cell_type : {"rnn", "lstm"}

    Returns
    -------
    CaptioningRNN
        With parameters of its own, which may be changed.
    """
    model = CaptioningRNN(WORD_TO_IDX, input_dim=5, wordvec_dim=3, hidden_dim=2,
                          cell_type=cell_type, dtype=np.float64)
    table = PARAMETERS if cell_type == "rnn" else LSTM_PARAMETERS
    model.params = {name: np.array(value, dtype=float) for name, value in table.items()}
    return model


def step_inputs(picture, t, cell_type="rnn"):
    """Arguments of `rnn_step_forward` or `lstm_step_forward` at one step of a picture's caption.

    Parameters
    ----------
    picture : {0, 1}
        The red boat or the blue one.
    t : int
        The step, from 1 to 4; step 1 reads ``<START>``.
    cell_type : {"rnn", "lstm"}

    Returns
    -------
    x, prev_h, Wx, Wh, b : ndarray
        With N = 1. For an LSTM prev_c stands after prev_h.
    """
    model = network(cell_type)
    p = model.params
    state = model.start(FEATURES[picture:picture + 1])
    for word in CAPTIONS[picture, :t - 1]:
        _, state = model.step(np.array([word]), state)
    return p["W_embed"][CAPTIONS[picture, t - 1]][None], *state, p["Wx"], p["Wh"], p["b"]


def reading(picture):
    """The states in which the vanilla network reads a picture's caption.

    Parameters
    ----------
    picture : {0, 1}

    Returns
    -------
    h0 : ndarray, (1, 2)
    h : ndarray, (1, 4, 2)
        The states after each step.
    cache : tuple
        As `rnn_forward` returns it.
    """
    _, h0, *step = step_inputs(picture, 1)
    words = network().params["W_embed"][CAPTIONS[picture:picture + 1, :-1]]  # (1, 4, 3)
    return h0, *rnn_forward(words, h0, *step)


def sent_by_words(picture, h):
    """Gradients that the words of a picture's caption send to the states they are said from.

    Parameters
    ----------
    picture : {0, 1}
    h : ndarray, (1, 4, 2)
        The states after each step.

    Returns
    -------
    dh : ndarray, (1, 4, 2)
        Without what comes back through later states.
    """
    p = network().params
    scores, cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
    asked = CAPTIONS[picture:picture + 1, 1:]
    _, dscores = temporal_softmax_loss(scores, asked, np.ones(asked.shape))
    return temporal_affine_backward(dscores, cache)[0]
