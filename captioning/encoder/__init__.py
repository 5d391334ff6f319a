"""Pictures as numbers: the book's own eye for scenes, EfficientNet-Lite0 for photographs."""

from captioning.encoder.convolution import (
    conv_backward,
    conv_forward,
    relu_backward,
    relu_forward,
)
from captioning.encoder.efficientnet import EfficientNetLite0
from captioning.encoder.eye import Eye, load_eye

__all__ = ["EfficientNetLite0", "Eye", "conv_backward", "conv_forward", "load_eye",
           "relu_backward", "relu_forward"]
