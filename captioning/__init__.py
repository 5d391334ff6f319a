"""Image captioning with recurrent networks, from nothing but NumPy.

The chapters of the book show the source of this package; each module says which.
"""

from captioning.captioner import Captioner, FeatureScale, load_captioner, save_captioner
from captioning.dataset import load_coco_data, sample_coco_minibatch
from captioning.decoding import greedy
from captioning.gradcheck import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    gradient_error,
    rel_error,
)
from captioning.layers import (
    affine_backward,
    affine_forward,
    dropout_backward,
    dropout_forward,
    log_softmax,
    temporal_affine_backward,
    temporal_affine_forward,
    temporal_softmax_loss,
    word_embedding_backward,
    word_embedding_forward,
)
from captioning.lstm import lstm_backward, lstm_forward, lstm_step_backward, lstm_step_forward
from captioning.metrics import bleu, cider_d
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm, momentum, rmsprop, sgd, sgd_momentum
from captioning.rnn import rnn_backward, rnn_forward, rnn_step_backward, rnn_step_forward
from captioning.training import CaptioningSolver
from captioning.vocabulary import build_vocabulary, decode_captions, encode, tokenize

__all__ = [
    "Captioner", "CaptioningRNN", "CaptioningSolver", "FeatureScale", "adam", "affine_backward",
    "affine_forward", "bleu", "build_vocabulary", "cider_d", "clip_by_global_norm",
    "decode_captions",
    "dropout_backward", "dropout_forward", "encode", "eval_numerical_gradient",
    "eval_numerical_gradient_array", "gradient_error", "greedy", "load_captioner",
    "load_coco_data", "log_softmax", "lstm_backward", "lstm_forward", "lstm_step_backward",
    "lstm_step_forward", "momentum", "rel_error", "rmsprop", "rnn_backward", "rnn_forward",
    "rnn_step_backward", "rnn_step_forward", "sample_coco_minibatch", "save_captioner", "sgd",
    "sgd_momentum", "temporal_affine_backward", "temporal_affine_forward",
    "temporal_softmax_loss", "tokenize", "word_embedding_backward", "word_embedding_forward",
]
