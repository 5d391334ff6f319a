"""The logs of chapter 17: the rule that sorts faults, and what comes out again without Flickr8k."""

import numpy as np
import pytest

from captioning.captioner import load_captioner
from captioning.encoder.efficientnet import EfficientNetLite0
from captioning.files import data_path
from captioning.logs import read_log
from captioning.photographs import load_photograph
from experiments import abroad, failures


def test_a_word_is_supported_by_any_word_of_its_group():
    made, wrong, first = failures.faults(
        ["two dogs run in the snow", "a man in a red shirt"],
        [["a pair of puppies", "dogs race"], ["a woman in grey", "a lady in a blue coat"]])
    assert dict(made) == {"how many": 1, "who": 2, "doing": 1, "where": 1, "colour": 1}
    assert dict(wrong) == {"where": 1, "who": 1, "colour": 1}
    assert dict(first) == {"where": 1, "who": 1}


def test_no_word_belongs_to_two_groups():
    words = [word for groups in failures.SORTS.values() for text in groups.values()
             for word in text.split()]
    assert len(words) == len(set(words))


def test_people_are_held_against_the_others():
    references = [["a dog", "a dog", "a dog", "a dog", "a cat"]] * 3
    report = failures.by_rule(["a man"] * 3, references)
    assert report["captioner"]["unsupported"]["who"] == 1
    assert report["people"]["unsupported"]["who"] == 0
    assert report["people"]["first_fault"]["none"] == 3


def test_people_agree_where_most_name_one_and_none_the_other():
    references = [["a man", "a man", "a guy", "a dog", "a dog"], ["a man"] * 4 + ["a woman"],
                  ["a man", "a dog", "a dog", "a dog", "a dog"]]
    report = failures.called(["a woman", "a man", "a man"], references)
    assert report["man"]["photographs"] == 1 and report["man"]["said"]["woman"] == 1
    assert report["woman"]["photographs"] == report["boy"]["photographs"] == 0


@pytest.fixture(scope="module")
def seeing():
    return load_captioner(data_path("photographs.npz"), np.float64)[0], EfficientNetLite0()


@pytest.mark.parametrize("entry", [e for e in read_log("abroad")["photographs"]
                                   if e["margin"] > .01], ids=lambda e: e["file"])
def test_photographs_are_described_as_logged(seeing, entry):
    captioner, network = seeing
    vector = network.encode(load_photograph(abroad.folder() / entry["file"]))[0]
    sentence, margin = abroad.say(captioner, vector)
    assert sentence == entry["sentence"] and abs(margin - entry["margin"]) < .002
    assert captioner.caption(vector[None]) == [sentence]
    assert abroad.classes(network, vector)[0][0] == entry["classes"][0][0]


def test_prepared_as_trained_is_what_the_encoder_does(seeing):
    captioner, network = seeing
    path = abroad.folder() / "chelsea.png"
    vector = failures.look(network, failures.prepared(path, "as trained"))
    np.testing.assert_array_equal(vector, network.encode(load_photograph(path))[0])
    log = read_log("abroad")["prepared"]
    for variant in ("red and blue exchanged", "0 to 255"):
        sentence, _ = abroad.say(captioner, failures.look(
            network, failures.prepared(path, variant)))
        assert sentence == log[variant]["sentence"] != log["as trained"]["sentence"]


def test_the_cat_has_at_its_place_what_the_page_and_the_log_say(seeing):
    log = read_log("failures")["same_place"]
    again = failures.same_place(seeing[0], np.zeros((1, 1280)), abroad.folder() / "chelsea.png")
    for word in ("child", "cat"):
        assert again[word]["here"] == log[word]["here"] > 1.9 * log[word]["mean"]


def test_the_log_of_failures_fits_the_others():
    log, shipped = read_log("failures"), read_log("photographs")["scores"]["dev"]
    assert abs(log["sight"]["seeing"]["cider_d"] - shipped["cider_d"]) < .005
    assert log["seen_in_train"]["cat"] == 13 and log["seen_in_train"]["dog"] == 1364
    assert log["sight"]["blindfolded"]["distinct"] == 1
    for word in log["frequencies"].values():
        share = word["train"]["share"]
        assert .8 < word["train"]["probability"] / share < 1.25
        assert .5 < word["dev"]["probability"] / share < 2
    for sort, share in log["rule"]["captioner"]["unsupported"].items():
        assert share > log["rule"]["people"]["unsupported"][sort]
