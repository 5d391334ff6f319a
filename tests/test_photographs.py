"""Photographs of every mode, Flickr8k in both layouts, interruptions and faults."""

import contextlib
import errno
import zlib

import numpy as np
import pytest
from PIL import Image

from captioning.dataset import read_dataset
from captioning.photographs import (
    Photograph,
    load_photograph,
    prepare,
    prepare_flickr8k,
    preparing,
    read_flickr8k,
)

RED, GREEN, BLUE = (220, 30, 40), (20, 180, 60), (30, 60, 200)


def corners(image):
    """Colours near the four corners: top left, top right, bottom left, bottom right."""
    return [tuple(int(v) for v in image[y, x]) for y in (20, 203) for x in (20, 203)]


def quarters(size=(60, 40)):
    """An image of four flat quarters: red, green, blue, white."""
    image = Image.new("RGB", size, "white")
    w, h = size[0] // 2, size[1] // 2
    for colour, place in ((RED, (0, 0)), (GREEN, (w, 0)), (BLUE, (0, h))):
        image.paste(colour, (*place, place[0] + w, place[1] + h))
    return image


def close(found, wanted, by=3):
    assert np.abs(np.subtract(found, wanted)).max() <= by, (found, wanted)


# One photograph.

@pytest.mark.parametrize("size", [(60, 40), (40, 60), (1000, 30), (8, 8), (224, 224)])
def test_any_shape_is_squeezed_whole(tmp_path, size):
    quarters(size).save(tmp_path / "a.png")
    image = load_photograph(tmp_path / "a.png")
    assert image.shape == (224, 224, 3) and image.dtype == np.uint8
    close(corners(image), [RED, GREEN, BLUE, (255, 255, 255)], by=12)
    assert load_photograph(tmp_path / "a.png", 64).shape == (64, 64, 3)


@pytest.mark.parametrize(("orientation", "order"), [
    (1, (0, 1, 2, 3)), (2, (1, 0, 3, 2)), (3, (3, 2, 1, 0)), (4, (2, 3, 0, 1)),
    (5, (0, 2, 1, 3)), (6, (2, 0, 3, 1)), (7, (3, 1, 2, 0)), (8, (1, 3, 0, 2))])
def test_exif_orientation(tmp_path, orientation, order):
    exif = Image.Exif()
    exif[0x0112] = orientation
    quarters().save(tmp_path / "a.png", exif=exif)
    colours = [RED, GREEN, BLUE, (255, 255, 255)]
    close(corners(load_photograph(tmp_path / "a.png")), [colours[k] for k in order])


@pytest.mark.parametrize(("mode", "name"), [
    ("RGB", "a.jpg"), ("RGB", "a.webp"), ("RGB", "a.bmp"), ("P", "a.gif"), ("P", "a.png"),
    ("CMYK", "a.jpg"), ("CMYK", "a.tif"), ("YCbCr", "a.jpg"), ("LAB", "a.tif"),
    ("RGBA", "a.png"), ("RGBX", "a.tif")])
def test_coloured_modes(tmp_path, mode, name):
    image = quarters((320, 320))
    if mode == "LAB":
        from PIL import ImageCms
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        image = ImageCms.profileToProfile(image, srgb, lab, outputMode="LAB")
    image = image.quantize(8) if mode == "P" else image.convert(mode)
    image.save(tmp_path / name)
    close(corners(load_photograph(tmp_path / name)), [RED, GREEN, BLUE, (255, 255, 255)], by=12)


@pytest.mark.parametrize(("values", "name"), [
    (np.uint8([[50, 200]]), "L.png"), (np.uint16([[50 * 257, 200 * 257]]), "I16.png"),
    (np.uint16([[50 * 257, 200 * 257]]), "I16.tif"), (np.int32([[50 * 257, 200 * 257]]), "I.tif")])
def test_grey_of_any_depth(tmp_path, values, name):
    Image.fromarray(np.repeat(np.repeat(values, 20, 0), 10, 1)).save(tmp_path / name)
    image = load_photograph(tmp_path / name)
    close(corners(image), [(50,) * 3, (200,) * 3] * 2, by=1)


@pytest.mark.parametrize("low", [-3.0, 0.25])
def test_floats_are_stretched_over_their_own_range(tmp_path, low):
    values = np.repeat(np.repeat(np.float32([[low, low + 0.5]]), 20, 0), 10, 1)
    Image.fromarray(values).save(tmp_path / "a.tif")
    close(corners(load_photograph(tmp_path / "a.tif")), [(0,) * 3, (255,) * 3] * 2, by=1)


def test_one_bit(tmp_path):
    Image.fromarray(np.uint8([[0, 255]] * 2)).resize((40, 40), 0).convert("1").save(
        tmp_path / "a.png")
    close(corners(load_photograph(tmp_path / "a.png")), [(0,) * 3, (255,) * 3] * 2, by=1)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparency_over_white(tmp_path, mode):
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 20, 40))
    name = "a.gif" if mode == "P" else "a.png"
    (image if mode == "P" else image.convert(mode)).save(tmp_path / name)
    close(corners(load_photograph(tmp_path / name)), [(255,) * 3, (0,) * 3] * 2, by=1)


def test_transparency_of_a_single_grey(tmp_path):
    image = Image.new("L", (40, 40), 0)
    image.paste(90, (0, 0, 20, 40))
    image.save(tmp_path / "a.png", transparency=90)
    close(corners(load_photograph(tmp_path / "a.png")), [(255,) * 3, (0,) * 3] * 2, by=1)


def test_large_jpeg_like_its_small_twin(tmp_path):
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (12, 16, 3), np.uint8))
    small.resize((2400, 1800), Image.Resampling.BICUBIC).save(tmp_path / "large.jpg")
    small.resize((600, 450), Image.Resampling.BICUBIC).save(tmp_path / "small.png")
    large, small = (load_photograph(tmp_path / name).astype(int)
                    for name in ("large.jpg", "small.png"))
    assert np.abs(large - small).mean() < 2


def fault(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(OSError) as caught:
        load_photograph(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    return message


def test_faults_name_the_file(tmp_path):
    quarters((300, 300)).save(tmp_path / "good.jpg")
    quarters((300, 300)).save(tmp_path / "good.png")
    jpeg, png = ((tmp_path / name).read_bytes() for name in ("good.jpg", "good.png"))
    assert "not an image" in fault(tmp_path, "text.jpg", b"no image at all")
    assert "not an image" in fault(tmp_path, "empty.jpg", b"")
    assert "truncated" in fault(tmp_path, "short.jpg", jpeg[:len(jpeg) // 2])
    fault(tmp_path, "short.png", png[:len(png) // 2])
    fault(tmp_path, "head.png", png[:20])


def test_faults_of_size_and_place(tmp_path):
    Image.new("RGB", (400, 7)).save(tmp_path / "flat.png")
    with pytest.raises(OSError, match=r"flat\.png: 400 x 7 pixels; wanted at least 8"):
        load_photograph(tmp_path / "flat.png")
    head = b"P5 100000 100000 255\n"
    assert "too large" in fault(tmp_path, "huge.pgm", head)
    with pytest.raises(OSError, match=r"none\.jpg: no such file"):
        load_photograph(tmp_path / "none.jpg")
    with pytest.raises(OSError, match=f"{tmp_path}: Is a directory"):
        load_photograph(tmp_path)


# Flickr8k. Captions, lists and photographs are made here; no network looks at them, except once.

NAMES = [f"{100 + k}_x.jpg" for k in range(12)]
SPLITS = {"train": NAMES[:7], "dev": NAMES[7:10], "test": NAMES[10:]}


def captions(name):
    return [f"A dog , number {NAMES.index(name)} runs .", f"Two dogs run past {name[0]} trees ."]


def photographs(folder, names=NAMES):
    folder.mkdir(parents=True)
    for k, name in enumerate(names):
        Image.new("RGB", (30, 20), (20 * k, 40, 60)).save(folder / name)


def authors_folder(root, splits=("train", "dev"), inside=""):
    photographs(root / inside / "Flicker8k_Dataset")
    text = root / inside / "Flickr8k_text"
    text.mkdir()
    (text / "Flickr8k.token.txt").write_text("".join(
        f"{name}#{k}\t{caption}\n" for name in [*NAMES, "9_x.jpg.1"]
        for k, caption in enumerate(captions(name) if name in NAMES else ["No file ."])))
    for split in splits:
        (text / f"Flickr_8k.{split}Images.txt").write_text("\n".join(SPLITS[split]) + "\n")
    return root


def mirror_folder(root):
    photographs(root / "Images")
    rows = "".join(f'{name},"{caption}"\n' for name in NAMES for caption in captions(name))
    (root / "captions.txt").write_text("image,caption\n" + rows)
    return root


def fake_features(path):
    """Numbers that depend on the pixels, in place of the network's."""
    try:
        value = load_photograph(path)[0, 0, 0] / 8
    except OSError as error:
        return str(error)
    return np.full(1280, value, np.float16), np.full((7, 7, 320), value + 1, np.float16)


@pytest.fixture
def quick(monkeypatch):
    """No processes and no network; returns the list of the photographs that were encoded."""
    seen = []

    def features(path):
        seen.append(path.name)
        return fake_features(path)

    monkeypatch.setattr(preparing, "processes", lambda number: contextlib.nullcontext(map))
    monkeypatch.setattr(preparing, "features", features)
    return seen


@pytest.mark.parametrize("inside", ["", "Flickr8k/deeper"])
def test_the_authors_layout(tmp_path, quick, inside):
    folder = authors_folder(tmp_path / "f", inside=inside)
    meta = prepare_flickr8k(folder, tmp_path / "f.h5", min_count=7)
    arrays, stored = read_dataset(tmp_path / "f.h5")
    assert stored == meta and meta["encoder"] == "efficientnet-lite0"
    assert meta["splits"] == "lists of the authors"
    assert arrays["vocabulary"] == ["<NULL>", "<START>", "<END>", "<UNK>", "1", "a", "dog",
                                    "dogs", "number", "past", "run", "runs", "trees", "two"]
    assert arrays["train_files"] == NAMES[:7] and arrays["dev_files"] == NAMES[7:10]
    assert "test_captions" not in arrays
    assert arrays["dev_captions"].dtype == np.uint16 and arrays["dev_captions"].shape == (6, 26)
    assert arrays["dev_captions"][0, :7].tolist() == [1, 5, 6, 8, 3, 11, 2]
    assert arrays["dev_image_idxs"].tolist() == [0, 0, 1, 1, 2, 2]
    assert arrays["dev_sentences"][0] == "a dog number 7 runs"
    assert arrays["train_features"].shape == (7, 1280)
    assert arrays["train_grid"].shape == (7, 7, 7, 320)
    for split in ("train", "dev"):
        for k, name in enumerate(arrays[f"{split}_files"]):
            vector, grid = fake_features(folder / inside / "Flicker8k_Dataset" / name)
            np.testing.assert_array_equal(arrays[f"{split}_features"][k], vector)
            np.testing.assert_array_equal(arrays[f"{split}_grid"][k], grid)
    assert not list(tmp_path.glob("*.partial"))


def test_the_mirror_and_its_splits(tmp_path, quick):
    splits, origin = read_flickr8k(mirror_folder(tmp_path / "m"))
    for split, remainders in (("test", {0}), ("dev", {1}), ("train", set(range(2, 8)))):
        names = [photograph.path.name for photograph in splits.get(split, [])]
        assert names == [n for n in NAMES if zlib.crc32(n.encode()) % 8 in remainders]
    assert "CRC-32" in origin
    assert splits["train"][0].captions == captions(splits["train"][0].path.name)
    prepare_flickr8k(tmp_path / "m", tmp_path / "m.h5")
    assert len(quick) == len(NAMES)


def test_both_layouts_say_the_same(tmp_path):
    mirror = mirror_folder(tmp_path / "m")
    authors = authors_folder(tmp_path / "a", splits=("train", "dev", "test"))
    for split in SPLITS:
        name = f"Flickr_8k.{split}Images.txt"
        (mirror / name).write_bytes((authors / "Flickr8k_text" / name).read_bytes())
    ours, theirs = (read_flickr8k(folder)[0] for folder in (mirror, authors))
    assert {s: [(p.path.name, p.captions) for p in ps] for s, ps in ours.items()} == {
        s: [(p.path.name, p.captions) for p in ps] for s, ps in theirs.items()}
    assert list(ours) == ["train", "dev", "test"]


def test_without_a_train_split_the_words_come_from_all(tmp_path, quick):
    prepare_flickr8k(authors_folder(tmp_path / "f", splits=["dev"]), tmp_path / "f.h5",
                     min_count=3)
    assert "dogs" in read_dataset(tmp_path / "f.h5", ["vocabulary"])[0]["vocabulary"]


@pytest.mark.parametrize("after", [1, 5])
def test_interrupted_and_continued_is_the_same_file(tmp_path, quick, monkeypatch, after):
    folder = authors_folder(tmp_path / "f")
    prepare_flickr8k(folder, tmp_path / "whole.h5")

    def ctrl_c(iterable, *_):
        for k, item in enumerate(iterable):
            if k == after:
                raise KeyboardInterrupt
            yield item

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(preparing, "bar", ctrl_c)
        prepare_flickr8k(folder, tmp_path / "f.h5")
    assert not (tmp_path / "f.h5").exists()
    quick.clear()
    prepare_flickr8k(folder, tmp_path / "f.h5")
    assert quick == [*NAMES[after:10]]
    assert (tmp_path / "f.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"f", "f.h5", "whole.h5"}


def test_a_damaged_row_or_another_photograph_is_done_again(tmp_path, quick):
    folder = authors_folder(tmp_path / "f")
    whole, out = tmp_path / "whole.h5", tmp_path / "f.h5"
    prepare_flickr8k(folder, whole)
    photographs = [p for split in read_flickr8k(folder)[0].values() for p in split]
    partial = tmp_path / "f.h5.partial"
    encoder = preparing._weights_hash()
    preparing._encode_all(photographs, partial, encoder, 1)
    data = bytearray(partial.read_bytes())
    data[2 * preparing.ROW.itemsize + 99] ^= 1
    partial.write_bytes(data[:-5])
    photographs[5].path.write_bytes(photographs[5].path.read_bytes() + b" ")
    quick.clear()
    prepare_flickr8k(folder, out)
    assert quick == [NAMES[2], NAMES[5], NAMES[9]]
    assert out.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("where", ["row", "final"])
def test_full_disk_leaves_nothing_under_the_final_name(tmp_path, quick, monkeypatch, where):
    folder, out = authors_folder(tmp_path / "f"), tmp_path / "f.h5"
    out.write_bytes(b"what was there before")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OSError, match=r"f\.h5: the disk is full"):
        patch.setattr(preparing, "_row" if where == "row" else "_copy_rows", full)
        prepare_flickr8k(folder, out)
    assert out.read_bytes() == b"what was there before"
    assert {p.name for p in tmp_path.iterdir()} <= {"f", "f.h5", "f.h5.partial"}
    prepare_flickr8k(folder, out)
    assert read_dataset(out, ["dev_files"])[0]["dev_files"] == NAMES[7:10]


def test_all_broken_photographs_are_named(tmp_path, quick):
    folder, out = authors_folder(tmp_path / "f"), tmp_path / "f.h5"
    whole = (folder / "Flicker8k_Dataset" / NAMES[3]).read_bytes()
    for k in (3, 8):
        (folder / "Flicker8k_Dataset" / NAMES[k]).write_bytes(whole[:len(whole) // 2])
    with pytest.raises(OSError, match="2 photographs that cannot be read") as caught:
        prepare_flickr8k(folder, out)
    assert all(NAMES[k] in str(caught.value) for k in (3, 8)) and NAMES[4] not in str(caught.value)
    assert not out.exists()
    quick.clear()
    for k in (3, 8):
        (folder / "Flicker8k_Dataset" / NAMES[k]).write_bytes(whole)
    prepare_flickr8k(folder, out)
    assert quick == [NAMES[3], NAMES[8]] and out.exists()


def test_everything_missing_is_named(tmp_path, quick):
    folder = authors_folder(tmp_path / "f")
    (folder / "Flicker8k_Dataset" / NAMES[1]).unlink()
    token = folder / "Flickr8k_text" / "Flickr8k.token.txt"
    lines = [line for line in token.read_text().splitlines() if NAMES[8] not in line]
    token.write_text("\n".join(lines).replace("A dog , number 4 runs .", " . ") + "\n")
    with pytest.raises(OSError, match="3 things missing") as caught:
        prepare_flickr8k(folder, tmp_path / "f.h5")
    for line in (f"{NAMES[1]}: no such photograph", f"{NAMES[8]}: no caption",
                 f"{NAMES[4]}: caption 1 has no words"):
        assert line in str(caught.value)
    assert not quick and not list(tmp_path.glob("f.h5*"))


def test_a_folder_without_its_photographs(tmp_path, monkeypatch):
    folder = authors_folder(tmp_path / "f")
    (folder / "Flicker8k_Dataset").rename(tmp_path / "elsewhere")
    monkeypatch.setattr(preparing, "LISTED", 4)
    with pytest.raises(OSError, match="10 things missing") as caught:
        read_flickr8k(folder)
    assert str(caught.value).count("no such photograph") == 4
    assert str(caught.value).endswith("and 6 more")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    assert len(read_flickr8k(folder)[0]["train"]) == 7


def test_a_photograph_of_the_mirror_without_caption_is_named(tmp_path):
    folder = mirror_folder(tmp_path / "m")
    Image.new("RGB", (20, 20)).save(folder / "Images" / "lonely.jpg")
    with pytest.raises(OSError, match=r"lonely\.jpg: no caption"):
        read_flickr8k(folder)


@pytest.mark.parametrize(("name", "text", "wanted"), [
    ("Flickr8k.token.txt", "a.jpg#0 A dog .\n", r"token\.txt: line 1 is 'a\.jpg#0 A dog \.'"),
    ("captions.txt", "picture|words\n", r"captions\.txt: begins with 'picture\|words'"),
    ("captions.txt", "image,caption\na.jpg,A dog , wet .\n", "line 2 has 3 columns; wanted 2"),
    ("captions.txt", "image,caption\na.jpg,caf\xe9", "no text in UTF-8")])
def test_damaged_captions(tmp_path, name, text, wanted):
    (tmp_path / name).write_text(text, "latin-1")
    with pytest.raises(OSError, match=wanted):
        read_flickr8k(tmp_path)


def test_empty_and_missing_folders(tmp_path):
    with pytest.raises(OSError, match="no captions; wanted Flickr8k.token.txt or captions.txt"):
        prepare_flickr8k(tmp_path, tmp_path / "f.h5")
    with pytest.raises(OSError, match="nowhere: no such folder"):
        prepare_flickr8k(tmp_path / "nowhere", tmp_path / "f.h5")


def test_an_empty_list_and_no_process(tmp_path):
    folder = authors_folder(tmp_path / "f")
    (folder / "Flickr8k_text" / "Flickr_8k.testImages.txt").write_text("\n")
    with pytest.raises(OSError, match=r"testImages\.txt: no names"):
        read_flickr8k(folder)
    with pytest.raises(ValueError, match="workers is 0; wanted at least 1"):
        prepare({}, tmp_path / "f.h5", {}, workers=0)


def test_a_long_caption_keeps_its_end(tmp_path, quick):
    photographs(tmp_path / "p", NAMES[:1])
    long = " ".join(["dog"] * 40)
    prepare({"train": [Photograph(tmp_path / "p" / NAMES[0], [long])]}, tmp_path / "f.h5", {})
    arrays, _ = read_dataset(tmp_path / "f.h5", ["train_captions", "train_sentences"])
    assert arrays["train_captions"].tolist() == [[1, *[4] * 24, 2]]
    assert arrays["train_sentences"] == [long]


def test_the_number_of_processes_changes_no_bit(tmp_path):
    folder = authors_folder(tmp_path / "f", splits=["dev"])
    for workers in (1, 2):
        prepare_flickr8k(folder, tmp_path / f"{workers}.h5", workers)
    assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "2.h5").read_bytes()
    vector, grid = preparing.features(folder / "Flicker8k_Dataset" / NAMES[8])
    arrays, _ = read_dataset(tmp_path / "1.h5", ["dev_features", "dev_grid"])
    np.testing.assert_allclose(arrays["dev_features"][1], vector, rtol=2e-3, atol=1e-3)
    np.testing.assert_allclose(arrays["dev_grid"][1], grid, rtol=2e-3, atol=1e-3)
