"""The usual mistakes in taking `<END>` out of rows and in making pieces of words (chapter 2)."""

import itertools
from collections import Counter

import numpy as np

from captioning.check.program import Exercise, mistake

NULL, START, END, UNK = range(4)

# ---------------------------------------------------------------- without_end

ROWS = (dict(N=5, T=7), dict(N=3, T=4), dict(N=1, T=6), dict(N=4, T=4))


def draw_rows(rng, N, T):
    """Captions of several lengths, <UNK> in some; the first is as long as the row."""
    captions = np.concatenate([np.full((N, 1), START), rng.integers(UNK, 9, (N, T - 1))], axis=1)
    captions[0, 1] = UNK
    for n in range(N):
        end = T - 1 - n % (T - 1)
        captions[n, end], captions[n, end + 1:] = END, NULL
    return dict(captions=captions)


def with_null(captions, *marks):
    """The rows, <NULL> in place of these."""
    return np.where(np.isin(captions, marks), NULL, captions)


def before_end(captions):
    """Whether the word right after each place is <END>."""
    return np.concatenate([captions[:, 1:] == END, np.zeros((len(captions), 1), bool)], axis=1)


ALONE = "Only the places that hold 2 change, and what they get is 0."

without_end = Exercise(
    "without_end", ("captions",), ("rows",), draw_rows, dict(
        rows=lambda captions: with_null(captions, END)), (
        mistake("`<END>` still stands in every row.",
                "`captions == 2` says where it stands; a new value can be assigned there.",
                rows=lambda captions: captions),
        mistake("`<START>` is taken out instead of `<END>`.",
                "`<START>` is 1, `<END>` is 2.", rows=lambda captions: with_null(captions, START)),
        mistake("`<START>` is taken out as well.", ALONE,
                rows=lambda captions: with_null(captions, START, END)),
        mistake("`<UNK>` is taken out instead of `<END>`.", "`<END>` is 2, `<UNK>` is 3.",
                rows=lambda captions: with_null(captions, UNK)),
        mistake("`<UNK>` is taken out as well.", ALONE,
                rows=(lambda captions: with_null(captions, END, UNK),
                      lambda captions: with_null(captions, START, END, UNK))),
        mistake("Only `<END>` is kept, and all else is cleared.", ALONE,
                rows=lambda captions: np.where(captions == END, END, NULL)),
        mistake("Words are cleared as well, as every number from 2 on.", ALONE,
                rows=(lambda captions: np.where(captions >= END, NULL, captions),
                      lambda captions: np.where(captions > END, NULL, captions))),
        mistake("The word before `<END>` is cleared, and `<END>` stays.", ALONE,
                rows=lambda captions: np.where(before_end(captions), NULL, captions)),
        mistake("In the place of `<END>` stands another mark than `<NULL>`.",
                "The mask hides `<NULL>`, 0, and nothing else.",
                rows=(lambda value, captions: np.where(captions == END, START, value),
                      lambda value, captions: np.where(captions == END, UNK, value),
                      lambda value, captions: np.where(captions == END, -1, value))),
        mistake("Only the last column is set to `<NULL>`.",
                "`<END>` stands right behind the last word, wherever that is.",
                rows=lambda captions: np.concatenate(
                    [captions[:, :-1], 0 * captions[:, -1:]], axis=1)),
        mistake("The last column is cut off.",
                "The rows keep their length: `<NULL>` stands in place of `<END>`.",
                rows=(lambda captions: captions[:, :-1], lambda value: value[:, :-1])),
        mistake("The first column is cut off.", "The rows keep their length.",
                rows=(lambda captions: captions[:, 1:], lambda value: value[:, 1:])),
        mistake("The last word is lost with `<END>`.", ALONE,
                rows=lambda value, captions: np.where(before_end(captions), NULL, value)),
        mistake("Only one row loses its `<END>`.", "Somebody forgot it in every caption.",
                rows=(lambda value, captions: np.concatenate([value[:1], captions[1:]]),
                      lambda value, captions: np.concatenate([captions[:-1], value[-1:]]))),
    ), ROWS, nudge="A row may have any length, and `<END>` may stand in its last place.")


# ---------------------------------------------------------------- pieces

TEXTS = (dict(kinds=7, merges=4), dict(kinds=10, merges=5), dict(kinds=6, merges=1),
         dict(kinds=5, merges=3))
# One in another, so that pairs are shared; a pair stands twice in "onion".
WORDS = "to ton onion tone he her hero a an and toned".split()
MARK = "_"


def draw_words(rng, kinds, merges):
    """Words in which, at every merge, one pair is more frequent than any other."""
    for _ in range(1000):
        words = rng.permutation(np.repeat(WORDS[:kinds], rng.integers(1, 9, kinds))).tolist()
        once = learnt(neighbours=each_once)(words, merges)
        if not has_ties(words, merges + 1) and (
                dict(kinds=kinds, merges=merges) != TEXTS[0] or once != learnt()(words, merges)):
            break
    return dict(words=words)


def each_once(spelling):
    """The pairs of a word, each of them once."""
    return dict.fromkeys(itertools.pairwise(spelling))


def pairs_of(spelt, counts, neighbours=itertools.pairwise):
    """How often two neighbours occur together."""
    pairs = Counter()
    for word, spelling in spelt.items():
        for pair in neighbours(spelling):
            pairs[pair] += counts[word]
    return pairs


def merged(spelling, pair):
    """A spelling in which the pair has become one piece."""
    result = []
    for piece in spelling:
        if result and (result[-1], piece) == pair:
            result[-1] += piece
        else:
            result.append(piece)
    return result


def has_ties(words, merges):
    """Whether two pairs are equally frequent when one of them must be chosen."""
    counts, spelt = Counter(words), {word: [*word, MARK] for word in words}
    for _ in range(merges):
        (pair, most), *others = pairs_of(spelt, counts).most_common(2) or [((), 0)]
        if not most or (others and others[0][1] == most):
            return True
        spelt = {word: merged(spelling, pair) for word, spelling in spelt.items()}
    return False


def often(pairs):
    """The most frequent pair."""
    return max(pairs, key=pairs.get)


def learnt(count=Counter, spell=lambda word: [*word, MARK], choose=often, more=0,
           merge=merged, name="".join, neighbours=itertools.pairwise):
    """A line that makes pieces, in one point or another as it should not."""
    def line(words, merges):
        counts, made = count(words), []
        spelt = {word: spell(word) for word in counts}
        for _ in range(merges + more):
            pairs = pairs_of(spelt, counts, neighbours)
            if not pairs:
                break
            best = choose(pairs)
            spelt = {word: merge(spelling, best) for word, spelling in spelt.items()}
            made.append(name(best))
        return made
    return line


def unmerged(words, merges):
    """The pairs of letters that are most frequent, as if nothing were merged."""
    pairs = pairs_of({word: [*word, MARK] for word in words}, Counter(words))
    return ["".join(pair) for pair, _ in pairs.most_common(merges)]


def across(words, merges):
    """Pieces of the words written one after the other."""
    text = [letter for word in words for letter in (*word, MARK)]
    return learnt(lambda words: Counter(["all"]), lambda word: text)(words, merges)


def letters_counted(words, merges):
    """The most frequent letters."""
    counts = Counter(letter for word in words for letter in (*word, MARK))
    return [letter for letter, _ in counts.most_common(merges)]


MOST = "Of all pairs of neighbours the one that occurs most often is made one piece."

pieces = Exercise(
    "pieces", ("words", "merges"), ("made",), draw_words, dict(made=learnt()), (
        mistake("There is no piece yet.", MOST, made=lambda: []),
        mistake("A word counts once, however often it occurs.",
                "A pair occurs as often as the words that it stands in.",
                made=learnt(lambda words: Counter(dict.fromkeys(words, 1)))),
        mistake("A pair counts once a word, even where it stands in it twice.",
                "In `onion` o and n are neighbours twice: count each place.",
                made=learnt(neighbours=each_once)),
        mistake("Pairs of letters count that are no neighbours.",
                "A pair is a piece and the one right behind it.",
                made=learnt(neighbours=lambda spelling: itertools.combinations(spelling, 2))),
        mistake("The single letters are listed too.", "Only what is merged is wanted.",
                made=(lambda value, words: [*sorted({*"".join(words), MARK}), *value],
                      lambda value, words: [*sorted({*"".join(words)}), *value])),
        mistake("The end of a word is not marked.",
                "Each word is spelt with `_` behind its last letter.",
                made=learnt(spell=list)),
        mistake("The mark stands in front of a word.",
                "Each word is spelt with `_` behind its last letter.",
                made=learnt(spell=lambda word: [MARK, *word])),
        mistake("Nothing is merged: only pairs of letters are found.",
                "After each choice the words are spelt anew, with the pair as one piece, and the "
                "pairs are counted again.",
                made=unmerged),
        mistake("The same pair is found again and again.",
                "After each choice the words are spelt anew, with the pair as one piece.",
                made=learnt(merge=lambda spelling, pair: spelling)),
        mistake("Pairs go across from one word to the next.",
                "What is one piece stands in one word: count in each word by itself.",
                made=across),
        mistake("The rarest pair is merged.", MOST,
                made=learnt(choose=lambda pairs: min(pairs, key=pairs.get))),
        mistake("The pair that is last in the alphabet is merged.", MOST,
                made=learnt(choose=max)),
        mistake("One merge too few is made.", "`merges` pieces are wanted.",
                made=learnt(more=-1)),
        mistake("One merge too many is made.", "`merges` pieces are wanted.",
                made=learnt(more=1)),
        mistake("The two parts of a piece are not joined.",
                "A piece is one text: `\"\".join(pair)`.", made=learnt(name=tuple)),
        mistake("The pieces come in the reverse order.", "The first merge stands first.",
                made=lambda value: value[::-1]),
        mistake("The pieces stand in alphabetical order.", "The first merge stands first.",
                made=lambda value: sorted(value)),
        mistake("Single letters are counted instead of pairs.", MOST, made=letters_counted),
    ), TEXTS, nudge="Any words may come, and any number of merges.")
