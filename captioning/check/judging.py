"""The usual mistakes in counting matches and in the longest common subsequence (chapter 12)."""

from collections import Counter

from captioning.check.program import Exercise, mistake

WORDS = "the boat a star of sea night two left".split()


def runs(sentence, n):
    """The n-grams of a sentence, in their order."""
    words = sentence.split()
    return [tuple(words[k:k + n]) for k in range(len(words) - n + 1)]


# ---------------------------------------------------------------- clipped_matches

SIZES = (dict(n=1, length=8, references=4), dict(n=2, length=9, references=3),
         dict(n=3, length=11, references=2), dict(n=1, length=12, references=2),
         dict(n=2, length=10, references=1), dict(n=4, length=3, references=2))


def draw(rng, n, length, references):
    """A caption of few words, so that it repeats itself, and references that repeat some.

    Of three references or more, one in the middle has most matches, and not all of them.
    """
    pool = WORDS[:4 if n == 1 else 3 if n == 2 else 2]
    for _ in range(1000):
        candidate, *refs = (" ".join(rng.choice(pool, size).tolist())
                            for size in (length, *rng.integers(4, 9, references)))
        each = in_one(candidate, refs, n)
        if references < 3 or clipped(counted()(candidate, refs, n)) > max(each) > max(
                each[0], each[-1]):
            break
    return dict(candidate=candidate, references=refs)


def counted(grams=runs, most=max):
    """A line: how often each n-gram is said, and wanted, in one point as it should not be."""
    def line(candidate, references, n):
        said = Counter(grams(candidate, n))
        wanted = [Counter(grams(reference, n)) for reference in references]
        return said, {gram: most(other[gram] for other in wanted) for gram in said}
    return line


def clipped(_counts):
    """The matches."""
    said, wanted = _counts
    return sum(min(count, wanted[gram]) for gram, count in said.items())


def letters(sentence, n):
    """Runs of n letters."""
    return [sentence[k:k + n] for k in range(len(sentence) - n + 1)]


def up_to(sentence, n):
    """All runs of at most n words."""
    return [run for k in range(1, n + 1) for run in runs(sentence, k)]


def first(values):
    """The first of several."""
    return next(iter(values))


def last(values):
    """The last of several."""
    return list(values)[-1]


def joined(candidate, references, n):
    """A line: the references' counts, all of them written into one text."""
    return Counter(runs(candidate, n)), Counter(runs(" ".join(references), n))


def found_in_text(candidate, references, n):
    """The matches, looked for as pieces of text."""
    grams = {" ".join(run) for run in runs(candidate, n)}
    return sum(min(candidate.count(gram), max(ref.count(gram) for ref in references))
               for gram in grams)


def in_one(candidate, references, n):
    """The matches with each reference by itself."""
    said = Counter(runs(candidate, n))
    return [(said & Counter(runs(reference, n))).total() for reference in references]


NGRAMS = "An n-gram is a run of n words, in their order: there are n - 1 fewer of them than words."
MOST = ("An n-gram counts at most as often as the one reference has it that has it most often; "
        "another n-gram may have another reference.")
CLIP = "What the caption says more often than any reference does is clipped."
COUNT = "The number of matches is wanted."

clipped_matches = Exercise(
    "clipped_matches", ("candidate", "references", "n"), ("matches",), draw, dict(
        _counts=counted(), matches=clipped), (
        mistake("Nothing is clipped: a match counts as often as it is said.", CLIP,
                matches=lambda _counts: sum(
                    count for gram, count in _counts[0].items() if _counts[1][gram])),
        mistake("Each n-gram counts once, however often it is said and wanted.",
                "A set forgets how often: a `Counter` keeps it.",
                matches=lambda _counts: sum(wanted > 0 for wanted in _counts[1].values())),
        mistake("The references' counts are added up before they clip.", MOST,
                _counts=counted(most=sum)),
        mistake("The references are joined to one text.",
                "There, runs go from one sentence into the next. " + MOST, _counts=joined),
        mistake("Pieces of the text are counted, not words.",
                "The text of “a” is found in “star” as well: compare lists or tuples of words.",
                matches=found_in_text),
        mistake("A repeated n-gram is counted anew wherever it stands.",
                "Go through the different n-grams, each of them once.",
                matches=lambda _counts: sum(
                    count * min(count, _counts[1][gram]) for gram, count in _counts[0].items())),
        mistake("Only the first or the last reference is used.", MOST,
                _counts=(counted(most=first), counted(most=last))),
        mistake("The reference that has an n-gram least often clips it.", MOST,
                _counts=counted(most=min)),
        mistake("The matches with each reference are added up.", MOST,
                matches=lambda candidate, references, n: sum(in_one(candidate, references, n))),
        mistake("The one reference with the most matches is taken for all n-grams.", MOST,
                matches=lambda candidate, references, n: max(in_one(candidate, references, n))),
        mistake("The counts of the references are taken, and the caption's own are not.",
                "A match must be said: the smaller of the two counts is wanted.",
                matches=lambda _counts: sum(_counts[1].values())),
        mistake("The greater of the two counts is taken, not the smaller.", CLIP,
                matches=lambda _counts: sum(
                    max(count, _counts[1][gram]) for gram, count in _counts[0].items())),
        mistake("Single words are counted, whatever n is.", NGRAMS,
                _counts=counted(lambda sentence, n: runs(sentence, 1))),
        mistake("The runs are a word too long.", NGRAMS,
                _counts=counted(lambda sentence, n: runs(sentence, n + 1))),
        mistake("The runs of fewer than n words are counted as well.", NGRAMS,
                _counts=counted(up_to)),
        mistake("The last n-gram is left out.", NGRAMS,
                _counts=counted(lambda sentence, n: runs(sentence, n)[:-1])),
        mistake("The runs are cut side by side, so that no word is in two of them.", NGRAMS,
                _counts=counted(lambda sentence, n: runs(sentence, n)[::n])),
        mistake("The order of the words in a run is forgotten.", NGRAMS,
                _counts=counted(lambda sentence, n: [
                    tuple(sorted(run)) for run in runs(sentence, n)])),
        mistake("Letters are counted instead of words.", "`split()` makes words of a sentence.",
                _counts=counted(letters)),
        mistake("The share of the matches is returned.",
                COUNT + " What they are divided by comes later.",
                matches=(lambda value, candidate, n: value / max(len(runs(candidate, n)), 1),
                         lambda value, candidate: value / len(candidate.split()))),
        mistake("All n-grams of the caption are counted.", "Has a reference the n-gram too?",
                matches=lambda candidate, n: len(runs(candidate, n))),
        mistake("What does not match is counted.", COUNT,
                matches=lambda value, candidate, n: len(runs(candidate, n)) - value),
    ), SIZES, nudge="There may be any number of references, and fewer words than n.")


# ---------------------------------------------------------------- longest_common_subsequence

LENGTHS = (dict(first=7, second=9), dict(first=8, second=5), dict(first=6, second=6),
           dict(first=1, second=4), dict(first=5, second=1), dict(first=9, second=10))


def draw_words(rng, first, second):
    """Two lists of few different words: in some trials every end counts, in others haste costs."""
    for _ in range(300):
        one, other = (rng.choice(WORDS[:kinds], size).tolist()
                      for kinds, size in ((4, first), (5, second)))
        if first < second:
            other[0], other[-1] = one[0], one[-1]
            worse = [shared(one[1:], other), shared(one, other[1:]), shared(one[:-1], other),
                     shared(one, other[:-1])]
        else:
            worse = [catching(one, other), catching(other, one)]
        if min(first, second) == 1 or shared(one, other) > max(worse):
            break
    return dict(one=one, other=other)


def table(diagonal=lambda here: here[0] + 1, aside=lambda here: max(here[1:])):
    """A line: the table of lengths, with a border of zeros, in one point as it should not be.

    Both rules see the entries before: on the diagonal, above, to the left.
    """
    def line(one, other):
        rows = [[0] * (len(other) + 1)]
        for word in one:
            row = [0]
            for k, rival in enumerate(other):
                here = rows[-1][k], rows[-1][k + 1], row[-1]
                row.append(diagonal(here) if word == rival else aside(here))
            rows.append(row)
        return rows
    return line


def without_border(one, other):
    """The table with an entry for each pair of words: before the first one, -1 is the last."""
    rows = [[0] * len(other) for _ in one]
    for i, word in enumerate(one):
        for k, rival in enumerate(other):
            rows[i][k] = (rows[i - 1][k - 1] + 1 if word == rival else
                          max(rows[i - 1][k], rows[i][k - 1]))
    return rows


def shared(one, other):
    """The right length."""
    return table()(one, other)[-1][-1]


def walking(one, other):
    """How many words of the one are found in the other, each behind the one found before."""
    rest = iter(other)
    return sum(word in rest for word in one)


def catching(one, other):
    """The same, but that a word which is not found uses up nothing."""
    found, start = 0, 0
    for word in one:
        if word in other[start:]:
            found, start = found + 1, other.index(word, start) + 1
    return found


def distance(one, other):
    """How many words must be put in, taken out or exchanged."""
    row = list(range(len(other) + 1))
    for i, word in enumerate(one, 1):
        above, row = row, [i]
        for k, rival in enumerate(other):
            row.append(min(above[k] + (word != rival), above[k + 1] + 1, row[-1] + 1))
    return row[-1]


SKIP = ("Where two words differ, one of them is left out: take the better of the two that are "
        "left, above and to the left.")
ORDER = "The words must stand in the same order in both lists."
BOTH = "A word that matches is used up in both lists: the rest is on the diagonal."

longest_common_subsequence = Exercise(
    "longest_common_subsequence", ("one", "other"), ("length",), draw_words, dict(
        _rows=table(), length=lambda _rows: _rows[-1][-1]), (
        mistake("Words in common are counted in any order.", ORDER,
                length=(lambda one, other: (Counter(one) & Counter(other)).total(),
                        lambda one, other: len(set(one) & set(other)),
                        lambda one, other: sum(word in other for word in one),
                        lambda one, other: sum(word in one for word in other))),
        mistake("A run without gaps is looked for.",
                "Words may be left out between: " + SKIP[0].lower() + SKIP[1:],
                _rows=(table(aside=lambda here: 0), table(aside=lambda here: min(here[1:]))),
                length=lambda one, other: max(
                    max(row) for row in table(aside=lambda here: 0)(one, other))),
        mistake("The first match is taken each time, and what it costs is not looked at.",
                "To take a word early may lose several later ones: both ways must be tried.",
                length=(walking, catching,
                        lambda one, other: walking(other, one),
                        lambda one, other: catching(other, one))),
        mistake("Words are compared at the same place only.", SKIP,
                _rows=table(aside=lambda here: here[0]),
                length=lambda one, other: sum(map(str.__eq__, one, other))),
        mistake("A word of one list matches several of the other.", BOTH,
                _rows=(table(diagonal=lambda here: here[1] + 1),
                       table(diagonal=lambda here: here[2] + 1),
                       table(diagonal=lambda here: max(here) + 1))),
        mistake("Only the one list may leave words out.", SKIP,
                _rows=(table(aside=lambda here: here[1]), table(aside=lambda here: here[2]))),
        mistake("The two ways are added up.", SKIP, _rows=table(aside=lambda here: sum(here[1:]))),
        mistake("A word that differs counts as well.", "Only a match adds 1.",
                _rows=table(aside=lambda here: max(here[1:]) + 1)),
        mistake("A match adds nothing.", "A match adds 1 to what came before both words.",
                _rows=table(diagonal=lambda here: here[0])),
        mistake("The first or the last word of a list is never compared.",
                "The table has a row and a column more than there are words: zeros, before the "
                "first.",
                length=(lambda one, other: shared(one[:-1], other[:-1]),
                        lambda one, other: shared(one[1:], other[1:]),
                        lambda _rows: _rows[-2][-2], lambda _rows: _rows[-2][-1],
                        lambda _rows: _rows[-1][-2])),
        mistake("The table lacks its border: what stands before the first is read at the end.",
                "An index of -1 is the last. Give the table a row and a column of zeros more.",
                _rows=without_border),
        mistake("The changes from one list to the other are counted.",
                "The length of what both have is wanted.", length=distance),
        mistake("The share of the words is returned.",
                "The length itself is wanted; precision and recall divide it later.",
                length=(lambda value, one: value / len(one),
                        lambda value, other: value / len(other))),
    ), LENGTHS, nudge="Either list may be the longer one, and either may have one word.")
