"""Eighteen small tests of a captioner, from the data to the sentence (chapter 19).

Each takes a `Case` and returns a `Finding`: what it read, the limit, and what that means. They
stand in the order of the pipeline, so that the first that finds a fault is the place to begin:
what comes later suffers from what comes before.
"""

from captioning.diagnose.asked import asked
from captioning.diagnose.case import Case
from captioning.diagnose.finding import Finding, not_made
from captioning.diagnose.gradients import buffers, gradient
from captioning.diagnose.judge import score
from captioning.diagnose.layout import layout
from captioning.diagnose.level import level
from captioning.diagnose.moved import moved
from captioning.diagnose.numbers import finite
from captioning.diagnose.pictures import one_picture, preparation
from captioning.diagnose.reading import read_case
from captioning.diagnose.report import as_object, table
from captioning.diagnose.speech import ending, one_voice, stutter, variety
from captioning.diagnose.training_log import norms
from captioning.diagnose.uses import echo, sight
from captioning.diagnose.word_map import word_map

STATIONS = {
    "data": (finite, layout, word_map, one_picture, preparation),
    "loss": (echo, asked, buffers, gradient),
    "learning": (norms, moved, level, sight),
    "speech": (one_voice, ending, stutter, variety, score),
}
TESTS = tuple(test for tests in STATIONS.values() for test in tests)


def diagnose(case):
    """Make every test, in the order of the pipeline.

    Parameters
    ----------
    case : Case

    Returns
    -------
    list of Finding
        One for each of `TESTS`. After a fault in the numbers themselves the others are not made,
        nor is one that the case cannot be asked.
    """
    findings = [finite(case)]
    for test in TESTS[1:]:
        name = test.__name__.replace("_", " ")
        if findings[0].healthy is False:
            findings.append(not_made(name, "nothing else can be read off what is not a number",
                                     findings[0].place))
            continue
        try:
            findings.append(test(case))
        except ValueError as error:
            findings.append(not_made(name, str(error), findings[-1].place))
    return findings


__all__ = ["STATIONS", "TESTS", "Case", "Finding", "as_object", "asked", "buffers", "diagnose",
           "echo", "ending", "finite", "gradient", "layout", "level", "moved", "norms",
           "one_picture", "one_voice", "preparation", "read_case", "score", "sight", "stutter",
           "table", "variety", "word_map"]
