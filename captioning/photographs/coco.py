"""COCO as its authors distribute it, read into photographs and captions (chapter 17, Photographs).

A file of annotations for each split, ``captions_train2017.json`` and ``captions_val2017.json``
(or of 2014), and folders of photographs. The captions of the official test split are not public.
Folders may be nested in any way: files are found by their names.

Source: Lin et al., "Microsoft COCO: Common Objects in Context", 2014.
"""

import json
import re

from captioning.photographs.finding import files_under
from captioning.photographs.preparing import MIN_COUNT, Photograph, complain, prepare
from captioning.vocabulary import tokenize

ANNOTATIONS = re.compile(r"captions_(train|val)(\d*)\.json")


def prepare_coco(folder, out, workers=1, min_count=MIN_COUNT):
    """Make a data set of COCO: `read_coco`, then `captioning.photographs.prepare`.

    Parameters
    ----------
    folder : path-like
    out : path-like
        The HDF5 file to write.
    workers, min_count : int
        As in `captioning.photographs.prepare`.

    Returns
    -------
    dict
        What the file says of itself.

    Raises
    ------
    OSError
        The folder lacks something, annotations are damaged, or photographs cannot be read.
    """
    splits, origin = read_coco(folder)
    return prepare(splits, out, {"source": "COCO", "splits": origin}, workers, min_count)


def read_coco(folder):
    """Find photographs and captions.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    splits : dict of str to list of Photograph
        ``"train"`` and ``"val"``, or the one that is there, in the order of the annotations.
    origin : str
        The names of the annotations.

    Raises
    ------
    OSError
        See `prepare_coco`.
    """
    files = files_under(folder, "COCO's")
    annotations = _annotations(folder, files)
    captions = {split: _captions(files[name]) for split, name in annotations.items()}
    wanted = [(name, said) for split in captions.values() for name, said in split.items()]
    complain("things missing", [f"{name}: no such photograph" for name, _ in wanted
                                if name not in files]
             + [f"{name}: no caption" for name, said in wanted if not said]
             + [f"{name}: caption {k + 1} has no words" for name, said in wanted
                for k, caption in enumerate(said) if not tokenize(caption)])
    return {split: [Photograph(files[name], said) for name, said in photographs.items()]
            for split, photographs in captions.items()}, " ".join(annotations.values())


def _annotations(folder, files):
    """Name of the annotations of each split; of one year, or nobody could say which is meant."""
    found = sorted(filter(ANNOTATIONS.fullmatch, files))
    splits = [ANNOTATIONS.fullmatch(name)[1] for name in found]
    if not found:
        raise OSError(f"{folder}: no captions; wanted captions_train2017.json, "
                      "captions_val2017.json or those of 2014 in it")
    if len(set(splits)) < len(splits):
        raise OSError(f"{folder}: holds {', '.join(found)}; wanted one for each split")
    return dict(zip(splits, found, strict=True))


def _captions(path):
    """All captions by the name of their photograph, in the order of the file's photographs."""
    try:
        content = json.loads(path.read_text("utf-8"))
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        captions = {name: [] for name in names.values()}
        for entry in content["annotations"]:
            captions[names[entry["image_id"]]].append(str(entry["caption"]))
    except (ValueError, KeyError, TypeError) as error:
        raise OSError(f"{path}: no captions in the form of COCO "
                      f"({type(error).__name__}: {error})") from None
    return captions
