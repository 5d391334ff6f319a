"""One look for every drawing of the book.

A drawing is a light panel with round corners, measured in inches from its lower left corner.
Colours mean one thing each: blue goes forward, vermilion is a gradient, green a parameter, grey
the rest (the palette of Okabe and Ito, which colour-blind readers can tell apart).
"""

import io
import logging

from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrow, FancyBboxPatch, Rectangle

FORWARD, GRADIENT, PARAMETER = "#0072B2", "#D55E00", "#009E73"
GREY, LINE, INK, PANEL, CELL = "#6b6b6b", "#bdbdbd", "#333333", "#FBFAF6", "#ffffff"
BLUES = LinearSegmentedColormap.from_list("blues", [PANEL, "#9cc7e3", FORWARD])
SIGNED = LinearSegmentedColormap.from_list("signed", [GREY, PANEL, FORWARD])
TINT = {FORWARD: "#dcecf6", GRADIENT: "#fae5d8", PARAMETER: "#d9efe8", GREY: "#ececec"}
# A first import looks through the machine's fonts and says so; a page has no use for that.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

WIDTH, TYPE, SMALL = 8.4, 11, 9.5
FONT = {"font.family": "DejaVu Sans", "font.size": TYPE, "mathtext.fontset": "dejavusans",
        "axes.edgecolor": LINE, "axes.labelcolor": GREY, "xtick.color": LINE,
        "ytick.color": LINE, "xtick.labelcolor": GREY, "ytick.labelcolor": GREY,
        "axes.spines.top": False, "axes.spines.right": False, "lines.linewidth": 2.5,
        "lines.solid_capstyle": "round", "text.color": INK}


class Drawing:
    """A finished picture that a notebook shows by itself.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Its text where no picture can be shown.
    """

    def __init__(self, figure, name):
        self.name = name
        with io.BytesIO() as file, rc_context(FONT):
            # Neither a date nor the version of a program: the same picture is the same bytes.
            figure.savefig(file, format="png", dpi=200, transparent=True,
                           metadata={"Software": None})
            self.png = file.getvalue()

    def __repr__(self):
        return f"<drawing: {self.name}>"

    def _repr_png_(self):
        return self.png


def drawing(draw):
    """Turn a function that draws into one that returns a `Drawing` with the book's type."""
    import functools

    @functools.wraps(draw)
    def drawn(*args, **kwargs):
        with rc_context(FONT):
            return Drawing(draw(*args, **kwargs), draw.__name__.replace("_", " "))

    return drawn


def panel(height, width=WIDTH):
    """Start a drawing.

    Parameters
    ----------
    height, width : float
        Inches.

    Returns
    -------
    figure : matplotlib.figure.Figure
    canvas : matplotlib.axes.Axes
        Its coordinates are inches; the panel itself is drawn.
    """
    figure = Figure(figsize=(width, height))
    canvas = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    canvas.axis("off")
    canvas.add_patch(FancyBboxPatch((.12, .12), width - .24, height - .24, fc=PANEL, ec="none",
                                    boxstyle="round,pad=0.1,rounding_size=0.18"))
    return figure, canvas


def plot(figure, x, y, width, height, **kwargs):
    """Add axes for a curve at a place in inches, without ticks unless asked for."""
    w, h = figure.get_size_inches()
    axes = figure.add_axes((x / w, y / h, width / w, height / h), facecolor="none",
                           **{"xticks": [], "yticks": [], **kwargs})
    axes.tick_params(length=3, labelsize=SMALL)
    return axes


def write(canvas, x, y, text, colour=INK, size=TYPE, **kwargs):
    """Write text, centred on the point unless told otherwise."""
    kwargs = {"ha": "center", "va": "center", **kwargs}
    return canvas.text(x, y, text, color=colour, fontsize=size, **kwargs)


def box(canvas, x, y, width, height, colour=LINE, fill=CELL):
    """Draw a box with round corners around a centre."""
    canvas.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, ec=colour,
                                    fc=fill, lw=1.4, boxstyle="round,pad=0,rounding_size=0.08"))


def picture(canvas, image, x, y, height, colours=None, limits=(None, None), edge=0, aspect=1):
    """Place a picture or a map, its lower left corner at (x, y); ``edge`` stacks it with a rim."""
    width = height * aspect
    keep = canvas.get_xlim(), canvas.get_ylim()
    canvas.imshow(image, extent=(x, x + width, y, y + height), aspect="auto", zorder=edge or 2,
                  cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="nearest")
    canvas.set(xlim=keep[0], ylim=keep[1])
    if edge:
        canvas.add_patch(Rectangle((x, y), width, height, fc="none", ec=CELL, lw=1.5,
                                   zorder=edge))


def arrow(canvas, start, end, colour=FORWARD, width=.025, head=None):
    """Draw an arrow; its shaft is ``width`` inches wide, so that width can carry a number."""
    head = head or max(.13, 2.2 * width)
    dx, dy = end[0] - start[0], end[1] - start[1]
    canvas.add_patch(FancyArrow(*start, dx, dy, width=width, head_width=head,
                                head_length=min(.9 * head, .16), length_includes_head=True,
                                fc=colour, ec="none"))


def cells(canvas, x, y, values, colour, size=.52, height=.34, digits=2, type_size=SMALL):
    """Draw a matrix as tinted cells with its numbers, its upper left corner at (x, y)."""
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            left, top = x + j * size, y - i * height
            canvas.add_patch(Rectangle((left, top - height), size, height, fc=TINT[colour],
                                       ec=CELL, lw=1.5))
            write(canvas, left + size / 2, top - height / 2 - .01, number(value, digits), colour,
                  type_size)


def number(value, digits=2):
    """Write a number as the book does: .35 and -.8, with a true minus."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        return "0"
    if text.strip("-").startswith("0."):
        text = text.replace("0.", ".", 1)
    return text.replace("-", "\N{MINUS SIGN}")
