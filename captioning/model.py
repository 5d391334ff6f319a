"""The captioning network, assembled (chapter 8).

A picture's features become the first hidden state; a recurrent network reads the caption's words
from there and scores the next word at every step. Nothing here is new mathematics: the loss runs
the layers forward, and every gradient comes from running them backward in reverse order.
"""

import numpy as np

from captioning.decoding import greedy
from captioning.layers import (
    affine_backward,
    affine_forward,
    check_dropout,
    dropout_backward,
    dropout_forward,
    log_softmax,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from captioning.lstm import lstm_backward, lstm_forward, lstm_step_forward
from captioning.rnn import rnn_backward, rnn_forward, rnn_step_forward
from captioning.shapes import check_arguments, check_whole

SEQUENCE = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}
STATE = {"rnn": ("N H",), "lstm": ("N H", "N H")}


class CaptioningRNN:
    """A recurrent network that describes pictures.

    Parameters
    ----------
    word_to_idx : dict of str to int
        The vocabulary; ``<NULL>`` must be in it, and ``<START>`` and ``<END>`` for it to speak.
    input_dim : int
        F, the size of a picture's feature vector.
    wordvec_dim : int
        E, the size of a word vector.
    hidden_dim : int
        H, the size of the hidden state.
    cell_type : {"rnn", "lstm"}
    dtype : dtype
        float32 to train, float64 to check.
    rng : numpy.random.Generator, optional
        Draws the first parameters; by default one with seed 0.

    Attributes
    ----------
    params : dict of str to ndarray
        ``W_proj`` (F, H), ``b_proj`` (H,), ``W_embed`` (V, E), ``Wx`` (E, H), ``Wh`` (H, H),
        ``b`` (H,), ``W_vocab`` (H, V), ``b_vocab`` (V,); 4H for H in ``Wx Wh b`` of an LSTM.

    Raises
    ------
    ValueError
        The cell type is unknown, ``<NULL>`` is missing, a size is no whole number of at least 1,
        or the dtype is none of floats.
    """

    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128, hidden_dim=128,
                 cell_type="rnn", dtype=np.float32, rng=None):
        if cell_type not in SEQUENCE:
            raise ValueError(f"cell_type is {cell_type!r}; wanted one of {', '.join(SEQUENCE)}")
        if "<NULL>" not in word_to_idx:
            raise ValueError("word_to_idx lacks <NULL>; wanted it, to pad captions with")
        for name, size in {"input_dim": input_dim, "wordvec_dim": wordvec_dim,
                           "hidden_dim": hidden_dim}.items():
            check_whole(name, size)
        if np.dtype(dtype).kind != "f":
            raise ValueError(f"dtype is {np.dtype(dtype)}; wanted one of floats")
        self.word_to_idx, self.cell_type = word_to_idx, cell_type
        self.params = first_params(input_dim, wordvec_dim, hidden_dim, len(word_to_idx),
                                   4 if cell_type == "lstm" else 1, dtype,
                                   rng or np.random.default_rng(0))

    @property
    def dtype(self):
        """The dtype of the parameters."""
        return self.params["b"].dtype

    def loss(self, features, captions, dropout=0.0, rng=None):
        """Loss of the right captions, and its gradient for every parameter.

        Parameters
        ----------
        features : ndarray of float, (N, F)
        captions : ndarray of int, (N, T + 1)
            From ``<START>`` to ``<END>``, then ``<NULL>``. The network reads all words but the
            last and is asked for all but the first.
        dropout : float
            Share of the entries of features, word vectors and hidden states that are dropped.
        rng : numpy.random.Generator
            Draws what is dropped; needed only with dropout.

        Returns
        -------
        loss : float
            Summed over the words, averaged over the captions.
        grads : dict of str to ndarray
            The keys and shapes of ``params``.

        Raises
        ------
        ValueError
            An argument has the wrong type or shape, a word is out of range, or features are not
            finite.
        """
        captions_in, captions_out, mask = self._shift(features, captions)
        check_dropout("CaptioningRNN.loss", "dropout", dropout, rng)
        scores, caches = self.forward(features, captions_in, dropout, rng)
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)
        grads, _ = self.backward(dscores, caches)
        return loss, grads

    def forward(self, features, captions_in, dropout=0.0, rng=None):
        """Score every next word, eq-model-forward; dropout 0 changes nothing.

        Parameters
        ----------
        features : ndarray of float, (N, F)
        captions_in : ndarray of int, (N, T)
            The words that are read.
        dropout, rng
            As for `loss`.

        Returns
        -------
        scores : ndarray, (N, T, V)
        caches : tuple
            What `backward` needs.

        Raises
        ------
        ValueError
            An argument has the wrong type or shape, or a word is out of range.
        """
        p, (through_time, _) = self.params, SEQUENCE[self.cell_type]
        features, seen = dropout_forward(features.astype(self.dtype), dropout, rng)
        h0, proj = affine_forward(features, p["W_proj"], p["b_proj"])  # (N, H)
        words, embed = word_embedding_forward(captions_in, p["W_embed"])  # (N, T, E)
        words, read = dropout_forward(words, dropout, rng)
        h, rnn = through_time(words, h0, p["Wx"], p["Wh"], p["b"])  # (N, T, H)
        h, kept = dropout_forward(h, dropout, rng)
        scores, vocab = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])  # (N, T, V)
        return scores, (seen, proj, embed, read, rnn, kept, vocab)

    def backward(self, dscores, caches):
        """Undo `forward` line by line, from the last to the first.

        Parameters
        ----------
        dscores : ndarray of float, (N, T, V)
        caches : tuple
            From `forward`.

        Returns
        -------
        grads : dict of str to ndarray
            The keys and shapes of ``params``.
        dfeatures : ndarray, (N, F)
            What is left for whatever has made the features.

        Raises
        ------
        ValueError
            An argument has the wrong type or shape.
        """
        grads, (_, back_through_time) = {}, SEQUENCE[self.cell_type]
        seen, proj, embed, read, rnn, kept, vocab = caches
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab)
        dh = dropout_backward(dh, kept)
        dwords, dh0, grads["Wx"], grads["Wh"], grads["b"] = back_through_time(dh, rnn)
        dwords = dropout_backward(dwords, read)
        grads["W_embed"] = word_embedding_backward(dwords, embed)
        dfeatures, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj)
        return grads, dropout_backward(dfeatures, seen)

    def start(self, features):
        """Look at the pictures: the state before the first word.

        Parameters
        ----------
        features : ndarray of float, (N, F)

        Returns
        -------
        state : tuple of ndarray, (N, H) each
            The hidden state, and the cell for an LSTM.

        Raises
        ------
        ValueError
            features have the wrong type or shape, or are not finite.
        """
        check_features(features, self.params["W_proj"])
        h0, _ = affine_forward(features.astype(self.dtype), self.params["W_proj"],
                               self.params["b_proj"])
        return (h0,) if self.cell_type == "rnn" else (h0, np.zeros_like(h0))

    def step(self, words, state):
        """Read one word of each sentence and score the next.

        Parameters
        ----------
        words : ndarray of int, (N,)
        state : tuple of ndarray
            From `start` or the step before.

        Returns
        -------
        log_probs : ndarray, (N, V)
            Log-probability of every next word.
        state : tuple of ndarray

        Raises
        ------
        ValueError
            An argument has the wrong type or shape, or a word is out of range.
        """
        self._check_step(words, state)
        p = self.params
        x, _ = word_embedding_forward(words[:, None], p["W_embed"])
        if self.cell_type == "rnn":
            next_h, _ = rnn_step_forward(x[:, 0], *state, p["Wx"], p["Wh"], p["b"])
            state = (next_h,)
        else:
            next_h, next_c, _ = lstm_step_forward(x[:, 0], *state, p["Wx"], p["Wh"], p["b"])
            state = (next_h, next_c)
        scores, _ = affine_forward(next_h, p["W_vocab"], p["b_vocab"])
        return log_softmax(scores), state

    def sample(self, features, max_length=30):
        """Describe pictures: the likeliest word at every step.

        Parameters
        ----------
        features : ndarray of float, (N, F)
        max_length : int

        Returns
        -------
        captions : ndarray of int, (N, max_length)
            Without ``<START>``; ``<NULL>`` follows ``<END>``.
        """
        return greedy(self, features, max_length)

    def _check_step(self, words, state):
        check_arguments("CaptioningRNN.step", {"W_embed": "V E", "W_vocab": "H V", "words": "N <V",
                                               "state": STATE[self.cell_type]},
                        {**self.params, "words": words, "state": state})

    def _shift(self, features, captions):
        """Check a minibatch; return the words that are read, those asked for, and the mask."""
        check_arguments("CaptioningRNN.loss",
                        {"W_embed": "V E", "features": "N F", "captions": "N L <V"},
                        {"W_embed": self.params["W_embed"], "features": features,
                         "captions": captions})
        check_features(features, self.params["W_proj"])
        if captions.shape[1] < 2:
            raise ValueError(f"captions has shape {captions.shape}; wanted two words or more in "
                             "a row, one to read and one to ask for")
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        return captions_in, captions_out, captions_out != self.word_to_idx["<NULL>"]


def first_params(F, E, H, V, gates, dtype, rng):
    """Draw the first parameters: normal, of variance one over the number of inputs.

    Word vectors start small, with a standard deviation of 0.01; biases are zero.
    """
    sizes = {"W_proj": (F, H), "W_embed": (V, E), "Wx": (E, gates * H), "Wh": (H, gates * H),
             "W_vocab": (H, V)}
    scale = {name: 1 / np.sqrt(size[0]) for name, size in sizes.items()} | {"W_embed": 0.01}
    weights = {name: rng.standard_normal(size) * scale[name] for name, size in sizes.items()}
    biases = {"b_proj": np.zeros(H), "b": np.zeros(gates * H), "b_vocab": np.zeros(V)}
    return {name: value.astype(dtype) for name, value in (weights | biases).items()}


def check_features(features, W_proj):
    """Raise ValueError unless features are finite floats of shape (N, F)."""
    check_arguments("CaptioningRNN", {"W_proj": "F H", "features": "N F"},
                    {"W_proj": W_proj, "features": features})
    if not np.isfinite(features).all():
        row = int(np.argwhere(~np.isfinite(features))[0, 0])
        raise ValueError(f"features[{row}] holds NaN or infinity; wanted finite numbers")
