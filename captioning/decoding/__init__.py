"""Speaking: from a picture's features to a sentence (chapter 11).

Every decoder asks a model for two things only. ``start(features) -> state`` looks at the
pictures; ``step(words, state) -> log_probs, state`` reads the last word of each sentence and
gives the log-probability of every next one. A state is an array with a row for each sentence, or
a tuple of states. Decoders differ in how they choose from these.
"""

from captioning.decoding.beam import beam_search, best_of, extend
from captioning.decoding.choosing import drawn, likeliest, nucleus, temper, top_k
from captioning.decoding.ensemble import Ensemble, log_mean
from captioning.decoding.given import log_probabilities
from captioning.decoding.rules import SILENT, Rules, repeated
from captioning.decoding.speaking import greedy, sample_captions, speak

__all__ = ["SILENT", "Ensemble", "Rules", "beam_search", "best_of", "drawn", "extend", "greedy",
           "likeliest", "log_mean", "log_probabilities", "nucleus", "repeated", "sample_captions",
           "speak", "temper", "top_k"]
