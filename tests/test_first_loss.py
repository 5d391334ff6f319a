"""What chapter 8's drawing of the first loss says of its dots."""

import numpy as np
import pytest

from captioning.figures.whole_network import excess


@pytest.mark.parametrize("scale", [.3, 12])
def test_what_is_left_of_the_prediction_is_the_scores_of_the_words_asked_for(scale):
    for start in range(4):
        predicted, measured, below = excess(scale, start)
        assert abs(predicted + below - measured) < .005


def test_the_dots_lie_on_both_sides_of_the_line():
    left = [measured - predicted for predicted, measured, _ in (excess(12, k) for k in range(8))]
    assert min(left) < -.01 and max(left) > .01
    assert abs(np.mean(left)) < .02
