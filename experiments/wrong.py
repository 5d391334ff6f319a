"""Break a captioner in every way of chapter 19, and hold each fault against every test.

`python -m experiments.wrong` trains them on the scenes and writes data/logs/wrong.json: readings,
which tests fire, losses, and what is said of the hero. Some minutes.
"""

from dataclasses import replace

import numpy as np

from captioning.captioner import UNSAID, Captioner, load_captioner
from captioning.dataset import load_coco_data, sample_coco_minibatch
from captioning.decoding import greedy
from captioning.diagnose import TESTS, Case, diagnose, preparation
from captioning.diagnose import breaking as b
from captioning.diagnose.pictures import furthest, stray
from captioning.encoder import load_eye
from captioning.evaluation import evaluate, references_of
from captioning.files import data_path
from captioning.logs import read_log, write_log
from captioning.metrics import bleu
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm, sgd
from captioning.progress import bar
from captioning.scenes import draw_batch, scenes_from, truth
from captioning.vocabulary import plain_sentence
from experiments.common import update, with_scaled_features

SIZES = {"wordvec_dim": 64, "hidden_dim": 128}
STEPS, BATCH, RATE, NORM = 1000, 50, 3e-3, 5.0
PREPARED = 300  # scenes
DRAWS, DRAWN = 2000, (25, 100, 300)
PREPARATIONS = {
    "as trained": lambda images: images, "half as bright": lambda images: images // 2,
    "red and blue exchanged": lambda images: images[..., ::-1],
    "mirrored": lambda images: images[:, :, ::-1],
    "upside down": lambda images: images[:, ::-1]}


def learn(model, data, steps=STEPS, rule=adam, rate=RATE, norm=NORM, held=None):
    """Train in place; return the log. The update rule is not told of the word vectors ``held``."""
    log, rng, first = [], np.random.default_rng(1), model.params["W_embed"]
    configs = {name: {"learning_rate": rate} for name in model.params}
    for step in range(steps):
        captions, features, _ = sample_coco_minibatch(data, BATCH, rng=rng)
        loss, grads = model.loss(features, captions)
        grads, length = clip_by_global_norm(grads, norm)
        log.append({"step": step, "loss": loss, "gradient_norm": length})
        with np.errstate(over="ignore", invalid="ignore"):
            update(model, grads, rule, configs)
        if held:
            model.params["W_embed"][held] = first[held]
        if not np.isfinite(loss):
            break
    return log


def trained(data, kind=CaptioningRNN, sizes=SIZES, start=None, shown=None, **settings):
    """Train a network and return it as a case.

    ``start`` are parameters to begin with; ``shown`` are arrays that stand in for those of
    ``data`` while it learns, and only then; ``settings`` are those of `learn`.
    """
    scaled, scale = with_scaled_features(data)
    model = kind(data["word_to_idx"], data["train_features"].shape[1], **sizes,
                 rng=np.random.default_rng(0))
    model.params |= start or {}
    first = dict(model.params)
    log = learn(model, scaled | (shown or {}), **settings)
    clip = settings.get("norm", NORM)
    captioner = Captioner(model, data["idx_to_word"], scale, data["meta"]["encoder"])
    return scored(of_kind(Case(captioner, data, "val", log, first, clip=clip), kind))


def speaks(case):
    """Whether a network consists of numbers."""
    return all(np.isfinite(value).all() for value in case.captioner.model.params.values())


def scored(case):
    """Write down what a captioner is worth, if it can speak at all."""
    if not speaks(case):
        return case
    return replace(case, scores=evaluate(case.captioner, case.data, "val"))


def of_kind(case, kind):
    """The same parameters in a new network of a class."""
    return replace(case, captioner=case.captioner._replace(
        model=b.like(case.captioner.model, kind)))


def no_end(data):
    """Padding in place of every ``<END>``."""
    captions = data["train_captions"].copy()
    captions[captions == data["word_to_idx"]["<END>"]] = data["word_to_idx"]["<NULL>"]
    return data | {"train_captions": captions}


def stale_words(case):
    """The words of another run: as many, and after the special ones in another order."""
    words = [*case.captioner.words[:4], *np.roll(case.captioner.words[4:], 1).tolist()]
    return replace(case, captioner=case.captioner._replace(words=words))


def one_vector(data):
    """Every picture has the vector of the first."""
    return data | {f"{split}_features": np.repeat(data[f"{split}_features"][:1], len(
        data[f"{split}_features"]), axis=0) for split in ("train", "val")}


def swapped_colours(case):
    """The validation pictures were read as blue, green, red."""
    pictures = draw_batch(scenes_from(case.data["val_scenes"]))[..., ::-1]
    return replace(case, data=case.data | {"val_features": load_eye().encode(pictures)[0]})


def shuffled(data):
    """Each caption goes with the picture of another."""
    owners = np.random.default_rng(2).permutation(data["train_image_idxs"])
    return {"train_image_idxs": owners}


def zeros(case):
    """Every parameter is 0."""
    return {name: np.zeros_like(value) for name, value in case.first.items()}


class NeverEnds(Captioner):
    """Forbids ``<END>`` together with the other special words."""

    def caption(self, features, max_length=30, beam=1):
        """Describe pictures, always with ``max_length`` words."""
        rows = greedy(self.model, self.scale.apply(features), max_length, (*UNSAID, "<END>"))
        return [plain_sentence(row, self.words) for row in rows]


def never_ends(case):
    """The same captioner, which may not say ``<END>``."""
    return scored(replace(case, captioner=NeverEnds(*case.captioner)))


def teacher_forced(case):
    """The judge heard each word said after the true words before it."""
    data, model = case.data, case.captioner.model
    rows = np.unique(data["val_image_idxs"], return_index=True)[1]  # a caption a picture
    captions = data["val_captions"][rows]
    features = case.captioner.scale.apply(data["val_features"])
    said = model.forward(features, captions[:, :-1])[0].argmax(axis=2)
    said[captions[:, 1:] == 0] = 0
    sentences = [plain_sentence(row, case.captioner.words) for row in said]
    scores = truth(sentences, scenes_from(data["val_scenes"]))
    scores["bleu_1"], *_, scores["bleu_4"] = map(
        float, bleu(sentences, references_of(data, "val"))[0])
    return replace(case, scores=scores)


# Name of each fault: the test that is to find it first, and what makes it of the data, the
# healthy case, and a function that trains.
FAULTS = {
    "NaN": ("finite", lambda data, case, train: train(
        data, kind=b.NaiveSoftmax, rule=sgd, rate=30.0, norm=np.inf)),
    "no <END> in the data": ("layout", lambda data, case, train: train(no_end(data))),
    "a stale word map": ("word map", lambda data, case, train: stale_words(case)),
    "one picture for all": ("one picture", lambda data, case, train: train(one_vector(data))),
    "features prepared otherwise": (
        "preparation", lambda data, case, train: swapped_colours(case)),
    "not shifted": ("echo", lambda data, case, train: train(data, kind=b.Unshifted)),
    "a mask one place late": ("asked", lambda data, case, train: train(data, kind=b.LateMask)),
    "a mask one place early": ("asked", lambda data, case, train: train(data, kind=b.EarlyMask)),
    "a stale buffer": ("buffers", lambda data, case, train: train(data, kind=b.StaleRows)),
    "a wrong gradient": ("gradient", lambda data, case, train: train(data, kind=b.Transposed)),
    "exploding gradients": ("norms", lambda data, case, train: train(
        data, rule=sgd, rate=.3, norm=np.inf)),
    "rows that never train": ("moved", lambda data, case, train: train(
        data, held=np.s_[len(data["idx_to_word"]) // 2:])),
    "all zeros to begin with": ("moved", lambda data, case, train: train(
        data, start=zeros(case))),
    "a rate far too low": ("level", lambda data, case, train: train(data, rate=3e-5)),
    "captions of other pictures": ("sight", lambda data, case, train: train(
        data, shown=shuffled(data))),
    "a state that is dropped": ("one voice", lambda data, case, train: scored(
        of_kind(case, b.Forgetful))),
    "<END> forbidden": ("ending", lambda data, case, train: never_ends(case)),
    "a teacher-forced judge": ("score", lambda data, case, train: teacher_forced(case)),
}


def report(case, hero):
    """Readings, faults, losses and sentences of a case."""
    findings, captioner = diagnose(case), case.captioner
    losses = [entry["loss"] for entry in case.log]
    return {"fires": [f.name for f in findings if f.healthy is False],
            "findings": [each._asdict() for each in findings], "steps": len(losses),
            "loss": [float(f"{x:.5g}") for x in losses[::10] if np.isfinite(x)],
            "last": float(f"{np.mean(losses[-100:]):.5g}") if np.isfinite(losses[-1]) else None,
            "scores": {name: round(float(value), 4) for name, value in (case.scores or {}).items()
                       if name in ("truth", "bleu_1", "bleu_4", "distinct")},
            "hero": captioner.caption(hero)[0] if speaks(case) else None}


def otherwise(data):
    """Prepare scenes otherwise: how far the features stray, and what the truth suffers."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"))
    scenes, eye = scenes_from(data["val_scenes"][:PREPARED]), load_eye()
    images, found = draw_batch(scenes), {}
    for name, change in PREPARATIONS.items():
        features = eye.encode(np.ascontiguousarray(change(images)))[0]
        case = Case(captioner, data | {"val_features": features}, "val")
        found[name] = {"reading": round(preparation(case).reading, 4),
                       "truth": round(truth(captioner.caption(features), scenes)["truth"], 4)}
    return {"pictures": PREPARED, "limit": round(preparation(case).limit, 4), "found": found,
            "healthy draws": healthy_draws(Case(captioner, data, "val"))}


def healthy_draws(case, splits=("train", "val")):
    """Draw pictures that were prepared well, and count how often their mean strays too far.

    Returns the alarms of all draws, and the farthest as a share of the limit, by split and number,
    and along how many independent directions features vary.
    """
    rng, found = np.random.default_rng(0), {}
    covariance = np.cov(case.captioner.scale.apply(case.data["train_features"]).T)
    found["directions"] = round(np.trace(covariance)**2 / np.square(covariance).sum(), 1)
    for split in splits:
        scaled = case.captioner.scale.apply(case.data[f"{split}_features"]).astype(float)
        for number in DRAWN:
            shares = np.array([stray(scaled[rng.choice(len(scaled), number, replace=False)])
                               for _ in range(DRAWS)]) / furthest(number)
            found[f"{number} of {split}"] = {"draws": DRAWS, "alarms": int((shares > 1).sum()),
                                             "farthest": round(shares.max(), 4)}
    return found


def main():
    """Break, diagnose, write the log."""
    data = load_coco_data(data_path("scenes.h5"))
    hero = np.array(read_log("hero")["vector"], dtype=np.float32)[None]
    healthy = trained(data)
    result = {"tests": [test.__name__.replace("_", " ") for test in TESTS], "steps": STEPS,
              "healthy": report(healthy, hero), "faults": {
                  name: {"test": test} | report(make(data, healthy, trained), hero)
                  for name, (test, make) in bar(FAULTS.items(), "faults")},
              "preparations": otherwise(data)}
    write_log("wrong", result, "python -m experiments.wrong", 0)


if __name__ == "__main__":
    main()
