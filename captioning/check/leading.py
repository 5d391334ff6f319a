"""The usual mistakes in leading a speaker: the first words are given to it (chapter 1)."""

import numpy as np

from captioning.captioner import Captioner, FeatureScale
from captioning.check.loss import log_sum
from captioning.check.program import Exercise, mistake
from captioning.check.speaking import NULL, START, UNK, WORD_TO_IDX, Speaker

SIZES = (dict(F=4, given=2), dict(F=3, given=1), dict(F=2, given=0), dict(F=5, given=3))
WORDS = list(WORD_TO_IDX)
END = WORD_TO_IDX["<END>"]
LIMIT = 16  # words of a sentence that would go on for ever


class TiringSpeaker(Speaker):
    """A speaker that says none of the marks but <END>, and that the sooner the longer it spoke."""

    def start(self, features):
        """The state before the first word, and how many words were read."""
        return (*super().start(features), 0)

    def step(self, words, state):
        """Log-probabilities of the next words, and the next state."""
        *h, count = state
        scores, new = super().step(words, h)
        scores[:, END] += count / 2
        scores[:, [NULL, START, UNK]] -= 50
        return scores - log_sum(scores), (*new, count + 1)


def say(captioner, vector, words, scaled=True, first=("<START>",), anew=False, keep=True,
        choose=np.argmax):
    """The sentence that begins with some words, in one point or another as it should not be.

    ``anew``: behind the given words the state is again the picture's. ``keep``: whether a step
    goes on from the state that the one before it returned.
    """
    model, said, unread = captioner.model, list(words), [*first, *words]
    begin = state = model.start(captioner.scale.apply(vector) if scaled else vector)
    while len(said) < LIMIT:
        for word in unread:
            last = anew and word == unread[-1] and len(said) == len(words)
            log_probs, new = model.step(np.array([model.word_to_idx[word]]),
                                        begin if last or not keep else state)
            state = new
        best = captioner.words[int(choose(log_probs))]
        if best == "<END>":
            break
        said.append(best)
        unread = [best]
    return said


def saying(**options):
    """A wrong line."""
    return lambda captioner, vector, words: say(captioner, vector, words, **options)


def otherwise(part):
    """A wrong line from the words, and from what is said when such words are given."""
    return lambda captioner, vector, words: part(
        words, lambda given: say(captioner, vector, given))


def draw(rng, F, given):
    """A captioner, a picture, and words after which it goes on otherwise than by itself."""
    for _ in range(1000):
        scale = FeatureScale(rng.uniform(1, 3, F), rng.uniform(0.3, 3, F))
        captioner = Captioner(TiringSpeaker(rng, F), list(WORDS), scale, "eye")
        vector = scale.mean + scale.spread * rng.standard_normal((1, F))
        words = rng.choice(WORDS[UNK + 1:], given, replace=False).tolist()
        free, led = (say(captioner, vector, start) for start in ([], words))
        if (3 <= len(free) < 12 and given + 2 < len(led) < LIMIT
                and (not given or led[given:] not in (free, free[given:]))
                and (dict(F=F, given=given) != SIZES[0]  # once is enough to tell it
                     or len(say(captioner, vector, words, keep=False)) < LIMIT)):
            break
    return dict(captioner=captioner, vector=vector, words=words)


lead = Exercise(
    "lead", ("captioner", "vector", "words"), ("said",), draw,
    dict(said=saying()), (
        mistake("The given words are put in front, and never read.",
                "Each of them goes through `model.step`, so that the state knows what was said.",
                said=otherwise(lambda words, led: words + led([]))),
        mistake("The network reads its own words in place of the given ones.",
                "The next word to be read is the given one, whatever was likeliest.",
                said=otherwise(lambda words, led: words + led([])[len(words):])),
        mistake("The given words are left out of account.",
                "While there are given words, they are said and read in place of the likeliest.",
                said=otherwise(lambda words, led: led([]))),
        mistake("The given words are missing from the sentence.",
                "They are read, but they are said too: the sentence begins with them.",
                said=otherwise(lambda words, led: led(words)[len(words):])),
        mistake("Nothing follows the given words.",
                "After the last of them the loop goes on as before, up to `<END>`.",
                said=otherwise(lambda words, led: words)),
        mistake("Only one word follows the given words.",
                "The loop goes on until the likeliest is `<END>`.",
                said=otherwise(lambda words, led: led(words)[:len(words) + 1])),
        mistake("The last given word is not read.",
                "The first free word is the likeliest after the last given one was read.",
                said=otherwise(lambda words, led: words + led(words[:-1])[max(
                    len(words) - 1, 0):])),
        mistake("The last given word is read twice.",
                "Each word goes through `model.step` once: where does the free loop begin?",
                said=otherwise(lambda words, led: words + led(words + words[-1:])[
                    len(words + words[-1:]):])),
        mistake("The given words are read in the reverse order.",
                "The first of them is read first: `words[len(said)]` or a `for` loop, not `pop()`.",
                said=otherwise(lambda words, led: led(words[::-1]))),
        mistake("Behind the given words the state begins anew.",
                "`model.start` is called once; the free words go on from the state that the given "
                "ones left.", said=saying(anew=True)),
        mistake("Every step starts from the picture's state.",
                "`model.step` returns a new state: the next step goes on from there.",
                said=saying(keep=False)),
        mistake("`<START>` is not read.",
                "The network has never begun with another word: read `<START>`, then the first "
                "given word.",
                said=lambda captioner, vector, words: say(
                    captioner, vector, words, first=() if words else ("<NULL>",))),
        mistake("The vector is not scaled.",
                "`captioner.scale.apply` brings it to the range in which the network learnt.",
                said=saying(scaled=False)),
        mistake("The least likely word is said.", "The likeliest is wanted: which of the two, "
                "`argmax` or `argmin`, goes with log-probabilities?",
                said=saying(choose=np.argmin)),
        mistake("`<END>` stands in the sentence.",
                "Leave it off at the end, `said[:-1]`.",
                said=lambda value: [*value, "<END>"]),
        mistake("`<START>` stands in the sentence.",
                "It is read and never said.",
                said=lambda value: ["<START>", *value]),
        mistake("The last word is missing.",
                "Only `<END>` is to be left off.",
                said=lambda value: value[:-1]),
        mistake("These are numbers, not words.",
                "`captioner.words` has the word of each number.",
                said=lambda value: [WORD_TO_IDX[word] for word in value]),
    ), SIZES, nudge="There may be any number of given words, and none.")
