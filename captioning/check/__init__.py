"""Check what a reader wrote, and say what is wrong with it: ``check.rnn_step_forward(mine)``.

One function for each that the book asks a reader to write, under that function's name. A teacher
who wants other numbers sets ``seed``.

To check another function:

1. Describe it as an `Exercise` in the module of its topic, as `captioning.check.step` does: its
   arguments and results, how inputs are drawn, sizes that all differ and some that are 1, and the
   right function as named lines. A line may be a small function with a loop, so that what is
   wrong stays small: `captioning.check.through_time` goes back through time in a single line.
2. List its usual mistakes: a sentence that a beginner understands, a nudge that is not yet the
   answer, and the wrong line. Where one slip spoils two results, it belongs into the line that
   both come from; where one sentence fits several results, ``{lines}`` names those it spoilt.
3. Add a line to those below, under the function's name.

``tests/test_check_tables.py`` finds the exercise by itself and holds every mistake to its own
sentence, and to no other's. Whether the table knows enough is told by wrong functions of other
hands, as in ``tests/test_check_students.py``: ask someone who has not seen it.
"""

from captioning.check import (
    chunks,
    counting,
    direction,
    embedding,
    gates,
    gates_through_time,
    judging,
    leading,
    likeness,
    loss,
    moves,
    rules,
    scores,
    seeing,
    speaking,
    spelling,
    step,
    through_time,
    whole,
    words,
)
from captioning.check.engine import cache_in_words, examine
from captioning.check.verdict import Verdict

DOC = """{task} ({place}).

Parameters
----------
{role} : callable
    ``{role}({arguments}) -> {returns}``. {cache}
{forward}seed : int
    Another seed gives other numbers.

Returns
-------
Verdict
{example}"""
OWN_FORWARD = """forward : callable, optional
    The reader's own forward function; the cache is then what it returns.
"""


def _checker(exercise, place, task, example=""):
    """Make the public function that checks an exercise; a place that is a number is a chapter."""
    def check(function, seed=0):
        return examine(exercise, function, seed)

    def check_backward(backward, forward=None, seed=0):
        return examine(exercise, backward, seed, forward)

    backward = exercise.forward is not None
    made, cache = check_backward if backward else check, ""
    if backward:
        cache = (f"The cache is the book's,\n    {cache_in_words(exercise)}, "
                 "unless `forward` is given.")
    elif "cache" in exercise.returns:
        cache = "The cache may hold anything."
    made.__name__ = made.__qualname__ = exercise.name
    made.__doc__ = DOC.format(
        task=task, place=f"chapter {place}" if isinstance(place, int) else place,
        role="backward" if backward else "function",
        arguments=", ".join(exercise.arguments), returns=", ".join(exercise.returns), cache=cache,
        forward=OWN_FORWARD if backward else "",
        example=f"\nExamples\n--------\n{example}" if example else "")
    return made


lead = _checker(leading.lead, 1, "Check a speaker whose first words are given to it", """\
>>> from captioning import check
>>> check.lead(lambda captioner, vector, words: list(words)).why
'Nothing follows the given words.'
""")
build_vocabulary = _checker(words.build_vocabulary, 2, "Check the listing of words")
encode = _checker(words.encode, 2, "Check the way from words to a row of numbers", """\
>>> from captioning import check
>>> def mine(words, word_to_idx, length):
...     return [word_to_idx[word] for word in words]
>>> check.encode(mine).why
"The dictionary has no entry 'zeppelin'."
""")
without_end = _checker(spelling.without_end, 2, "Check the forgetting of `<END>`")
pieces = _checker(spelling.pieces, 2, "Check the making of pieces of words")
pool = _checker(seeing.pool, 3, "Check the mean over the places of a grid", """\
>>> from captioning import check
>>> check.pool(lambda grid: grid.max(axis=(1, 2))).why
'The greatest value is taken instead of the mean.'
""")
rnn_step_forward = _checker(step.rnn_step_forward, 4, "Check one step of the network", """\
>>> from captioning import check
>>> def mine(x, prev_h, Wx, Wh, b):
...     return x @ Wx + prev_h @ Wh + b, (x, prev_h)
>>> check.rnn_step_forward(mine).why
'The tanh is forgotten.'
""")
rnn_step_backward = _checker(step.rnn_step_backward, 4, "Check the gradients of one step")
rnn_forward = _checker(through_time.rnn_forward, 5, "Check the states of a whole sequence")
rnn_backward = _checker(through_time.rnn_backward, 5, "Check backpropagation through time")
chunked_backward = _checker(
    chunks.chunked_backward, 5, "Check backpropagation that is cut into chunks of k steps")
word_embedding_forward = _checker(embedding.word_embedding_forward, 6, "Check a lookup", """\
>>> from captioning import check
>>> check.word_embedding_forward(lambda x, W: (W[x.T], x)).why
'The batch and time are exchanged.'
""")
word_embedding_backward = _checker(
    embedding.word_embedding_backward, 6, "Check the gradient of the word vectors")
another_way = _checker(
    embedding.another_way, 6, "Check another way to let gradients fall into the rows of words")
affine_forward = _checker(scores.affine_forward, 7, "Check an affine layer")
affine_backward = _checker(scores.affine_backward, 7, "Check the gradients of an affine layer")
temporal_affine_forward = _checker(
    scores.temporal_affine_forward, 7, "Check an affine layer at every time step")
temporal_affine_backward = _checker(
    scores.temporal_affine_backward, 7, "Check the gradients of an affine layer over time")
log_softmax = _checker(loss.log_softmax, 7, "Check the logarithm of the softmax", """\
>>> import numpy as np
>>> from captioning import check
>>> check.log_softmax(lambda x: x - np.log(np.exp(x).sum(axis=-1, keepdims=True))).why
'The greatest score is not taken off, so exp overflows.'
""")
temporal_softmax_loss = _checker(
    loss.temporal_softmax_loss, 7, "Check the masked loss and its gradient")
smoothed_loss = _checker(loss.smoothed_loss, 7, "Check the loss against a smoothed target")
captioning_loss = _checker(
    whole.captioning_loss, 8, "Check the loss of a captioning network and all its gradients")
greedy = _checker(speaking.greedy, 11, "Check a decoder that says the likeliest word")
sgd = _checker(rules.sgd, 9, "Check plain gradient descent")
momentum = sgd_momentum = _checker(rules.momentum, 9, "Check gradient descent with momentum")
rmsprop = _checker(rules.rmsprop, 9, "Check RMSProp")
adam = _checker(rules.adam, 9, "Check Adam")
clip_by_global_norm = _checker(rules.clip_by_global_norm, 9, "Check the clipping of gradients")
conv_forward = _checker(seeing.conv_forward, 10, "Check a convolution")
conv_backward = _checker(seeing.conv_backward, 10, "Check the gradients of a convolution")
relu_forward = _checker(seeing.relu_forward, 10, "Check a ReLU")
relu_backward = _checker(seeing.relu_backward, 10, "Check the gradient of a ReLU", """\
>>> from captioning import check
>>> check.relu_backward(lambda dout, cache: dout * (dout > 0)).why
'It passes where the gradient is positive.'
""")
temper = _checker(speaking.temper, 11, "Check the temperature of a choice")
nucleus = _checker(speaking.nucleus, 11, "Check the choice of the words to draw from")
extend = _checker(speaking.extend, 11, "Check a step of beam search", """\
>>> from captioning import check
>>> def mine(totals, log_probs):
...     N, K = totals.shape
...     each = log_probs.reshape(N, K, -1) + totals[:, :, None]
...     return [[*range(K)] for _ in totals], each.argmax(axis=2), each.max(axis=2)
>>> check.extend(mine).why
'Each beginning keeps one continuation of its own.'
""")
clipped_matches = _checker(
    judging.clipped_matches, 12, "Check the counting of n-grams that some reference has too", """\
>>> from captioning import check
>>> def mine(candidate, references, n):
...     return sum(word in " ".join(references).split() for word in candidate.split())
>>> check.clipped_matches(mine).ok
False
""")
longest_common_subsequence = _checker(
    judging.longest_common_subsequence, 12, "Check the search for what two sentences share")
lstm_step_forward = _checker(gates.lstm_step_forward, 13, "Check one step of an LSTM")
lstm_step_backward = _checker(
    gates.lstm_step_backward, 13, "Check the gradients of one step of an LSTM")
lstm_forward = _checker(
    gates_through_time.lstm_forward, 13, "Check the states of an LSTM over a whole sequence")
lstm_backward = _checker(
    gates_through_time.lstm_backward, 13, "Check backpropagation through time for an LSTM")
nearest = _checker(likeness.nearest, 17, "Check the search for the most similar picture")
asked = _checker(
    counting.asked, 19, "Check the counting of the words that a loss asks for")
softmax_backward = _checker(
    moves.softmax_backward, "matrix calculus", "Check the gradient of a softmax", """\
>>> from captioning import check
>>> check.softmax_backward(lambda dy, y: dy * y * (1 - y)).why
'Each score moves its own probability alone.'
""")
normalise_backward = _checker(
    moves.normalise_backward, "matrix calculus", "Check the gradient of a normalisation")
directional = _checker(
    direction.directional, "gradient checking", "Check a check of all gradients by two runs", """\
>>> import numpy as np
>>> from captioning import check
>>> def mine(loss, params, grads, v, nudge):
...     return 0.0, sum(np.sum(grads[name] * v[name]) for name in v)
>>> check.directional(mine).why
'`loss` never sees the parameters move: `measured` is 0.'
""")

__all__ = [
    "Verdict", "adam", "affine_backward", "affine_forward", "another_way", "asked",
    "build_vocabulary", "captioning_loss", "chunked_backward", "clip_by_global_norm",
    "clipped_matches", "conv_backward", "conv_forward", "directional", "encode", "extend",
    "greedy", "lead", "log_softmax", "longest_common_subsequence", "lstm_backward",
    "lstm_forward", "lstm_step_backward", "lstm_step_forward", "momentum", "nearest",
    "normalise_backward", "nucleus", "pieces", "pool", "relu_backward", "relu_forward",
    "rmsprop", "rnn_backward", "rnn_forward", "rnn_step_backward", "rnn_step_forward", "sgd",
    "sgd_momentum", "smoothed_loss", "softmax_backward", "temper", "temporal_affine_backward",
    "temporal_affine_forward", "temporal_softmax_loss", "without_end", "word_embedding_backward",
    "word_embedding_forward",
]
