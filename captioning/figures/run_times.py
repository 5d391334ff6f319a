"""The drawing of the page on run times."""

from matplotlib.patches import Rectangle

from captioning.figures.style import FORWARD, GREY, INK, SMALL, TINT, drawing, panel, write
from captioning.logs import read_log

ROW, LEFT, SCALE = .3, 3.35, 3.4


@drawing
def bars():
    """A bar for each page, its processor time, with the memory beside it."""
    pages = read_log("run-times")["pages"].values()
    figure, canvas = panel(ROW * len(pages) + .9)
    longest = max(page["processor"] for page in pages)
    top = ROW * len(pages) + .42
    write(canvas, LEFT, top + .12, "processor time", GREY, SMALL, ha="left")
    write(canvas, 8.0, top + .12, "memory", GREY, SMALL, ha="right")
    for k, page in enumerate(pages):
        y, width = top - ROW * (k + .75), SCALE * page["processor"] / longest
        write(canvas, LEFT - .1, y, page["title"], INK, SMALL, ha="right")
        canvas.add_patch(Rectangle((LEFT, y - .09), width, .18, fc=TINT[FORWARD], ec="none"))
        write(canvas, LEFT + width + .07, y, f"{page['processor']:.0f} s", FORWARD, SMALL,
              ha="left")
        write(canvas, 8.0, y, f"{page['memory']} MB", GREY, SMALL, ha="right")
    return figure
