"""What the captioner says of photographs from outside its world (chapter 17, Photographs).

`python -m experiments.abroad` writes data/logs/abroad.json: the captions of six photographs that
scikit-image brings along, what the encoder's own classifier takes them for, the captioner's
thoughts word by word about the cat, and what it says of the cat prepared in other ways.
"""

from pathlib import Path

import numpy as np

from captioning.captioner import UNSAID, load_captioner
from captioning.encoder.efficientnet import EfficientNetLite0, class_names
from captioning.files import data_path
from captioning.logs import write_log
from captioning.photographs import load_photograph
from experiments.failures import VARIANTS, look, prepared

FILES = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png", "camera.png",
         "clock_motion.png")
TOP = 8
ASKED = ("cat", "dog")


def folder():
    """Where scikit-image keeps its photographs."""
    import skimage.data

    return Path(skimage.data.__file__).parent


def classes(network, vector):
    """The three likeliest classes of ImageNet, with their probabilities."""
    logits = network.logits(vector)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    names = class_names()
    return [[names[k], round(float(shares[k]), 3)] for k in np.argsort(-shares)[:3]]


def say(captioner, vector):
    """The greedy caption, and its narrowest margin between first and second word, in nats."""
    model, word, said, margin = captioner.model, "<START>", [], np.inf
    banned = [model.word_to_idx[name] for name in UNSAID]
    state = model.start(captioner.scale.apply(vector[None]))
    while word != "<END>" and len(said) < 30:
        log_probs, state = model.step(np.array([model.word_to_idx[word]]), state)
        log_probs[0, banned] = -np.inf
        first, second = np.argsort(-log_probs[0])[:2]
        margin = min(margin, log_probs[0, first] - log_probs[0, second])
        word = captioner.words[first]
        said.append(word)
    return " ".join(said).removesuffix(" <END>"), round(float(margin), 4)


def thoughts(captioner, vector, words):
    """The likeliest next words after given ones, and the place of those that are asked for."""
    model = captioner.model
    state = model.start(captioner.scale.apply(vector[None]))
    for word in ("<START>", *words):
        log_probs, state = model.step(np.array([model.word_to_idx[word]]), state)
    order = np.argsort(-log_probs[0])
    place = {word: int(np.flatnonzero(order == model.word_to_idx[word])[0]) + 1 for word in ASKED}
    p = np.exp(log_probs[0])
    return {"after": " ".join(words), "words": [captioner.words[k] for k in order[:TOP]],
            "probabilities": p[order[:TOP]].round(4).tolist(), "place": place,
            "asked": {word: round(float(p[model.word_to_idx[word]]), 4) for word in ASKED}}


def main():
    """Caption, ask, write the log."""
    captioner, _ = load_captioner(data_path("photographs.npz"), np.float64)
    network, result = EfficientNetLite0(), {"photographs": []}
    for name in FILES:
        vector = network.encode(load_photograph(folder() / name))[0]
        sentence, margin = say(captioner, vector)
        result["photographs"].append({"file": name, "sentence": sentence, "margin": margin,
                                      "classes": classes(network, vector)})
    cat = folder() / FILES[0]
    vector = network.encode(load_photograph(cat))[0]
    result["cat"] = [thoughts(captioner, vector, words) for words in ((), ("a",), ("a", "small"))]
    result["prepared"] = {}
    for variant in VARIANTS:
        vector = look(network, prepared(cat, variant))
        sentence, margin = say(captioner, vector)
        spread = float(captioner.scale.apply(vector[None]).std())
        result["prepared"][variant] = {"sentence": sentence, "margin": margin,
                                       "class": classes(network, vector)[0],
                                       "spread": round(spread, 3)}
    write_log("abroad", result, "python -m experiments.abroad", None)


if __name__ == "__main__":
    main()
