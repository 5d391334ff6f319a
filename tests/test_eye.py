"""The eye: gradients, training that goes on bit for bit, the shipped weights, bad input."""


import hashlib
from pathlib import Path

import numpy as np
import pytest

from captioning.encoder import eye_training
from captioning.encoder.eye import (
    HEADS,
    eye_loss,
    load_eye,
    look_forward,
    make_params,
    pixels_to_numbers,
    scene_labels,
    split_heads,
)
from captioning.encoder.eye_training import (
    Settings,
    draw_examples,
    held_out,
    learning_rate_at,
    train_eye,
)
from captioning.files import data_path, save_npz
from captioning.gradcheck import eval_numerical_gradient, gradient_error
from captioning.logs import read_log
from captioning.scenes import (
    COLOURS,
    HELD_OUT_COLOURS,
    KINDS,
    arrange,
    draw_batch,
    is_novel,
    random_scenes,
)

SMALL = {"channels": (2, 3, 4, 5), "vector": 6, "size": 16}


def make_batch(rng, count, size=16):
    """Random pictures and labels, as `draw_examples` gives."""
    images = rng.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    labels = np.stack([rng.integers(0, n, count) for n in HEADS.values()], axis=1)
    return images, labels


def only_loss(x, labels, params):
    """The loss without gradients, its softmax written another way."""
    vector, _, _ = look_forward(x, params)
    scores = split_heads(vector @ params["w_heads"] + params["b_heads"])
    n = np.arange(len(x))
    return sum(np.mean(np.log(np.exp(head).sum(axis=1)) - head[n, y])
               for head, y in zip(scores, labels.T, strict=True))


@pytest.mark.parametrize(("size", "pixels"), [(16, False), (8, True)])
def test_every_gradient_of_the_network_is_the_measured_one(size, pixels):
    rng = np.random.default_rng(0)
    params = make_params(rng, (2, 3, 4, 5), 3, size, np.float64)
    for name in params:  # biases too shall matter
        params[name] = params[name] + 0.1 * rng.standard_normal(params[name].shape)
    images, labels = make_batch(rng, 2, size)
    x = pixels_to_numbers(images, np.float64)
    loss, grads = eye_loss(x, labels, params, pixels)
    assert loss == pytest.approx(only_loss(x, labels, params), abs=1e-12)
    assert set(grads) == set(params) | ({"x"} if pixels else set())
    for name, value in ({"x": x} if pixels else params).items():
        numeric = eval_numerical_gradient(lambda _: only_loss(x, labels, params), value)
        assert gradient_error(grads[name], numeric) < 1e-7, name


def test_first_loss_is_that_of_guessing():
    rng = np.random.default_rng(1)
    params = make_params(rng, **SMALL, dtype=np.float64)
    params["w_heads"][:] = 0
    images, labels = make_batch(rng, 3)
    loss, _ = eye_loss(pixels_to_numbers(images, np.float64), labels, params)
    assert loss == pytest.approx(np.log(list(HEADS.values())).sum())


def test_heads_split_the_scores_in_order():
    scores = np.arange(sum(HEADS.values()))[None]
    heads = split_heads(scores)
    assert [head.shape[1] for head in heads] == list(HEADS.values())
    np.testing.assert_array_equal(np.concatenate(heads, axis=1), scores)


def test_the_rate_rises_and_falls_to_zero():
    settings = Settings(steps=100, warm_up=10, learning_rate=2.0)
    rates = [learning_rate_at(step, settings) for step in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert np.argmax(rates) in (9, 10)
    assert rates[-1] == pytest.approx(0, abs=1e-12)
    assert all(np.diff(rates[10:]) < 0)


# ---------------------------------------------------------------- training

TINY = Settings(steps=6, seed=3, batch_size=4, warm_up=2, validate_every=2, validation_scenes=5)


def small_start():
    return make_params(np.random.default_rng(3), **SMALL)


def test_a_run_goes_on_bit_for_bit_after_ctrl_c(tmp_path):
    whole = train_eye(TINY, tmp_path / "whole.npz", small_start(), make_batch)
    draws = []

    def draw(rng, count):
        draws.append(count)
        if len(draws) == 5:  # the first draw is for validation: so in the fourth step
            raise KeyboardInterrupt
        return make_batch(rng, count)

    with pytest.raises(KeyboardInterrupt):
        train_eye(TINY, tmp_path / "broken.npz", small_start(), draw)
    again = train_eye(TINY, tmp_path / "broken.npz", None, make_batch)
    assert again.step == whole.step == 6
    assert again.curve == whole.curve and len(whole.curve) == 3
    for name in whole.params:
        np.testing.assert_array_equal(again.params[name], whole.params[name])
        assert whole.params[name].dtype == np.float32
        np.testing.assert_array_equal(again.memory[name]["v"], whole.memory[name]["v"])


def test_training_learns_a_handful_by_heart(tmp_path):
    images, labels = make_batch(np.random.default_rng(4), 4)
    settings = Settings(steps=150, batch_size=4, warm_up=10, validate_every=150,
                        learning_rate=0.02, validation_scenes=4)
    params = make_params(np.random.default_rng(3), SMALL["channels"], 20, SMALL["size"])
    state = train_eye(settings, tmp_path / "c.npz", params, lambda rng, n: (images, labels))
    assert state.curve[-1]["all_right"] == 1


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    train_eye(TINY, tmp_path / "c.npz", small_start(), make_batch)
    other = Settings(**{**vars(TINY), "seed": 4})
    with pytest.raises(ValueError, match=r"checkpoint .*'seed': 3.*wanted .*'seed': 4"):
        train_eye(other, tmp_path / "c.npz", small_start(), make_batch)


def test_a_damaged_checkpoint_is_named(tmp_path):
    train_eye(TINY, tmp_path / "c.npz", small_start(), make_batch)
    whole = (tmp_path / "c.npz").read_bytes()
    (tmp_path / "c.npz").write_bytes(whole[:len(whole) // 2])
    with pytest.raises(OSError, match=r"c\.npz: damaged"):
        train_eye(TINY, tmp_path / "c.npz", small_start(), make_batch)


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path):
    params = small_start()
    params["b_heads"][0] = np.nan
    with pytest.raises(FloatingPointError, match="the loss is nan at step 1; wanted a finite"):
        train_eye(TINY, tmp_path / "c.npz", params, make_batch)


def test_the_command_line_names_what_is_wrong(tmp_path, capsys):
    out = tmp_path / "eye.npz"
    save_npz(tmp_path / "eye.checkpoint.npz", "captioner", 1, {}, {})
    status = eye_training.main(["--out", str(out)])
    assert status == 2
    assert "holds captioner version 1; wanted eye checkpoint" in capsys.readouterr().err
    assert not out.exists()


# ---------------------------------------------------------------- the eye that comes with the book

ORACLE = Path(__file__).parent / "oracles" / "eye.npz"


@pytest.fixture(scope="module")
def eye():
    return load_eye()


def test_features_are_those_of_the_machine_that_froze_them(eye):
    vector, grid = eye.encode(draw_batch(random_scenes(np.random.default_rng(10), 4)))
    assert (vector.dtype, vector.shape) == (np.float32, (4, 128))
    assert (grid.dtype, grid.shape) == (np.float32, (4, 8, 8, 64))
    with np.load(ORACLE) as frozen:
        np.testing.assert_allclose(vector, frozen["vector"], atol=1e-3)
        np.testing.assert_allclose(grid[:, 2:4, 5], frozen["places"], atol=1e-3)


def test_it_names_all_of_a_new_scene(eye):
    images, labels = draw_examples(np.random.default_rng(11), 300)
    assert (eye.name(images) == labels).all(axis=1).mean() >= 0.97


def test_its_log_is_of_this_file_and_says_enough(eye):
    log = read_log("eye")
    digest = hashlib.sha256(data_path("eye.npz").read_bytes()).hexdigest()
    assert digest == log["eye_sha256"]
    assert digest in data_path("README.md").read_text(encoding="utf-8")
    assert log["test"]["all_right"] >= 0.97
    assert set(log["test"]["by_head"]) == set(HEADS)


def test_a_batch_gives_each_picture_what_it_gives_it_alone(eye):
    images, _ = draw_examples(np.random.default_rng(12), 67)  # more than go in at a time
    vector, _ = eye.encode(images)
    np.testing.assert_allclose(vector[66:], eye.encode(images[66:])[0], atol=1e-4)


@pytest.mark.parametrize(("images", "sentence"), [
    (np.zeros((2, 32, 64, 3), np.uint8), r"images has shape \(2, 32, 64, 3\); wanted uint8 pict"),
    (np.zeros((64, 64, 3), np.uint8), r"images has shape \(64, 64, 3\)"),
    (np.zeros((0, 64, 64, 3), np.uint8), r"images has shape \(0, 64, 64, 3\).*N at least 1"),
    (np.zeros((1, 64, 64, 3)), "images is float64"),
    ([[1]], "images is list"),
])
def test_pictures_that_cannot_be_looked_at_are_named(eye, images, sentence):
    with pytest.raises(ValueError, match=sentence):
        eye.encode(images)


def test_a_file_that_holds_no_eye_is_named(tmp_path):
    save_npz(tmp_path / "x.npz", "captioner", 1, {"w1": np.zeros(1)}, {})
    with pytest.raises(OSError, match=r"x\.npz: holds captioner version 1; wanted eye version 1"):
        load_eye(tmp_path / "x.npz")
    with pytest.raises(OSError, match="no such file"):
        load_eye(tmp_path / "y.npz")


def test_labels_say_what_the_scene_holds():
    scene = arrange("night", (1, "blue", "boat"), (2, "yellow", "star"))
    alone = arrange("sea", (3, "red", "car"))
    named = dict(zip(HEADS, scene_labels([scene, alone]).T.tolist(), strict=True))
    assert named == {
        "background": [1, 2], "layout": [1, 0],
        "first_kind": [KINDS.index("boat"), KINDS.index("car")],
        "first_colour": [COLOURS.index("blue"), COLOURS.index("red")], "first_count": [0, 2],
        "second_kind": [KINDS.index("star"), len(KINDS)],
        "second_colour": [COLOURS.index("yellow"), len(COLOURS)], "second_count": [1, 3]}


def test_what_is_held_out_of_a_scene_is_named():
    star, key = (1, "pink", "star"), (2, "red", "key")
    car, fish = (1, "blue", "car"), (1, "brown", "fish")
    assert held_out(arrange("day", star, key)) == {"colour"}
    assert held_out(arrange("day", car, key)) == {"place"}  # no car stands left
    assert held_out(arrange("day", fish, car, layout="vertical")) == {"colour", "place"}
    assert held_out(arrange("day", key, car)) == held_out(arrange("day", car)) == set()


def test_training_never_shows_what_is_held_out():
    assert not any(is_novel(scene) for scene in random_scenes(np.random.default_rng(13), 500))
    _, labels = draw_examples(np.random.default_rng(13), 500)
    shown = {(KINDS[k], COLOURS[c]) for k, c in labels[:, 2:4]}
    assert not shown & set(HELD_OUT_COLOURS.items())
