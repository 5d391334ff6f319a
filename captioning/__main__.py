"""The command line: ``python -m captioning VERB``.

    caption PHOTO...     say what is on photographs
    prepare flickr8k     turn a collection into a data set: flickr8k or coco, or one's own
                         photographs or features
    scenes               make the data set of drawn scenes again
    train, evaluate      a captioner from a data set, and its scores
    diagnose             find out what is wrong with a run

Each verb's ``--help`` explains it. Bad input ends with one line on stderr and exit status 2.
"""

import argparse
import json
import sys
from pathlib import Path

from captioning.files import data_path
from captioning.photographs.preparing import MIN_COUNT


def main(arguments=None):
    """Read the command line and do what it says; return the exit status."""
    given = build_parser().parse_args(arguments)
    try:
        return given.run(given) or 0
    except (ValueError, OSError, FloatingPointError) as error:
        print(f"captioning: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("captioning: interrupted; what was finished is kept", file=sys.stderr)
        return 130


def build_parser():
    """Describe the verbs and their arguments."""
    parser = argparse.ArgumentParser(prog="python -m captioning", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    _caption_verb(verbs)
    _prepare_verb(verbs)
    _scenes_verb(verbs)
    _train_verb(verbs)
    _evaluate_verb(verbs)
    _diagnose_verb(verbs)
    return parser


def _verb(verbs, name, run, text):
    verb = verbs.add_parser(name, help=text, description=text,
                            formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    verb.set_defaults(run=run)
    return verb


def _caption_verb(verbs):
    verb = _verb(verbs, "caption", caption, "say what is on photographs, a sentence a line")
    verb.add_argument("photos", nargs="+", metavar="PHOTO", help="a file that Pillow can read")
    verb.add_argument("--model", type=Path, default=data_path("photographs.npz"),
                      help="the captioner")
    verb.add_argument("--json", action="store_true", help="print an object with file and caption")
    _beam_option(verb)


def _beam_option(verb):
    verb.add_argument("--beam", type=int, default=1, metavar="K",
                      help="beginnings kept side by side; 1 is greedy")


def caption(given):
    """Print a sentence for each photograph."""
    from captioning.captioner import load_captioner
    from captioning.photographs import encoder_of

    captioner, _ = load_captioner(given.model)
    look = encoder_of(captioner.encoder)
    for photo in given.photos:
        (sentence,) = captioner.caption(look(photo)[None], beam=given.beam)
        if given.json:
            print(json.dumps({"file": photo, "caption": sentence}, ensure_ascii=False))
        else:
            print(f"{photo}: {sentence}" if len(given.photos) > 1 else sentence)


def _prepare_verb(verbs):
    verb = _verb(verbs, "prepare", prepare, "turn photographs, or features, into a data set")
    verb.add_argument("collection", choices=["flickr8k", "coco", "photographs", "features"],
                      help="flickr8k and coco as their authors lay them out; photographs and "
                      "features are your own")
    verb.add_argument("source", type=Path, help="the folder. For photographs: the files, and "
                      "train.csv, which begins with image,caption and has a line for each "
                      "caption; for features: train.npy with a row for each picture, and train.txt "
                      "with lines of a row's number, a tab and a caption; and the same for val")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE.h5")
    verb.add_argument("--workers", type=int, default=1, help="processes that encode photographs")
    verb.add_argument("--min-count", type=int, default=MIN_COUNT,
                      help="a word seen less often in the training captions is <UNK>")


def prepare(given):
    """Make a data set; an interrupted run over photographs goes on where it stopped."""
    from captioning import photographs

    if given.collection == "features":
        photographs.prepare_features(given.source, given.out, given.min_count)
        return
    make = {"flickr8k": photographs.prepare_flickr8k, "coco": photographs.prepare_coco,
            "photographs": photographs.prepare_photographs}
    make[given.collection](given.source, given.out, given.workers, given.min_count)


def _scenes_verb(verbs):
    verb = _verb(verbs, "scenes", scenes, "make the data set of drawn scenes again")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE.h5")
    verb.add_argument("--train", type=int, help="training scenes (as many as in the repository)")
    verb.add_argument("--seed", type=int, default=0)


def scenes(given):
    """Draw the scenes, say their captions, look at them and write it all."""
    from captioning.dataset import write_dataset
    from captioning.encoder import load_eye
    from captioning.scenes import SIZES, make_scenes, scene_arrays

    eye = load_eye()
    made = make_scenes({**SIZES, "train": given.train or SIZES["train"]}, given.seed)
    arrays = scene_arrays(made, lambda pictures: eye.encode(pictures)[0])
    write_dataset(given.out, arrays, {"encoder": "eye", "source": "drawn scenes, synthetic",
                                      "seed": given.seed})


def _train_verb(verbs):
    verb = _verb(verbs, "train", train, "train a captioner on a data set")
    verb.add_argument("--data", type=Path, required=True, metavar="FILE.h5")
    verb.add_argument("--out", type=Path, required=True, metavar="RUN/", help="the run's folder")
    verb.add_argument("--split", help="choose the best on this split (dev or val)")
    verb.add_argument("--cell", choices=["rnn", "lstm"], default="lstm")
    verb.add_argument("--wordvec-dim", type=int, default=256)
    verb.add_argument("--hidden-dim", type=int, default=512)
    verb.add_argument("--batch-size", type=int, default=128)
    verb.add_argument("--epochs", type=int, default=10)
    verb.add_argument("--max-steps", type=int, help="stop after so many steps")
    verb.add_argument("--learning-rate", type=float, default=1e-3)
    verb.add_argument("--lr-decay", type=float, default=0.85, help="factor after each epoch")
    verb.add_argument("--warmup-steps", type=int, default=100)
    verb.add_argument("--clip-norm", type=float, default=5.0)
    verb.add_argument("--dropout", type=float, default=0.0)
    verb.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    verb.add_argument("--seed", type=int, default=0)
    verb.add_argument("--resume", action="store_true", help="go on with the run in RUN/")


def train(given):
    """Train a captioner; the run's folder holds its settings, its log and its checkpoints."""
    from captioning.runs import Settings, train_run

    names = Settings._fields
    settings = Settings(**{name: getattr(given, name) for name in names if name != "data"},
                        data=str(given.data))
    best = train_run(settings, given.out, given.resume)
    print(json.dumps(best))


def _evaluate_verb(verbs):
    verb = _verb(verbs, "evaluate", evaluate, "score a captioner on a split, as JSON")
    verb.add_argument("model", type=Path, metavar="RUN/", help="a run's folder, or a captioner")
    verb.add_argument("--data", type=Path, required=True, metavar="FILE.h5")
    verb.add_argument("--split", required=True)
    _beam_option(verb)


def evaluate(given):
    """Print every score as JSON."""
    from captioning.captioner import load_captioner
    from captioning.dataset import load_coco_data
    from captioning.evaluation import evaluate as score

    path = given.model / "best.npz" if given.model.is_dir() else given.model
    captioner, _ = load_captioner(path)
    print(json.dumps(score(captioner, load_coco_data(given.data), given.split, given.beam)))


def _diagnose_verb(verbs):
    verb = _verb(verbs, "diagnose", diagnose, "make the tests of chapter 19 on a run; exit status "
                 "1 if one finds a fault")
    verb.add_argument("model", type=Path, metavar="RUN/", help="a run's folder, or a captioner")
    verb.add_argument("--data", type=Path, metavar="FILE.h5",
                      help="the data set; if left out, the one that it was trained on")
    verb.add_argument("--split", help="captions that it has not learnt from; if left out, those "
                      "on which the best was chosen")
    verb.add_argument("--json", action="store_true", help="print one object")


def diagnose(given):
    """Print what each test finds; return 1 if one finds a fault."""
    from captioning.diagnose import as_object, read_case, table
    from captioning.diagnose import diagnose as examine

    findings = examine(read_case(given.model, given.data, given.split))
    found = as_object(findings)
    print(json.dumps({"run": str(given.model), **found}, ensure_ascii=False) if given.json else
          table(findings))
    return 0 if found["healthy"] else 1


if __name__ == "__main__":
    sys.exit(main())
