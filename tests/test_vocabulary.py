"""Words to numbers and back."""

import numpy as np
import pytest

import captioning as c
from captioning.vocabulary import SPECIAL, plain_sentence

SENTENCES = [c.tokenize(text) for text in [
    "A dog runs .", "a dog, a cat", "The dog's ball", "two zebras", "two ants"]]


@pytest.mark.parametrize("text, words", [
    ("A man's dog , wet , leaps .", ["a", "man's", "dog", "wet", "leaps"]),
    ("T-shirt; 'quoted' \"words\"", ["t-shirt", "quoted", "words"]),
    ("3 o'clock -- two_words", ["3", "o'clock", "two", "words"]),
    ("<END> of <NULL>", ["end", "of", "null"]),
    ("ÉCLAIR naïve", ["éclair", "naïve"]),
    ("  \n\t", []), ("", []), ("...", []),
])
def test_tokenize(text, words):
    assert c.tokenize(text) == words


def test_vocabulary_is_sorted_by_count_then_alphabet():
    words = c.build_vocabulary(SENTENCES)
    assert words[:4] == list(SPECIAL) == ["<NULL>", "<START>", "<END>", "<UNK>"]
    assert words[4:] == ["a", "dog", "two", "ants", "ball", "cat", "dog's", "runs", "the", "zebras"]
    assert c.build_vocabulary(SENTENCES[::-1]) == words
    assert c.build_vocabulary(SENTENCES, min_count=2)[4:] == ["a", "dog", "two"]
    assert c.build_vocabulary(SENTENCES, min_count=99) == list(SPECIAL)
    assert c.build_vocabulary([]) == list(SPECIAL)
    assert c.build_vocabulary(iter(SENTENCES)) == words


def test_no_word_is_twice_in_it():
    words = c.build_vocabulary([["<UNK>", "a", "<END>"]])
    assert words == [*SPECIAL, "a"]


WORDS = c.build_vocabulary(SENTENCES)
INDEX = {word: k for k, word in enumerate(WORDS)}


@pytest.mark.parametrize("length, row", [
    (8, "<START> a cat runs <END> <NULL> <NULL> <NULL>"), (5, "<START> a cat runs <END>"),
    (4, "<START> a cat <END>"), (3, "<START> a <END>")])
def test_encode(length, row):
    encoded = c.encode(["a", "cat", "runs"], INDEX, length)
    assert [WORDS[k] for k in encoded] == row.split()
    assert encoded.dtype.kind == "i" and encoded.shape == (length,)


def test_encode_unknown_and_nothing():
    assert [WORDS[k] for k in c.encode(["a", "whale"], INDEX, 5)] == [
        "<START>", "a", "<UNK>", "<END>", "<NULL>"]
    assert [WORDS[k] for k in c.encode([], INDEX, 3)] == ["<START>", "<END>", "<NULL>"]


@pytest.mark.parametrize("words", SENTENCES)
def test_there_and_back(words):
    row = c.encode(words, INDEX, 9)
    assert plain_sentence(row, WORDS) == " ".join(words)
    assert c.decode_captions(row, WORDS) == " ".join(["<START>", *words, "<END>"])
    assert c.decode_captions(row, dict(enumerate(WORDS))) == c.decode_captions(row, WORDS)
    assert c.decode_captions(np.array([row, row]), WORDS) == [c.decode_captions(row, WORDS)] * 2


def test_decode_stops_at_end_and_skips_null():
    row = [INDEX[word] for word in ["a", "<NULL>", "cat", "<END>", "dog", "<NULL>"]]
    assert c.decode_captions(np.array(row), WORDS) == "a cat <END>"
    assert c.decode_captions(row, WORDS) == "a cat <END>"
    assert plain_sentence(row, WORDS) == "a cat"
    assert c.decode_captions(np.array([INDEX["a"]] * 2, dtype=np.uint16), WORDS) == "a a"


def test_an_index_after_end_is_not_looked_at():
    assert c.decode_captions(np.array([INDEX["<END>"], 999]), WORDS) == "<END>"


@pytest.mark.parametrize("index", [-1, len(WORDS), 10**6])
@pytest.mark.parametrize("words", [WORDS, dict(enumerate(WORDS))], ids=["list", "dict"])
def test_an_index_without_a_word(index, words):
    with pytest.raises(ValueError, match=f"captions holds {index}, .*idx_to_word has {len(WORDS)}"):
        c.decode_captions(np.array([[4, 5], [4, index]]), words)
