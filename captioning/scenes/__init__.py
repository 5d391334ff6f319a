"""Drawn scenes: pictures, captions and the truth about them (chapter 3, Pictures as numbers)."""

from captioning.scenes.drawing import SIDE, draw, draw_batch
from captioning.scenes.scene import (
    BACKGROUNDS,
    COLOURS,
    HELD_OUT_COLOURS,
    HELD_OUT_PLACES,
    KINDS,
    LAYOUTS,
    ROW_LENGTH,
    Group,
    Scene,
    from_row,
    is_novel,
    random_scene,
    random_scenes,
    to_row,
)

__all__ = [
    "BACKGROUNDS",
    "COLOURS",
    "Group",
    "HELD_OUT_COLOURS",
    "HELD_OUT_PLACES",
    "KINDS",
    "LAYOUTS",
    "ROW_LENGTH",
    "SIDE",
    "Scene",
    "draw",
    "draw_batch",
    "from_row",
    "is_novel",
    "random_scene",
    "random_scenes",
    "to_row",
]
