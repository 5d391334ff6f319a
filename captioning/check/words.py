"""The usual mistakes in making a vocabulary and in turning words into numbers (chapter 2)."""

from collections import Counter

import numpy as np

from captioning.check.program import Exercise, mistake
from captioning.vocabulary import SPECIAL

NULL, START, END, UNK = SPECIAL


# ---------------------------------------------------------------- encode

SIZES = (dict(words=3, length=8), dict(words=5, length=7), dict(words=6, length=5),
         dict(words=1, length=3), dict(words=4, length=4))
KNOWN = ("a", "boat", "left", "of", "blue", "two", "stars", "yellow")


def draw(rng, words, length):
    """A sentence in which, if it is long enough, the second word is not in the vocabulary."""
    sentence = [KNOWN[k] for k in rng.permutation(len(KNOWN))[:words]]
    if words > 2:
        sentence[1] = "zeppelin"
    word_to_idx = {word: k for k, word in enumerate((*SPECIAL, *rng.permutation(KNOWN).tolist()))}
    return dict(words=sentence, word_to_idx=word_to_idx)


def numbers(words, word_to_idx, other=UNK):
    """The index of each word, of the unknown ones that of another."""
    return [word_to_idx.get(word, word_to_idx[other]) for word in words]


def padded(row, word_to_idx, length, pad=NULL):
    """A row filled up to its length."""
    return np.array(row + [word_to_idx[pad]] * (length - len(row)))


def rowed(keep=lambda words, length: words[:length - 2], other=UNK, before=(START,), after=(END,),
          pad=NULL, cut=lambda row, length: row):
    """A line that encodes, in one point or another as it should not."""
    def line(words, word_to_idx, length):
        middle = numbers(keep(words, length), word_to_idx, other)
        ends = [[word_to_idx[word] for word in part] for part in (before, after)]
        return padded(cut(ends[0] + middle + ends[1], length), word_to_idx, length, pad)
    return line


def known_only(words, word_to_idx, length):
    """A row without the unknown words."""
    return rowed()([word for word in words if word in word_to_idx], word_to_idx, length)


def in_front(words, word_to_idx, length):
    """A row whose padding stands in front."""
    row = numbers([START, *words[:length - 2], END], word_to_idx)
    return np.array([word_to_idx[NULL]] * (length - len(row)) + row)


def end_last(words, word_to_idx, length):
    """A row whose <END> stands behind the padding."""
    row = numbers([START, *words[:length - 2]], word_to_idx)
    return np.array(row + [word_to_idx[NULL]] * (length - 1 - len(row)) + [word_to_idx[END]])


def uncut(words, word_to_idx, length):
    """A row as long as it happens to be."""
    return padded(numbers([START, *words, END], word_to_idx), word_to_idx, length)


ROOM = "Of `length` places two are taken by `<START>` and `<END>`."
FRAME = "A caption begins with `<START>` and ends with `<END>`."

encode = Exercise(
    "encode", ("words", "word_to_idx", "length"), ("row",), draw, dict(row=rowed()), (
        mistake("`<START>` is missing.", FRAME,
                row=(rowed(before=()), rowed(before=(), keep=lambda w, n: w[:n - 1]))),
        mistake("`<END>` is missing.", FRAME,
                row=(rowed(after=()), rowed(after=(), keep=lambda w, n: w[:n - 1]))),
        mistake("Both `<START>` and `<END>` are missing.", FRAME,
                row=(rowed(before=(), after=()),
                     rowed(before=(), after=(), keep=lambda w, n: w[:n]))),
        mistake("A sentence that is too long loses its `<END>`.",
                "Which words must go, so that `<END>` still has a place?",
                row=rowed(keep=lambda w, n: w, cut=lambda row, n: row[:n])),
        mistake("A sentence that is too long keeps its last words instead of its first.",
                "The last words go.",
                row=(rowed(keep=lambda w, n: w[-(n - 2):]),
                     rowed(keep=lambda w, n: w, cut=lambda row, n: row[-n:]))),
        mistake("A sentence that is too long is not cut.", ROOM, row=uncut),
        mistake("One word too many is cut off.", ROOM, row=rowed(keep=lambda w, n: w[:n - 3])),
        mistake("One word too few is cut off.", ROOM, row=rowed(keep=lambda w, n: w[:n - 1])),
        mistake("Two words too few are cut off.", ROOM, row=rowed(keep=lambda w, n: w[:n])),
        mistake("Unknown words are left out.",
                "Something was said there: `<UNK>` keeps its place.", row=known_only),
        mistake("Unknown words become `<NULL>`.",
                "`<NULL>` means that nothing is said. For a word that is not known there is "
                "another.",
                row=rowed(other=NULL)),
        mistake("Unknown words become `<END>` or `<START>`.",
                "For a word that is not known there is a special one.",
                row=(rowed(other=END), rowed(other=START))),
        mistake("The padding stands in front.",
                "The caption comes first; what is left of the row is filled behind it.",
                row=in_front),
        mistake("`<END>` stands behind the padding.",
                "`<END>` follows the last word: it is what the network is to say there.",
                row=end_last),
        mistake("The row is not filled up.",
                "Every row is `length` long: what is left holds `<NULL>`.",
                row=lambda words, word_to_idx, length: np.array(
                    numbers([START, *words[:length - 2], END], word_to_idx))),
        mistake("The padding is not `<NULL>`.",
                "`<END>` is said once. What stands where nothing is to be said?",
                row=(rowed(pad=END), rowed(pad=UNK), rowed(pad=START))),
        mistake("`<START>` and `<END>` are exchanged.", FRAME,
                row=rowed(before=(END,), after=(START,))),
    ), SIZES, nudge="A sentence may be shorter or longer than the row, and its words unknown.")


# ---------------------------------------------------------------- build_vocabulary

COUNTS = (5, 4, 4, 2, 2, 1, 1, 1)
THINGS = ("apple", "boat", "cat", "dog", "egg", "fish", "gate", "house")
VOCABULARY_SIZES = (dict(sentences=6, min_count=1), dict(sentences=4, min_count=2),
                    dict(sentences=3, min_count=4, special=1), dict(sentences=1, min_count=1))


def draw_sentences(rng, sentences, min_count, special=0):
    """Sentences of words of known frequencies, several words of one; one stands twice in a row."""
    words = rng.permutation(THINGS).tolist()
    said = [word for word, count in zip(words, COUNTS, strict=True) for _ in range(count)]
    said = [words[0], words[0], *rng.permutation(said[2:]).tolist()]
    said += [UNK] * 6 * special
    return dict(sentences=[said[k::sentences] if k else said[:2] + said[2:][::sentences]
                           for k in range(sentences)])


def listed(kept=lambda count, least: count >= least, key=lambda word, count: (-count, word),
           special=SPECIAL, behind=(), counted=lambda sentences: [w for s in sentences for w in s],
           without=SPECIAL, reverse=False):
    """A line that makes a vocabulary, in one point or another as it should not."""
    def line(sentences, min_count):
        counts = Counter(counted(sentences))
        words = [w for w, n in counts.items() if kept(n, min_count) and w not in without]
        words.sort(key=lambda word: key(word, counts[word]), reverse=reverse)
        return [*special, *words, *behind]
    return line


OFTEN = "The most frequent word comes first."
TIES = "Words of one frequency stand in alphabetical order, a to z."

build_vocabulary = Exercise(
    "build_vocabulary", ("sentences", "min_count"), ("vocabulary",), draw_sentences,
    dict(vocabulary=listed()), (
        mistake("The special words are missing.",
                "`<NULL>`, `<START>`, `<END>` and `<UNK>` have the first four places.",
                vocabulary=(listed(special=()), listed(
                    special=(), kept=lambda count, least: True, key=lambda word, count: word,
                    without=()))),
        mistake("The special words stand at the end.",
                "`<NULL>`, `<START>`, `<END>` and `<UNK>` have the first four places.",
                vocabulary=listed(special=(), behind=SPECIAL)),
        mistake("Not all special words are there, or in another order.",
                "`<NULL>`, `<START>`, `<END>` and `<UNK>` have the first four places, in this "
                "order.",
                vocabulary=(listed(special=SPECIAL[:3]), listed(special=(START, END, NULL, UNK)),
                            listed(special=(NULL, START, END), behind=(UNK,)),
                            listed(special=(START, END, UNK, NULL)),
                            listed(special=(NULL, UNK, START, END)))),
        mistake("The words stand in alphabetical order.", OFTEN,
                vocabulary=listed(key=lambda word, count: word)),
        mistake("The words stand in the order in which they first occur.", OFTEN,
                vocabulary=listed(key=lambda word, count: 0)),
        mistake("The rarest word comes first.", OFTEN,
                vocabulary=(listed(key=lambda word, count: (count, word)),
                            listed(key=lambda word, count: count))),
        mistake("Words of one frequency stand in the order in which they first occur.", TIES,
                vocabulary=(listed(key=lambda word, count: -count),
                            listed(key=lambda word, count: -count, without=()))),
        mistake("Words of one frequency stand from z to a.", TIES,
                vocabulary=listed(key=lambda word, count: (count, word), reverse=True)),
        mistake("`min_count` is ignored.",
                "A word that is rarer than `min_count` is left to `<UNK>`.",
                vocabulary=listed(kept=lambda count, least: True)),
        mistake("A word that occurs exactly `min_count` times is left out.",
                "Seen often enough means at least that often.",
                vocabulary=listed(kept=lambda count, least: count > least)),
        mistake("The rare words are kept and the frequent ones left out.",
                "A word that is rarer than `min_count` is left to `<UNK>`.",
                vocabulary=listed(kept=lambda count, least: count < least)),
        mistake("A word counts once a sentence.",
                "Every time that a word is used counts.",
                vocabulary=listed(counted=lambda sentences: [
                    word for s in sentences for word in dict.fromkeys(s)])),
        mistake("Letters are counted instead of words.",
                "A sentence is a list of words: `for word in sentence`.",
                vocabulary=listed(counted=lambda sentences: [
                    letter for s in sentences for word in s for letter in word])),
        mistake("A special word that occurs in a sentence is listed twice.",
                "It has its place already.",
                vocabulary=listed(without=())),
        mistake("Words are listed as often as they occur.",
                "Every word has one place.",
                vocabulary=lambda value, sentences: value[:4] + [
                    w for word in value[4:] for s in sentences for w in s if w == word]),
    ), VOCABULARY_SIZES, nudge="Any sentences may come, and any `min_count`.")
