"""Image captioning with recurrent networks, from nothing but NumPy.

The chapters of the book show the source of this package; each module says which.
"""

from captioning.captioner import Captioner, FeatureScale, load_captioner, save_captioner
from captioning.dataset import load_coco_data, sample_coco_minibatch
from captioning.decoding import (
    Ensemble,
    beam_search,
    greedy,
    log_probabilities,
    nucleus,
    sample_captions,
    temper,
    top_k,
)
from captioning.encoder import (
    EfficientNetLite0,
    conv_backward,
    conv_forward,
    load_eye,
    relu_backward,
    relu_forward,
)
from captioning.evaluation import evaluate
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
from captioning.metrics import bleu, cider_d, perplexity, rouge_l
from captioning.model import CaptioningRNN
from captioning.optim import adam, clip_by_global_norm, momentum, rmsprop, sgd, sgd_momentum
from captioning.photographs import (
    load_photograph,
    prepare_coco,
    prepare_features,
    prepare_flickr8k,
    prepare_photographs,
)
from captioning.pytorch import from_pytorch, to_pytorch
from captioning.rnn import rnn_backward, rnn_forward, rnn_step_backward, rnn_step_forward
from captioning.scenes import judge, truth
from captioning.training import CaptioningSolver
from captioning.vocabulary import build_vocabulary, decode_captions, encode, tokenize

__all__ = [
    "Captioner", "CaptioningRNN", "CaptioningSolver", "EfficientNetLite0", "Ensemble",
    "FeatureScale", "adam", "affine_backward", "affine_forward", "beam_search", "bleu",
    "build_vocabulary", "cider_d", "clip_by_global_norm", "conv_backward", "conv_forward",
    "decode_captions", "dropout_backward", "dropout_forward", "encode",
    "eval_numerical_gradient", "eval_numerical_gradient_array", "evaluate", "from_pytorch",
    "gradient_error", "greedy", "judge", "load_captioner", "load_coco_data", "load_eye",
    "load_photograph", "log_probabilities", "log_softmax", "lstm_backward", "lstm_forward",
    "lstm_step_backward", "lstm_step_forward", "momentum", "nucleus", "perplexity",
    "prepare_coco", "prepare_features", "prepare_flickr8k", "prepare_photographs", "rel_error",
    "relu_backward", "relu_forward", "rmsprop", "rnn_backward", "rnn_forward",
    "rnn_step_backward", "rnn_step_forward", "rouge_l", "sample_captions",
    "sample_coco_minibatch", "save_captioner", "sgd", "sgd_momentum", "temper",
    "temporal_affine_backward", "temporal_affine_forward", "temporal_softmax_loss",
    "to_pytorch", "tokenize", "top_k", "truth", "word_embedding_backward",
    "word_embedding_forward",
]
