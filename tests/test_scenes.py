"""Scenes: the same pictures everywhere, true captions, and a judge that is not fooled."""

import hashlib
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from captioning.scenes import (
    BACKGROUNDS,
    COLOURS,
    HELD_OUT_COLOURS,
    HELD_OUT_PLACES,
    HERO,
    KINDS,
    PLACES,
    ROW_LENGTH,
    Group,
    Scene,
    arrange,
    backgrounds,
    captions,
    draw,
    draw_batch,
    drawing,
    falsified,
    from_row,
    grammar,
    is_novel,
    judge,
    make_scenes,
    parse,
    random_scenes,
    reworded,
    scene_arrays,
    scenes_from,
    things,
    to_row,
    truth,
)
from captioning.scenes.raster import curve, disc, grown, polygon, polygon_mask
from captioning.vocabulary import plain_sentence


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


@pytest.fixture(scope="module")
def scenes():
    return random_scenes(np.random.default_rng(7), 1000)


@pytest.fixture(scope="module")
def said(scenes):
    rng = np.random.default_rng(8)
    return [(sentence, scene) for scene in scenes for sentence in captions(scene, rng)]


# Pictures


def test_frozen_pictures_and_captions():
    rng = np.random.default_rng(0)
    first = random_scenes(rng, 200) + random_scenes(rng, 50, novel=True)
    sentences = [sentence for scene in first for sentence in captions(scene, rng)]
    assert digest(np.stack([to_row(scene) for scene in first])) == "5841dfd973b28090"
    assert digest(draw_batch(first)) == "0120c14c1703d268"
    assert digest("\n".join(sentences).encode()) == "c2ef4b05672fcfb0"


def test_frozen_large_picture():
    assert digest(draw(HERO, 128)) == "2e6b76dfd6374755"


def test_drawing_alone_and_in_a_batch_is_the_same(scenes):
    batch = draw_batch(scenes[:50])
    assert batch.shape == (50, 64, 64, 3) and batch.dtype == np.uint8
    for picture, scene in zip(batch, scenes, strict=False):
        np.testing.assert_array_equal(picture, draw(scene))


def test_large_picture_shows_the_same():
    large = draw(HERO, 128).reshape(64, 2, 64, 2, 3).mean(axis=(1, 3))
    assert np.abs(large - draw(HERO)).mean() < 1


def test_pictures_are_not_shared():
    first = draw(HERO)
    first[:] = 0
    assert draw(HERO).any()


def test_things_lie_inside_and_apart(scenes):
    for scene in scenes:
        boxes = [(x, y, g.size) for g in scene.groups for x, y in g.places]
        assert all(0 <= x <= 64 - s and 0 <= y <= 64 - s for x, y, s in boxes)
        for (x, y, s), (u, v, t) in combinations(boxes, 2):
            assert x + s <= u or u + t <= x or y + s <= v or v + t <= y


def test_relation_is_plain(scenes):
    for scene in scenes:
        if len(scene.groups) == 1:
            continue
        axis = 0 if scene.layout == "horizontal" else 1
        first, second = scene.groups
        end, start = max(p[axis] for p in first.places), min(p[axis] for p in second.places)
        assert end + first.size <= start
        across = [np.mean([p[1 - axis] for p in g.places]) + g.size / 2 for g in scene.groups]
        assert abs(across[0] - across[1]) <= 12


def test_tables_name_the_same_things():
    assert set(things.KINDS) == set(KINDS) == set(grammar.NOUNS) == set(HELD_OUT_COLOURS)
    assert set(things.COLOURS) == set(COLOURS)
    assert set(backgrounds.BACKGROUNDS) == set(BACKGROUNDS)
    assert len(KINDS) >= 12 and len(COLOURS) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_shows_its_colour(kind):
    """Its own colour and shades of it fill most of it, at the smallest size too."""
    filled = dict(zip(drawing.PAINTS, drawing._thing(kind, 18).sum(axis=(0, 1)), strict=True))
    assert sum(filled.values()) == 64 * 18 * 18
    inside = 64 * 18 * 18 - filled["none"] - filled["outline"]
    assert filled["body"] + filled["light"] + filled["dark"] > 0.6 * inside
    assert filled["body"] > max(0.4 * inside, filled["dark"])


def test_colours_stand_apart_from_each_other_and_from_every_background():
    bodies = [np.array(body) for body, _ in things.COLOURS.values()]
    behind = [np.array(rgb) for shapes in backgrounds.BACKGROUNDS.values() for rgb, *_ in shapes()]
    assert min(np.linalg.norm(a - b) for a, b in combinations(bodies, 2)) > 70
    assert min(np.linalg.norm(a - b) for a in bodies for b in behind) > 60


def inside(x, y, corners):
    """The even-odd rule for one point, in fractions."""
    odd = False
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0).tolist(), strict=True):
        if (y0 <= y) != (y1 <= y):
            odd ^= x >= x0 + Fraction(x1 - x0, y1 - y0) * (y - y0)
    return odd


@pytest.mark.parametrize(
    "corners",
    [
        polygon((1, 2), (9, 1), (5, 8)),
        polygon((-3, 5), (5, -3), (13, 5), (5, 13)),
        polygon((0, 0), (10, 10), (10, 0), (0, 10)),  # crosses itself
        curve((1, 1), (9, 1), (9, 9), (9, 9), (2, 7)),
        disc(5, 5, 4),
    ],
)
def test_polygon_mask_against_fractions(corners):
    n, window = 13, (0, 10)
    at = [(Fraction(2 * k + 1, 2 * n) * 10) * 64 for k in range(n)]
    expected = [[inside(x, y, corners.tolist()) for x in at] for y in at]
    np.testing.assert_array_equal(polygon_mask(corners, window, n), expected)


def test_a_point_named_twice_stays_a_corner():
    soft, sharp = curve((0, 0), (8, 0), (4, 8)), curve((0, 0), (8, 0), (4, 8), (4, 8))
    assert soft[:, 1].max() < sharp[:, 1].max() == 8 * 64
    assert [4 * 64, 8 * 64] in sharp.tolist()


def test_grown_by_a_round_brush():
    mask = np.zeros((15, 15), dtype=bool)
    mask[7, 7] = mask[0, 14] = True
    y, x = np.indices(mask.shape)
    expected = ((x - 7) ** 2 + (y - 7) ** 2 <= 9) | ((x - 14) ** 2 + y**2 <= 9)
    np.testing.assert_array_equal(grown(mask, 3), expected)


# The value


def test_rows_there_and_back(scenes):
    rows = np.stack([to_row(scene) for scene in scenes])
    assert rows.dtype == np.uint8 and rows.shape == (len(scenes), ROW_LENGTH)
    assert scenes_from(rows) == scenes


@pytest.mark.parametrize(
    "column, value", [(0, 4), (1, 3), (2, 99), (3, 8), (4, 0), (4, 4), (5, 200), (6, 60), (12, 14)]
)
def test_a_row_that_is_no_scene(column, value):
    row = to_row(HERO)
    row[column] = value
    with pytest.raises(ValueError, match="row: got"):
        from_row(row)


@pytest.mark.parametrize("row", [np.zeros(5, np.uint8), np.zeros(ROW_LENGTH)])
def test_a_row_of_another_shape_or_dtype(row):
    with pytest.raises(ValueError, match="wanted uint8"):
        from_row(row)


@pytest.mark.parametrize("size", [0, 32, 100])
def test_a_size_that_cannot_be_drawn(size):
    with pytest.raises(ValueError, match="size: got"):
        draw(HERO, size)


@pytest.mark.parametrize(
    "scene",
    [
        HERO._replace(background="fog"),
        HERO._replace(layout="round"),
        Scene("day", "single", (Group("horse", "red", 22, ((1, 1),)),)),
        Scene("day", "single", (Group("boat", "beige", 22, ((1, 1),)),)),
        Scene("day", "single", (Group("boat", "red", 22, ((50, 1),)),)),
        Scene("day", "single", (Group("boat", "red", 22, ()),)),
        Scene("day", "single", (Group("boat", "red", 22, ((-1, 1),)),)),
        Scene("day", "single", (Group("boat", "red", 18, ((1, 1),) * 4),)),
        Scene("day", "horizontal", (Group("boat", "red", 22, ((1, 1),)),)),
        HERO._replace(layout="single"),
    ],
)
def test_a_scene_that_cannot_be_drawn(scene):
    with pytest.raises(ValueError, match="got"):
        draw(scene)


@pytest.mark.parametrize(
    "groups, layout",
    [
        ([], "horizontal"),
        ([(1, "red", "car")] * 3, "horizontal"),
        ([(4, "red", "car")], "horizontal"),
        ([(1, "red", "car")], "single"),
        ([(1, "red", "horse")], "vertical"),
    ],
)
def test_what_cannot_be_arranged(groups, layout):
    with pytest.raises(ValueError, match="got"):
        arrange("day", *groups, layout=layout)


def test_the_same_seed_the_same_scenes():
    one, other = (random_scenes(np.random.default_rng(3), 20) for _ in range(2))
    assert one == other
    assert one != random_scenes(np.random.default_rng(4), 20)


def test_training_never_shows_what_is_held_out(scenes):
    assert not any(map(is_novel, scenes))
    looks = {(g.kind, g.colour) for scene in scenes for g in scene.groups}
    assert looks == {(k, c) for k in KINDS for c in COLOURS if HELD_OUT_COLOURS[k] != c}
    stood = {
        (group.kind, place)
        for scene in scenes
        for group, place in zip(scene.groups, PLACES[scene.layout], strict=True)
    }
    every = {(k, p) for k in KINDS for p in (None, "left", "right", "above", "below")}
    assert stood == every - set(HELD_OUT_PLACES.items())


def test_novel_scenes_hold_both_sorts_of_novelty():
    colour = place = 0
    for scene in random_scenes(np.random.default_rng(5), 300, novel=True):
        new_colour = any(HELD_OUT_COLOURS[g.kind] == g.colour for g in scene.groups)
        pairs = zip(scene.groups, PLACES[scene.layout], strict=True)
        new_place = any(p is not None and HELD_OUT_PLACES.get(g.kind) == p for g, p in pairs)
        assert new_colour or new_place
        colour, place = colour + new_colour, place + new_place
    assert colour > 60 and place > 60


def test_the_hero_and_its_twin_are_ordinary():
    assert not is_novel(HERO)
    assert not is_novel(arrange("night", (1, "yellow", "boat"), (2, "blue", "star")))
    assert HERO.layout == "horizontal" and HERO.background == "night"


# Captions


def test_captions_are_true_and_rich(scenes, said):
    verdicts = [judge(sentence, scene) for sentence, scene in said]
    assert all(verdict.true for verdict in verdicts)
    coverage = [verdict.coverage for verdict in verdicts]
    assert 0.8 < np.mean(coverage) < 0.95 and min(coverage) < 0.5 and max(coverage) == 1
    assert len(said) == 5 * len(scenes) == len({(id(scene), text) for text, scene in said})


def test_captions_are_short_lower_case_words(said):
    words = {word for sentence, _ in said for word in sentence.split(" ")}
    assert all(word.isalpha() and word.islower() for word in words)
    assert 90 <= len(words) <= 110
    assert max(len(sentence.split()) for sentence, _ in said) == grammar.MAX_WORDS


def test_every_pattern_and_every_phrase_is_used(said):
    text = " | ".join(sentence for sentence, _ in said)
    for slots in grammar.PHRASES.values():
        for table in slots.values():
            for phrases in table.values():
                assert all(phrase in text for phrase in phrases)
    used = {p for patterns in grammar._SUITABLE.values() for p in map(" ".join, patterns)}
    assert used == set(grammar.PATTERNS)


def test_five_different_captions_for_the_barest_scene():
    scene = arrange("day", (1, "red", "key"))
    assert len(set(captions(scene, np.random.default_rng(0)))) == 5


# The judge


HERO_VERDICTS = {
    "a blue boat left of two yellow stars at night": (),
    "two yellow stars to the right of a blue boat in the dark": (),
    "a dark night with a boat and a pair of stars": (),
    "on the left there is one sailboat and on the right two stars": (),
    "a blue boat with two yellow stars on its right": (),
    "two stars with a boat on their left": (),
    "a boat on the left": (),
    "a red boat left of two yellow stars": ("colour",),
    "a yellow boat left of two blue stars": ("colour",),
    "two yellow stars left of a blue boat": ("relation",),
    "a blue boat above two yellow stars": ("relation",),
    "a blue boat on the left and two yellow stars on the left": ("relation",),
    "a boat on the right": ("relation",),
    "a blue boat left of three yellow stars": ("count",),
    "two blue boats and two yellow stars": ("count",),
    "a blue fish left of two yellow stars": ("thing",),
    "a blue boat by the sea": ("background",),
    "a red car and a pink cup in winter": ("thing", "colour", "count", "background"),
}


@pytest.mark.parametrize("sentence", HERO_VERDICTS)
def test_verdicts_on_the_hero(sentence):
    verdict = judge(sentence, HERO)
    assert verdict.parsed
    assert verdict.wrong == HERO_VERDICTS[sentence]
    assert verdict.true == (not HERO_VERDICTS[sentence])


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "a",
        "a blue",
        "boat",
        "blue boat",
        "a blue boat left of",
        "a blue boat left of two yellow stars at",
        "a blue boat left of two yellow stars at night at night",
        "a blue boat left of two yellow stars left of a blue boat",
        "a blue boat a blue boat",
        "a blue blue boat",
        "a blue boat and",
        "a blue zebra",
        "two blue boat",
        "a blue boats",
        "an blue boat",
        "a orange boat",
        "a umbrella",
        "there are a blue boat",
        "there is two yellow stars",
        "two yellow stars with a blue boat on its left",
        "at night at night there is a blue boat",
        "A blue boat",
        "a blue boat ",
        "a blue boat.",
        "a  blue boat",
        "a blue boat\n",
        "<START> a blue boat <END>",
    ],
)
def test_what_the_grammar_cannot_say_is_false(sentence):
    verdict = judge(sentence, HERO)
    assert not verdict.parsed and not verdict.true
    assert verdict.coverage == 0 and verdict.facts == ()


@pytest.mark.parametrize(
    "sentence, coverage",
    [
        ("a boat", 2 / 8),
        ("a blue boat", 3 / 8),
        ("a red boat", 2 / 8),
        ("a blue boat left of two yellow stars", 7 / 8),
        ("a blue boat left of two yellow stars at night", 1),
    ],
)
def test_coverage_counts_the_facts_stated_rightly(sentence, coverage):
    assert judge(sentence, HERO).coverage == coverage


def test_a_thing_too_many_is_wrong_in_all():
    scene = arrange("day", (1, "blue", "boat"))
    verdict = judge("a blue boat left of a red star", scene)
    assert verdict.wrong == ("thing", "colour", "count", "relation")
    assert judge("a boat and a boat", scene).wrong == ("thing", "count")
    assert judge("a blue boat", scene).true


def test_two_groups_of_one_kind_are_told_apart():
    scene = arrange("day", (1, "red", "boat"), (1, "blue", "boat"))
    for sentence in ("a blue boat right of a red boat", "a boat left of a boat",
                     "a boat right of a boat", "a boat right of a red boat"):
        assert judge(sentence, scene).true, sentence
    assert judge("a blue boat left of a red boat", scene).wrong == ("relation",)
    assert judge("a boat left of a red boat", scene).wrong == ("relation",)
    assert judge("a red boat and a red boat", scene).wrong == ("colour",)
    assert judge("two boats", scene).wrong == ("count",)


def test_captions_of_a_scene_unlike_in_everything_are_false(said):
    other = {c: COLOURS[i - 1] for i, c in enumerate(COLOURS)}
    for sentence, scene in said:
        kinds = [k for k in KINDS if k not in {g.kind for g in scene.groups}]
        groups = tuple(
            g._replace(kind=kinds[i], colour=other[g.colour]) for i, g in enumerate(scene.groups)
        )
        verdict = judge(sentence, scene._replace(groups=groups))
        assert verdict.parsed and not verdict.true and "thing" in verdict.wrong


SWAPS = {
    "colour": {"red": "blue", "blue": "red", "green": "pink", "pink": "green", "yellow": "purple",
               "purple": "yellow", "brown": "red"},
    "count": {"two": "three", "three": "two"},
    "relation": {"left": "right", "right": "left", "above": "below", "below": "above",
                 "over": "under", "under": "over", "top": "bottom", "bottom": "top",
                 "beneath": "above"},
    "background": {"sunny": "snowy", "snow": "dark", "dark": "snow", "winter": "snow"},
    "thing": {"star": "key", "stars": "keys", "boat": "car", "boats": "cars", "bird": "tree",
              "birds": "trees", "cup": "heart", "mugs": "hearts", "house": "fish"},
}


@pytest.mark.parametrize("sort", ["colour", "count", "relation", "thing"])
def test_one_wrong_word_is_found_and_named(sort, said):
    found = 0
    for sentence, scene in said:
        words = sentence.split()
        if len({g.kind for g in scene.groups}) < len(scene.groups):
            continue  # with two groups of a kind, another reading may have another fault
        for i, word in enumerate(words):
            changed = " ".join([*words[:i], SWAPS[sort].get(word, word), *words[i + 1 :]])
            here = {g.kind for g in scene.groups} | {g.colour for g in scene.groups}
            if changed == sentence or SWAPS[sort][word].removesuffix("s") in here:
                continue
            assert judge(changed, scene).wrong == (sort,), changed
            found += 1
    assert found > 300


def test_another_background_is_found_and_named(said):
    phrases = grammar.PHRASES["background"]["WHERE"]
    found = 0
    for sentence, scene in said:
        for background in set(BACKGROUNDS) - {scene.background}:
            for phrase in phrases[scene.background]:
                if phrase in sentence:
                    changed = sentence.replace(phrase, phrases[background][0])
                    assert judge(changed, scene).wrong == ("background",), changed
                    found += 1
    assert found > 300


def test_captions_of_a_scene_that_differs_in_one_fact(scenes):
    """They are false exactly if they state that fact: what else they say is still true."""
    rng = np.random.default_rng(9)
    for scene in scenes[:300]:
        first, *rest = scene.groups
        unused = next(c for c in COLOURS if c not in {g.colour for g in scene.groups})
        other = scene._replace(groups=(first._replace(colour=unused), *rest))
        if len({g.kind for g in scene.groups}) < len(scene.groups):
            continue
        for sentence in captions(other, rng):
            verdict = judge(sentence, scene)
            assert verdict.parsed
            assert verdict.wrong == (("colour",) if unused in sentence.split() else ())


def test_dropping_or_doubling_a_word_never_makes_a_lie_true(said):
    """Whatever still can be read after it is judged by what it then says."""
    for sentence, scene in said[:400]:
        words = sentence.split()
        for i in range(len(words)):
            doubled = " ".join(words[: i + 1] + words[i:])
            assert not judge(doubled, scene).parsed, doubled
        assert not judge(f"{sentence} {sentence}", scene).parsed
        assert parse(" ".join(words[:-1])) != parse(sentence)


def test_truth_over_many():
    sentences = ["a blue boat at night", "a red boat left of two yellow stars", "boat boat"]
    scores = truth(sentences, [HERO] * 3)
    assert scores["truth"] == scores["unparsed"] == pytest.approx(1 / 3)
    assert scores["colour"] == pytest.approx(2 / 3)
    assert scores["thing"] == scores["count"] == scores["relation"] == scores["background"] == 1
    assert scores["coverage"] == pytest.approx((4 + 6 + 0) / 8 / 3)
    assert truth(["boat boat"], [HERO])["colour"] is None


@pytest.mark.parametrize("sentences", [[], ["a boat", "a boat"]])
def test_truth_wants_a_sentence_for_each_scene(sentences):
    with pytest.raises(ValueError, match="sentences: got"):
        truth(sentences, [HERO])


# The data set


SMALL = {"train": 300, "val": 20, "test": 20, "novel": 20}


@pytest.fixture(scope="module")
def made():
    return make_scenes(SMALL, seed=1)


def test_splits_hold_what_they_should(made):
    assert {split: len(made[split].scenes) for split in made} == SMALL
    for split, (scenes, said) in made.items():
        assert all(is_novel(scene) == (split == "novel") for scene in scenes)
        assert all(len(five) == 5 for five in said)
    every = [scene for split in made.values() for scene in split.scenes]
    assert len(set(every)) == len(every)


def test_splits_do_not_depend_on_each_other(made):
    alone = make_scenes({"test": 20}, seed=1)
    assert alone == {"test": made["test"]}
    assert make_scenes({"test": 20}, seed=2) != alone


@pytest.mark.parametrize("sizes", [{"dev": 3}, {"train": 0}, {"train": -1}])
def test_sizes_that_cannot_be_made(sizes):
    with pytest.raises(ValueError, match="sizes: got"):
        make_scenes(sizes)


def test_a_vocabulary_needs_training_captions(made):
    with pytest.raises(ValueError, match="made: got val"):
        scene_arrays({"val": made["val"]}, len)


def test_arrays_of_the_data_set(made):
    arrays = scene_arrays(made, lambda pictures: pictures.reshape(len(pictures), -1)[:, :7] / 255)
    assert len(arrays["vocabulary"]) <= 110 and arrays["vocabulary"][0] == "<NULL>"
    for split, n in SMALL.items():
        assert arrays[f"{split}_captions"].shape == (5 * n, 18)
        assert arrays[f"{split}_captions"].dtype == np.uint8
        assert arrays[f"{split}_image_idxs"].dtype == np.int32
        assert arrays[f"{split}_image_idxs"].tolist() == [i for i in range(n) for _ in range(5)]
        assert arrays[f"{split}_features"].shape == (n, 7)
        assert arrays[f"{split}_features"].dtype == np.float16
        assert scenes_from(arrays[f"{split}_scenes"]) == made[split].scenes
    decoded = [plain_sentence(row, arrays["vocabulary"]) for row in arrays["val_captions"]]
    assert decoded == arrays["val_sentences"]
    assert "train_sentences" not in arrays
    pictures = draw_batch(made["val"].scenes).reshape(20, -1)[:, :7] / 255
    np.testing.assert_allclose(arrays["val_features"], pictures, atol=1e-3)


# Retelling


def test_a_retelling_is_true_and_new_or_false_by_one_word(scenes):
    rng = np.random.default_rng(3)
    for scene in scenes[:300]:
        references = captions(scene, rng)
        other = reworded(scene, references, rng)
        assert other not in references and judge(other, scene).true
        false = falsified(references, scene, rng)
        assert parse(false) and not judge(false, scene).true
        changed = [[pair for pair in zip(false.split(), ref.split(), strict=True)
                    if pair[0] != pair[1] and "a" not in pair]  # "an orange" becomes "a red"
                   for ref in references if len(ref.split()) == len(false.split())]
        assert min(map(len, changed)) == 1


def test_what_names_no_colour_and_no_place_cannot_be_made_false_by_one_word():
    with pytest.raises(ValueError, match="none of the 1 names a colour or a place"):
        falsified(["a boat at night"], HERO, np.random.default_rng(0))
