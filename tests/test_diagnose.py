"""Each fault of chapter 19 is caught by its own test first, and what is healthy passes them all.

The broken captioners are small: trained for some steps from a healthy one with the fault in
place, or broken by hand.
"""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from captioning import tiny
from captioning.__main__ import main
from captioning.captioner import Captioner, FeatureScale
from captioning.dataset import load_coco_data, write_dataset
from captioning.diagnose import (
    STATIONS,
    TESTS,
    Case,
    as_object,
    breaking,
    diagnose,
    gradient,
    norms,
    read_case,
    table,
)
from captioning.diagnose.case import with_params
from captioning.diagnose.finding import at_most
from captioning.files import data_path
from captioning.logs import read_log
from experiments import wrong
from tools.notebooks import BOOK

NAMES = [test.__name__.replace("_", " ") for test in TESTS]
SMALL = {"wordvec_dim": 16, "hidden_dim": 48}
PAGE = BOOK / "19-when-captions-go-wrong.ipynb"
PLACES = set(re.findall(r"\((wrong-[a-z]+)\)=", PAGE.read_text(encoding="utf-8")))
FROM_SCRATCH = {"rule", "rate", "start", "shown"}


def firing(case):
    """Names of the tests that find a fault, and of those that could not be made."""
    findings = diagnose(case)
    return ([f.name for f in findings if f.healthy is False],
            [f.name for f in findings if f.healthy is None])


@pytest.fixture(scope="module")
def data():
    """Fifteen hundred scenes to learn from and two hundred to be judged on."""
    data = load_coco_data(data_path("scenes.h5"))
    for split, number in (("train", 1500), ("val", 200)):
        rows = data[f"{split}_image_idxs"] < number
        for name in (f"{split}_captions", f"{split}_image_idxs"):
            data[name] = data[name][rows]
        for name in (f"{split}_features", f"{split}_scenes"):
            data[name] = data[name][:number]
    data["val_sentences"] = data["val_sentences"][:len(data["val_captions"])]
    return data


@pytest.fixture(scope="module")
def healthy(data):
    return wrong.trained(data, steps=200, sizes=SMALL)


def test_a_healthy_captioner_passes_every_test(healthy):
    assert firing(healthy) == ([], [])


@pytest.mark.parametrize("name", wrong.FAULTS)
def test_each_fault_is_found_first_by_its_own_test(name, data, healthy):
    test, make = wrong.FAULTS[name]

    def train(data, **settings):
        if not FROM_SCRATCH & settings.keys():
            settings["start"] = healthy.captioner.model.params
        return wrong.trained(data, steps=80, sizes=SMALL, **settings)

    fires, _ = firing(make(data, healthy, train))
    assert fires and fires[0] == test, fires


def test_the_riddles_of_the_chapter_have_answers(healthy):
    found = []
    for model in breaking.riddles(healthy.captioner.model):
        case = replace(healthy, captioner=healthy.captioner._replace(model=model))
        found.append(next(f.name for f in diagnose(case) if f.healthy is False))
    assert found == ["sight", "gradient", "ending"]


def test_a_gradient_of_another_shape_is_a_fault(healthy):
    class Turned(wrong.CaptioningRNN):
        def backward(self, dscores, caches):
            grads, dfeatures = super().backward(dscores, caches)
            return grads | {"W_vocab": grads["W_vocab"].T}, dfeatures

    found = gradient(wrong.of_kind(healthy, Turned))
    assert not found.healthy and "W_vocab has shape" in found.means


def test_what_is_no_number_is_a_fault_and_json_can_hold_it():
    found = at_most("level", np.nan, 1, "", "wrong-level")
    assert found.healthy is False and found.reading is None
    assert json.loads(json.dumps(as_object([found])))["first_fault"] == "level"


@pytest.mark.parametrize("kind", ["rnn", "lstm"])
def test_the_captioners_of_the_scenes_are_healthy(kind):
    found = diagnose(read_case(data_path(f"scenes-{kind}.npz"), data_path("scenes.h5")))
    assert [f.name for f in found if f.healthy is None] == ["norms"]
    assert as_object(found)["healthy"], table(found)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_the_network_of_72_numbers_is_healthy(cell):
    data = {"idx_to_word": tiny.WORDS, "word_to_idx": tiny.WORD_TO_IDX,
            "meta": {"encoder": "none"}}
    for split in ("train", "val"):
        data |= {f"{split}_features": tiny.FEATURES, f"{split}_captions": tiny.CAPTIONS,
                 f"{split}_image_idxs": np.arange(2), f"{split}_sentences": tiny.SENTENCES}
    scale = FeatureScale(np.zeros(5), np.ones(5))
    case = Case(Captioner(tiny.network(cell), tiny.WORDS, scale, "none"), data, "val",
                scores={"bleu_1": 1.0})
    # Without a log and the first parameters, two tests cannot be made.
    assert firing(case) == ([], ["norms", "moved"])


def test_the_order_of_the_faults_is_that_of_the_tests():
    order = [NAMES.index(test) for test, _ in wrong.FAULTS.values()]
    assert order == sorted(order)
    assert [test for tests in STATIONS.values() for test in tests] == list(TESTS)


def test_a_captioner_may_number_its_words_otherwise_than_the_data(data, healthy):
    words = healthy.captioner.words
    order = [*range(4), *range(len(words) - 1, 3, -1)]
    renamed = [words[k] for k in order]
    params = dict(healthy.captioner.model.params)
    params |= {"W_embed": params["W_embed"][order], "W_vocab": params["W_vocab"][:, order],
               "b_vocab": params["b_vocab"][order]}
    captioner = healthy.captioner._replace(
        model=with_params(healthy.captioner.model, params), words=renamed)
    captioner.model.word_to_idx = {word: k for k, word in enumerate(renamed)}
    found = {f.name: f for f in diagnose(Case(captioner, data, "val"))}
    assert as_object(list(found.values()))["healthy"]
    assert found["word map"].reading < -1 and "differ" in found["word map"].means


def test_a_mirror_cannot_be_seen_by_means_and_is_by_the_score():
    case = read_case(data_path("scenes-lstm.npz"), data_path("scenes.h5"))
    data = case.data | {name: values[:200] for name, values in case.data.items()
                        if name in ("val_features", "val_scenes")}
    data |= {name: case.data[name][:1000]
             for name in ("val_captions", "val_image_idxs", "val_sentences")}
    mirrored = wrong.draw_batch(wrong.scenes_from(data["val_scenes"]))[:, :, ::-1]
    data["val_features"] = wrong.load_eye().encode(mirrored)[0]
    fires, _ = firing(replace(case, data=data))
    assert fires == ["score"]


# The logs.

def test_in_the_log_each_fault_is_found_first_by_its_own_test():
    log = read_log("wrong")
    assert log["tests"] == NAMES and log["healthy"]["fires"] == []
    assert {name: run["test"] for name, run in log["faults"].items()} == {
        name: test for name, (test, _) in wrong.FAULTS.items()}
    for name, run in log["faults"].items():
        assert run["fires"][0] == run["test"], name
        assert {f["place"] for f in run["findings"]} <= PLACES


def test_the_logged_run_begins_as_logged():
    data, _ = wrong.with_scaled_features(load_coco_data(data_path("scenes.h5")))
    model = wrong.CaptioningRNN(data["word_to_idx"], 128, **wrong.SIZES,
                                rng=np.random.default_rng(0))
    losses = [entry["loss"] for entry in wrong.learn(model, data, steps=11)]
    np.testing.assert_allclose(losses[::10], read_log("wrong")["healthy"]["loss"][:2], rtol=1e-3)


def test_the_captioner_of_photographs_is_healthy():
    log = read_log("preparations")
    assert {f["name"] for f in log["photographs"] if not f["healthy"]} == {"norms"}
    assert [name for name, entry in log["preparations"].items() if entry["healthy"]][0] == (
        "as trained")


# A run of one's own, from the command line.

@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    """A run's folder and its data."""
    folder = tmp_path_factory.mktemp("run")
    arrays = {name: values for name, values in data.items()
              if name.startswith(("train_", "val_"))}
    arrays |= {"vocabulary": data["idx_to_word"]}
    write_dataset(folder / "data.h5", arrays, data["meta"])
    assert main(["train", "--data", str(folder / "data.h5"), "--out", str(folder / "run"),
                 "--cell", "rnn", "--wordvec-dim", "16", "--hidden-dim", "48", "--epochs", "2",
                 "--batch-size", "50", "--learning-rate", "0.003", "--lr-decay", "1",
                 "--clip-norm", "1e9"]) == 0
    return folder


def test_a_healthy_run_ends_with_0(run, capsys):
    assert main(["diagnose", str(run / "run")]) == 0
    out = capsys.readouterr().out
    assert "No fault found by 18 of 18 tests." in out
    assert out.count("\nok ") == len(TESTS) and max(map(len, out.splitlines())) <= 88
    assert main(["diagnose", str(run / "run"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["healthy"] and found["first_fault"] is None
    assert [each["name"] for each in found["findings"]] == NAMES


def test_a_fault_in_a_run_ends_with_1(run, tmp_path, capsys):
    log = run / "run/log.jsonl"
    kept = log.read_text()
    line = json.dumps({"step": 120, "loss": 900.0, "gradient_norm": 1e6})
    log.write_text(f"{kept}{line}\n")
    assert main(["diagnose", str(run / "run"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["first_fault"] == "norms"
    assert main(["diagnose", str(run / "run")]) == 1
    assert "Begin with “norms”" in capsys.readouterr().out
    log.write_text(kept)


def test_a_leap_that_was_clipped_is_none(healthy):
    log = [{"step": k, "loss": 9.0, "gradient_norm": 1e3 if k == 40 else 2.0} for k in range(60)]
    assert norms(replace(healthy, log=log, clip=np.inf)).reading == 500
    clipped = norms(replace(healthy, log=log, clip=5.0))
    assert clipped.healthy and clipped.reading == 2.5


def test_a_run_that_has_no_checkpoint_is_diagnosed_as_it_began(run, tmp_path, capsys):
    config = json.loads((run / "run/config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "log.jsonl").write_text("".join(
        json.dumps({"step": k, "loss": 50.0, "gradient_norm": 3.0 * 10**(k > 28) ** 4}) + "\n"
        for k in range(30)) + '{"step": 30, "lo')
    assert main(["diagnose", str(tmp_path), "--json"]) == 1
    found = {each["name"]: each for each in json.loads(capsys.readouterr().out)["findings"]}
    assert found["moved"]["healthy"] is None and "every caption" in found["moved"]["means"]
    assert found["level"]["healthy"] is False


REFUSED = [
    (["{tmp}/none"], "no such file"), (["{tmp}"], "config.json: no such file"),
    (["{run}/run", "--data", "{tmp}/none.h5"], "none.h5: no such file"),
    (["{run}/run", "--data", "{run}/run/log.jsonl"], "not an HDF5 file"),
    (["{run}/run", "--split", "test"], "wanted one with reference sentences"),
    (["{photographs}", "--data", "{run}/data.h5"], "features of eye"),
    (["{scenes}"], "scenes120k.h5: no such file"),
]


@pytest.mark.parametrize("arguments, said", REFUSED)
def test_bad_input_is_one_clear_line_and_status_2(arguments, said, run, tmp_path, capsys):
    words = {"tmp": tmp_path, "run": run, "photographs": data_path("photographs.npz"),
             "scenes": data_path("scenes-rnn.npz")}
    capsys.readouterr()
    assert main(["diagnose", *(each.format(**words) for each in arguments)]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.parametrize("name, text, said", [
    ("config.json", "{", "damaged"), ("config.json", "{}", "--data"),
    ("log.jsonl", "no JSON\n", "damaged")])
def test_a_damaged_run_is_bad_input(name, text, said, run, tmp_path, capsys):
    for file in ("config.json", "log.jsonl"):
        (tmp_path / file).write_text((run / "run" / file).read_text())
    (tmp_path / name).write_text(text)
    assert main(["diagnose", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err
