"""The log of chapter 11's beams: its cheap numbers come out again, and say what the page says."""

import numpy as np
import pytest

from captioning.captioner import ALPHA, load_captioner
from captioning.dataset import load_coco_data
from captioning.decoding import beam_search
from captioning.files import data_path
from captioning.logs import read_log
from captioning.scenes import scenes_from
from experiments import beam

LOG = read_log("beam")


def row(part, width, alpha):
    """The row of a width and an alpha."""
    (found,) = (r for r in LOG[part]["grid"] if (r["width"], r["alpha"]) == (width, alpha))
    return found


def test_the_beam_grows_on_the_hero_as_logged():
    assert beam.about_the_hero() == LOG["hero"]


def test_what_is_drawn_is_what_beam_search_finds():
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    features = captioner.scale.apply(np.array(read_log("hero")["vector"])[None])
    _, log_probs = beam_search(captioner.model, features, 3, 0, 3, forbidden=beam.UNSAID)
    logged = [log_p for _, _, log_p in LOG["hero"]["steps"][-1][:3]]
    np.testing.assert_allclose(log_probs[0], logged, atol=1e-4)


@pytest.mark.parametrize("width, alpha", [(1, 0), (3, .7)])
def test_what_is_said_about_scenes_is_said_again(width, alpha):
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    data = load_coco_data(data_path("scenes.h5"))
    features = captioner.scale.apply(data["val_features"][:beam.MANY].astype(np.float64))
    again = beam.on_scenes(captioner.model, captioner.words, features,
                           scenes_from(data["val_scenes"][:beam.MANY]), width, alpha)
    logged = row("scenes", width, alpha)
    assert abs(again["truth"] - logged["truth"]) < .005
    assert abs(again["log_p"] - logged["log_p"]) < .005


def test_wider_is_likelier_and_shorter_and_at_last_worse():
    rows = [row("photographs", width, 0) for width in beam.WIDTHS]
    assert (np.diff([r["log_p"] for r in rows]) > 0).all()
    assert (np.diff([r["length"] for r in rows]) < 0).all()
    scores = [r["cider_d"] for r in rows]
    assert scores[-1] < scores[0] < max(scores) == row("photographs", 3, 0)["cider_d"]


def test_the_books_alpha_is_among_the_best_on_photographs():
    rows = [r for r in LOG["photographs"]["grid"] if r["width"] == 5]
    assert max(rows, key=lambda r: r["bleu_4"])["alpha"] == ALPHA
    assert max(r["cider_d"] for r in rows) - row("photographs", 5, ALPHA)["cider_d"] < .01


def test_an_ensemble_finds_what_people_say_likelier_than_its_members_do_on_average():
    each = LOG["scenes"]["ensemble"]
    assert each["ensemble"]["people"] > (each["rnn"]["people"] + each["lstm"]["people"]) / 2


def test_a_sentence_that_says_two_words_twice_is_known():
    assert beam.repeats("a dog and a dog".split()) and not beam.repeats("a dog and a cat".split())
