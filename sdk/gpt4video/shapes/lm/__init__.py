"""The embedded language model: its tokenizer, and the recipe that trains it from scratch on text."""

from gpt4video.shapes.lm._tokenizer import SPECIAL_TOKENS, train_tokenizer

__all__ = ["SPECIAL_TOKENS", "train_tokenizer"]
