"""Photographs: one as the encoder wants it, and whole collections as data sets (chapter 17)."""

from captioning.photographs.coco import prepare_coco, read_coco
from captioning.photographs.flickr8k import prepare_flickr8k, read_flickr8k
from captioning.photographs.loading import load_photograph
from captioning.photographs.looking import encoder_of
from captioning.photographs.own import prepare_features
from captioning.photographs.preparing import Photograph, prepare
from captioning.photographs.tables import prepare_photographs, read_photographs

__all__ = ["Photograph", "encoder_of", "load_photograph", "prepare", "prepare_coco",
           "prepare_features", "prepare_flickr8k", "prepare_photographs", "read_coco",
           "read_flickr8k", "read_photographs"]
