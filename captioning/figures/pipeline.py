"""The whole way from a picture to a sentence, small: each chapter's part in it lit."""

from matplotlib.patches import Rectangle

from captioning.figures.style import (
    CELL,
    FORWARD,
    GREY,
    INK,
    PARAMETER,
    SMALL,
    TINT,
    arrow,
    drawing,
    panel,
    write,
)
from captioning.scenes import HERO, draw

WORDS = ("<START>", "a", "blue", "boat", "left")
PARTS = ("words", "picture", "step", "time", "embedding", "scores", "loss")
STEP = 1.02  # inches from one step to the next
FIRST = 3.72  # the first step's column
FADED = "#d4d4d0"


@drawing
def pipeline(*lit):
    """The way from picture to sentence; parts that are not lit are grey.

    Parameters
    ----------
    *lit : str
        Among `PARTS`; none lights them all.
    """
    unknown = set(lit) - set(PARTS)
    if unknown:
        raise ValueError(f"lit holds {', '.join(sorted(unknown))}; wanted some of {PARTS}")
    lit = lit or PARTS
    figure, canvas = panel(2.55)
    _encoder(canvas, "picture" in lit)
    arrow(canvas, (3.2, 1.25), (FIRST - .2, 1.25), PARAMETER if "picture" in lit else
          FORWARD if "step" in lit else FADED)
    for t, word in enumerate(WORDS[:-1]):
        x = FIRST + STEP * t
        here = "time" in lit or ("step" in lit and t == 0)
        _strip(canvas, x, 1.25, 4, FORWARD if here else FADED)
        if t:
            on = "time" in lit or ("step" in lit and t == 1)
            arrow(canvas, (x - STEP + .2, 1.25), (x - .2, 1.25), FORWARD if on else FADED)
        _word(canvas, x, .35, word, "words" in lit or ("step" in lit and not t))
        arrow(canvas, (x, .5), (x, .93), PARAMETER if "embedding" in lit else
              FORWARD if "step" in lit and not t else FADED)
        arrow(canvas, (x, 1.57), (x, 2.0), PARAMETER if "scores" in lit else FADED)
        _word(canvas, x, 2.15, WORDS[t + 1], "words" in lit or "scores" in lit or "loss" in lit)
    x = FIRST + STEP * len(WORDS[:-1])
    write(canvas, x - .35, 1.25, "…", FORWARD if "time" in lit else GREY, 14)
    return figure


def _encoder(canvas, lit):
    """Draw the scene, three shrinking maps and the vector."""
    image = canvas.imshow(draw(HERO, 256), extent=(.3, 1.45, .68, 1.83), aspect="auto",
                          zorder=2)
    image.set_alpha(1 if lit else .45)
    canvas.set(xlim=(0, 8.4), ylim=(0, 2.55))
    colour = FORWARD if lit else FADED
    for k, size in enumerate((.62, .42, .26)):
        for layer in range(3):
            x, y = 1.62 + .46 * k + .06 * layer, 1.22 - size / 2 + .06 * layer
            canvas.add_patch(Rectangle((x, y), size * .6, size, fc=TINT.get(colour, CELL),
                                       ec=colour, lw=1))
    _strip(canvas, 3.05, 1.25, 6, colour)

def _strip(canvas, x, y, number, colour, size=.16):
    """Draw a vector as a standing strip of cells."""
    for k in range(number):
        canvas.add_patch(Rectangle((x - size / 2, y + size * (number / 2 - k - 1)), size, size,
                                   fc=TINT.get(colour, CELL), ec=colour, lw=1))


def _word(canvas, x, y, word, lit):
    write(canvas, x, y, word, INK if lit else "#a9a9a5", SMALL)
