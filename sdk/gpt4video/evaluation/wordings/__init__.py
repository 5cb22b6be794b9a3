"""Wordings of the evaluation, written by hand and apart from the grammars of the training."""

from gpt4video.evaluation.wordings.surface import typed

__all__ = ["typed"]
