"""The embedded language model: its tokenizer, and the recipe that trains it from scratch."""

from gpt4video.shapes.lm._check import Case, check_lm, family_cases, figures, safety_cases
from gpt4video.shapes.lm._recipe import export_lm, fresh_lm, train_lm
from gpt4video.shapes.lm._rows import (
    MADE_SHARE,
    PAIR_FAMILIES,
    REQUEST_FAMILIES,
    TWO_CLIP_FAMILIES,
    VERDICT_FAMILIES,
    RowEncoder,
    training_dialogue,
)
from gpt4video.shapes.lm._tokenizer import SPECIAL_TOKENS, corpus, train_tokenizer

__all__ = [
    "MADE_SHARE",
    "PAIR_FAMILIES",
    "REQUEST_FAMILIES",
    "SPECIAL_TOKENS",
    "TWO_CLIP_FAMILIES",
    "VERDICT_FAMILIES",
    "Case",
    "RowEncoder",
    "check_lm",
    "corpus",
    "export_lm",
    "family_cases",
    "figures",
    "fresh_lm",
    "safety_cases",
    "train_lm",
    "train_tokenizer",
    "training_dialogue",
]
