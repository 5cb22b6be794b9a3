"""Dialogues as token ids: a clip's place is taken by its caption in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import torch
from torch import Tensor

from gpt4video.model.prompt import PromptEncoder
from gpt4video.shapes.dialogues import (
    Dialogue,
    SafetyTexts,
    as_messages,
    caption,
    random_scene,
    sample_dialogue,
)

OTHER_WEIGHT: Final = 0.2
"""How much the words of the user count in the loss, where the assistant's count 1."""
OTHER_SHARE: Final = 0.2
"""The share of the rows in which they count at all: every word that counts costs time."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One dialogue."""

    ids: list[int]
    weights: list[float]
    """How much each token counts in the loss: 0 on captions, which nobody can foretell."""


class RowEncoder:
    """Builds rows by the one function that answering uses too.

    Args:
        tokenizer: Of transformers, with `<|video|>` among its special tokens.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._encoder = PromptEncoder(tokenizer, tokens_per_clip=1)

    def encode(
        self, dialogue: Dialogue, *, until: int | None = None, other_weight: float = OTHER_WEIGHT
    ) -> Row:
        """A dialogue as one row; with `until`, ending where the answer of that turn begins."""
        messages = as_messages(dialogue, until=until)
        encoded = self._encoder.encode(messages, add_generation_prompt=until is not None)
        captions = iter(dialogue.scenes)
        ids: list[int] = []
        weights: list[float] = []
        for token, spoken in zip(encoded.input_ids, encoded.labels_mask, strict=True):
            if token == self._encoder.video_token_id:
                words = self._encoder.plain_ids(f" {caption(next(captions))}\n")
                ids += words
                weights += [0.0] * len(words)
            else:
                ids.append(token)
                weights.append(1.0 if spoken else other_weight)
        return Row(ids=ids, weights=weights)


def training_dialogue(rng: Random, texts: SafetyTexts | None) -> Dialogue:
    """One dialogue of the mixture: about half with clips, near a third of the words on safety."""
    kind = rng.random()
    if texts is not None and kind < 0.38:
        turns = rng.choice((1, 1, 2, 3))
        return sample_dialogue(rng, (), turns=turns, safety=texts, safety_share=1.0)
    if kind < 0.60:
        turns = rng.choice((1, 2, 3, 4, 5))
        return sample_dialogue(rng, (), turns=turns, safety=texts, safety_share=0.05)
    clips = rng.choice((1, 1, 1, 1, 1, 2, 2, 3))
    scenes = [random_scene(rng) for _ in range(clips)]
    turns = rng.choice((1, 3, 4, 5, 6, 8)) if clips == 1 else rng.choice((2, 4, 5, 6, 9))
    return sample_dialogue(rng, scenes, turns=turns, safety=texts, safety_share=0.04)


def training_row(rng: Random, encoder: RowEncoder, texts: SafetyTexts | None) -> Row:
    """One dialogue of the mixture as a row."""
    weight = OTHER_WEIGHT if rng.random() < OTHER_SHARE else 0.0
    return encoder.encode(training_dialogue(rng, texts), other_weight=weight)


@dataclass(frozen=True, kw_only=True)
class RowBatch:
    """Rows padded on the right."""

    ids: Tensor
    """[B, L]"""
    mask: Tensor
    """[B, L], 0 on padding."""
    weights: Tensor
    """[B, L], 0 on padding."""


def pad_rows(rows: Sequence[Row], *, pad_id: int, longest: int) -> RowBatch:
    """Rows cut to `longest` tokens and padded to the longest of them."""
    length = min(longest, max(len(row.ids) for row in rows))
    ids = torch.full((len(rows), length), pad_id)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    weights = torch.zeros(len(rows), length)
    for at, row in enumerate(rows):
        count = min(length, len(row.ids))
        ids[at, :count] = torch.tensor(row.ids[:count])
        mask[at, :count] = 1
        weights[at, :count] = torch.tensor(row.weights[:count])
    return RowBatch(ids=ids, mask=mask, weights=weights)
