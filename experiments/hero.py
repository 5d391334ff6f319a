"""What happens inside the captioner as it describes the hero scene, and, blindfolded, reads that.

`python -m experiments.hero` writes data/logs/hero.json, from which chapter 1 draws.
"""

import numpy as np

from captioning.captioner import load_captioner
from captioning.encoder import load_eye
from captioning.encoder.eye import look_forward, pixels_to_numbers
from captioning.files import data_path
from captioning.logs import write_log
from captioning.scenes import HERO, draw_batch

MAPS = 3  # of each stage, those that vary most over the picture
UNITS = 24  # of each hidden state
TOP = 5


def shrinking_maps(picture, params):
    """The most varied maps after each of the first three convolutions, scaled to 0 .. 1."""
    _, _, caches = look_forward(pixels_to_numbers(picture), params)
    stages = []
    for _, relu_cache in caches[:3]:
        maps = np.maximum(relu_cache, 0)[0]  # (h, w, C)
        chosen = np.argsort(-maps.std(axis=(0, 1)))[:MAPS]
        stages.append([(maps[..., k] / maps[..., k].max()).round(2).tolist() for k in chosen])
    return stages


def speak(captioner, vector, words=None):
    """Say a caption, or read the given words; log each step's state and likeliest words.

    ``next`` is the probability of the word that the next step reads.
    """
    model, steps = captioner.model, []
    state = model.start(captioner.scale.apply(vector))
    first, word = state[0][0, :UNITS], "<START>"
    while word != "<END>":
        log_probs, state = model.step(np.array([model.word_to_idx[word]]), state)
        best = np.argsort(-log_probs[0])[:TOP]
        steps.append({"read": word, "state": state[0][0, :UNITS].round(3).tolist(),
                      "words": [captioner.words[k] for k in best],
                      "probabilities": np.exp(log_probs[0, best]).round(4).tolist()})
        word = words[len(steps) - 1] if words else captioner.words[best[0]]
        steps[-1]["next"] = round(float(np.exp(log_probs[0, model.word_to_idx[word]])), 4)
    return {"h0": first.round(3).tolist(), "steps": steps}


def main():
    """Look, speak with open eyes and with the mean picture, and write the log."""
    captioner, _ = load_captioner(data_path("scenes-lstm.npz"), np.float64)
    eye, picture = load_eye(), draw_batch([HERO])
    vector, _ = eye.encode(picture)
    seeing = speak(captioner, vector.astype(np.float64))
    said = [step["words"][0] for step in seeing["steps"]]
    write_log("hero", {"maps": shrinking_maps(picture, eye.params),
                       "vector": vector[0].round(3).tolist(), "seeing": seeing,
                       "blind": speak(captioner, captioner.scale.mean[None], said)},
              "python -m experiments.hero", 0)


if __name__ == "__main__":
    main()
