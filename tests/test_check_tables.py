"""The tables of the checker: right functions pass, every mistake gets its own sentence alone.

An exercise that stands in a module of `captioning.check` is found and held to this by itself.
"""

import copy
import functools
import importlib
import itertools
import pkgutil
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import captioning
import captioning.decoding
import captioning.metrics
from captioning import check
from captioning.check.engine import examine
from captioning.check.program import Exercise, run, slips_of
from captioning.check.trial import _equal, make_trials

MODULES = [importlib.import_module(f"captioning.check.{info.name}")
           for info in pkgutil.iter_modules([str(Path(check.__file__).parent)])]
EXERCISES = {value.name: value for module in MODULES for value in vars(module).values()
             if isinstance(value, Exercise)}
SEEDS = (0, 1, 2026)


def tried(exercise):
    """Every way of every mistake; of more than six ways to spoil a line, every fifth."""
    for slip in slips_of(exercise.mistakes):
        ways = slip.mistake.ways[slip.line]
        if len(ways) <= 6 or ways.index(slip.function) % 5 == 0:
            yield slip


SLIPS = [(name, slip) for name, exercise in EXERCISES.items() for slip in tried(exercise)]


def captioning_loss(params, features, captions):
    """The book's network, its parameters given."""
    F, (V, E) = len(params["W_proj"]), params["W_embed"].shape
    word_to_idx = {"<NULL>": 0} | {str(k): k for k in range(1, V)}
    model = captioning.CaptioningRNN(word_to_idx, F, E, len(params["Wh"]), dtype=np.float64)
    model.params = params
    return model.loss(features, captions)


def chunked_backward(dh, cache, k):
    """The book's gradients of each chunk, put together."""
    chunks = [captioning.rnn_backward(dh[:, t:t + k], cache[t:t + k])
              for t in range(0, len(cache), k)]
    return (np.concatenate([chunk[0] for chunk in chunks], axis=1), chunks[0][1],
            *(sum(chunk[i] for chunk in chunks) for i in (2, 3, 4)))


def nearest(train, features):
    """The greatest cosine of features in the book's scale."""
    scale = captioning.captioner.FeatureScale.of(train)
    known, asked = scale.apply(train), scale.apply(features)
    return (asked @ (known / np.linalg.norm(known, axis=1, keepdims=True)).T).argmax(axis=1)


def lead(captioner, vector, words):
    """Before each word the whole beginning is read again."""
    model, said = captioner.model, list(words)
    while True:
        state = model.start(captioner.scale.apply(vector))
        for word in ["<START>", *said]:
            log_probs, state = model.step(np.array([model.word_to_idx[word]]), state)
        word = captioner.words[log_probs.argmax()]
        if word == "<END>":
            return said
        said.append(word)


def smoothed_loss(s, y, epsilon):
    """The masked loss, once for each word of the vocabulary, weighed by the target."""
    V = len(s)
    losses, grads = zip(*(captioning.temporal_softmax_loss(
        s[None, None], np.array([[word]]), np.ones((1, 1))) for word in range(V)), strict=True)
    q = np.full(V, epsilon / V) + (np.arange(V) == y) * (1 - epsilon)
    return q @ losses, sum(share * grad[0, 0] for share, grad in zip(q, grads, strict=True))


def softmax_backward(dy, y):
    """Through the table of all derivatives of each row."""
    tables = y[:, :, None] * (np.eye(y.shape[1]) - y[:, None])
    return np.einsum("nu,nuv->nv", dy, tables)


def normalise_backward(dy, x):
    """As a projection: what is left without the row of ones and y."""
    ones = np.ones(x.shape[1])
    rows = []
    for row, back in zip(x, dy, strict=True):
        y = (row - row.mean()) / row.std()
        table = np.eye(len(y)) - (np.outer(ones, ones) + np.outer(y, y)) / len(y)
        rows.append(table @ back / row.std())
    return np.stack(rows)


def pieces(words, merges):
    """On words that are spelt with blanks between their pieces, one use after the other."""
    spelt, made = [" ".join(word + "_") for word in words], []
    for _ in range(merges):
        pairs = Counter(pair for text in spelt for pair in itertools.pairwise(text.split()))
        pair = pairs.most_common(1)[0][0]
        made.append("".join(pair))
        there = r"(?<!\S)" + re.escape(" ".join(pair)) + r"(?!\S)"
        spelt = [re.sub(there, made[-1], text) for text in spelt]
    return made


def another_way(x, dout, V):
    """By sorting: the sums of runs of equal words."""
    order = np.argsort(x, kind="stable")
    words, starts = np.unique(x[order], return_index=True)
    dW = np.zeros((V, dout.shape[1]))
    dW[words] = np.add.reduceat(dout[order], starts)
    return dW


def directional(loss, params, grads, v, nudge):
    """On one long vector of all parameters."""
    flat = np.concatenate([params[name].ravel() for name in params])
    along, slope = (np.concatenate([part[name].ravel() for name in params]) for part in (v, grads))

    def at(vector):
        cuts = np.cumsum([value.size for value in params.values()])[:-1]
        for name, part in zip(params, np.split(vector, cuts), strict=True):
            params[name][...] = part.reshape(params[name].shape)
        return loss()

    above, below = at(flat + nudge * along), at(flat - nudge * along)
    at(flat)
    return (above - below) / (2 * nudge), along @ slope


def asked(model, features, captions):
    """As the package's test counts, of a network in which nothing speaks."""
    mute = copy.copy(model)
    mute.params = {name: np.zeros_like(value) for name, value in model.params.items()}
    loss, _ = mute.loss(features, captions)
    return loss / np.log(len(model.params["b_vocab"])) - np.mean(
        [np.count_nonzero(row[1:]) for row in captions])


# The book's own functions, where they do not stand in `captioning` under the exercise's name.
OURS = dict(captioning_loss=captioning_loss, extend=captioning.decoding.extend,
            pool=lambda grid: grid.mean(axis=(1, 2)), chunked_backward=chunked_backward,
            nearest=nearest, pieces=pieces, lead=lead, directional=directional,
            softmax_backward=softmax_backward, normalise_backward=normalise_backward,
            another_way=another_way, asked=asked,
            clipped_matches=captioning.metrics.clipped_matches,
            longest_common_subsequence=captioning.metrics.longest_common_subsequence,
            smoothed_loss=smoothed_loss,
            without_end=lambda captions: captions * (captions != 2))


@functools.cache
def trials_of(exercise_name, seed):
    return make_trials(EXERCISES[exercise_name], seed)


def function_with(exercise, slips, seed=0):
    """A function that makes these mistakes. It knows the inputs by what it is called with."""
    def wrong(*args):
        given = dict(zip(exercise.arguments, args, strict=True))
        trials = trials_of(exercise.name, seed)
        right = next((trial.values for trial in trials if all(
            _equal(trial.values[name], value) for name, value in given.items()
            if name not in exercise.made)), trials[0].values)
        with np.errstate(all="ignore"):
            values = run(exercise.lines, right, slips)
        results = [_result(exercise, name, values, given) for name in exercise.returns]
        return tuple(results) if len(results) > 1 else results[0]
    return wrong


def _result(exercise, name, values, given):
    if name in exercise.keys:
        return {key: values[line] for key, line in exercise.keys[name].items()}
    return values[name] if name in exercise.lines else given.get(name, ("kept",))


def sentence(exercise, slip):
    return slip.mistake.why.replace("{lines}", f"`{exercise.label(slip.line)}`")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", EXERCISES)
def test_right_lines_and_the_books_own_functions_are_right(name, seed):
    exercise, ours = EXERCISES[name], OURS.get(name) or getattr(captioning, name)
    for function in (function_with(exercise, (), seed), ours):
        verdict = examine(exercise, function, seed)
        assert verdict.ok and verdict.why is None, str(verdict)
    if exercise.forward:
        assert getattr(check, name)(ours, getattr(captioning, exercise.forward.name), seed).ok


@pytest.mark.parametrize("name, slip", SLIPS, ids=lambda value: value if isinstance(value, str)
                         else f"{value.line}-{value.mistake.why}")
def test_each_mistake_gets_its_own_sentence(name, slip):
    exercise = EXERCISES[name]
    verdict = examine(exercise, function_with(exercise, [slip]))
    assert not verdict.ok and verdict.why == sentence(exercise, slip)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_names_do_not_depend_on_the_seed(name):
    exercise = EXERCISES[name]
    for slip in slips_of(exercise.mistakes)[::12]:
        verdict = examine(exercise, function_with(exercise, [slip], 7), 7)
        assert verdict.why == sentence(exercise, slip)


@pytest.mark.parametrize("name", EXERCISES)
def test_the_sentences_of_an_exercise_differ(name):
    whys = [mistake.why for mistake in EXERCISES[name].mistakes]
    assert len(set(whys)) == len(whys) >= 4
    assert all(mistake.nudge for mistake in EXERCISES[name].mistakes)
    assert not any(line.startswith("_") for mistake in EXERCISES[name].mistakes
                   for line in mistake.ways if "{lines}" in mistake.why)  # no name of a reader's


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_public_and_told_of(name):
    function = getattr(check, name)
    assert name in check.__all__ and function.__name__ == name
    assert "Verdict" in function.__doc__
    assert re.search(r"\((chapter |matrix |gradient )", function.__doc__)
    assert exercise_sizes_differ(EXERCISES[name])


def exercise_sizes_differ(exercise):
    first = list(exercise.sizes[0].values())
    return len(set(first)) == len(first)
