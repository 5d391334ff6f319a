"""Models that never look: counts against a plain loop, and what they are good for."""

import numpy as np
import pytest

import captioning as c
from captioning.baselines import WordCounts

WORDS = {w: k for k, w in enumerate(["<NULL>", "<START>", "<END>", "a", "red", "blue", "boat"])}
CAPTIONS = np.array([[1, 3, 4, 6, 2, 0], [1, 3, 5, 6, 2, 0], [1, 3, 6, 2, 0, 0],
                     [1, 3, 4, 4, 6, 2]])
FEATURES = np.zeros((3, 2))


def test_shares_against_a_plain_loop():
    V, pairs = len(WORDS), [(a, b) for row in CAPTIONS for a, b in zip(row, row[1:], strict=False)
                            if b != 0]
    words = [b for _, b in pairs]
    alone = np.array([(words.count(v) + 1) / (len(words) + V) for v in range(V)])
    unigram, bigram = (np.exp(WordCounts(CAPTIONS, WORDS, before).log_probs) for before in (0, 1))
    for w in range(V):
        np.testing.assert_allclose(unigram[w], alone)
        after = [b for a, b in pairs if a == w]
        np.testing.assert_allclose(
            bigram[w], [(after.count(v) + alone[v]) / (len(after) + 1) for v in range(V)])
    np.testing.assert_allclose(bigram.sum(axis=1), 1)


def test_a_word_before_helps_and_decoders_speak_through_it():
    unigram, bigram = (WordCounts(CAPTIONS, WORDS, before) for before in (0, 1))
    features = np.zeros((len(CAPTIONS), 2))
    assert (c.perplexity(bigram, features, CAPTIONS[:, 1:])
            < c.perplexity(unigram, features, CAPTIONS[:, 1:]) < len(WORDS))
    said = c.greedy(bigram, FEATURES, 6)
    assert (said == said[0]).all() and said[0, 0] == 3  # it begins with "a", whatever it is shown
    captions, log_p = c.beam_search(bigram, FEATURES, 4, max_length=6)
    np.testing.assert_array_equal(captions[0], captions[2])


@pytest.mark.parametrize("captions, before, message", [
    (CAPTIONS + .5, 1, "dtype"), (CAPTIONS[0], 1, "shape"), (CAPTIONS + 1, 1, "from 1 to 7"),
    (CAPTIONS, 2, "before is 2; wanted 0 or 1")])
def test_bad_input(captions, before, message):
    with pytest.raises(ValueError, match=message):
        WordCounts(captions, WORDS, before)
