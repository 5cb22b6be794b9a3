"""Dialogues as token ids; in a clip's place stands what its embeddings are to say, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from gpt4video.model.prompt import PromptEncoder
from gpt4video.shapes.dialogues import (
    WATCHING,
    Dialogue,
    SafetyTexts,
    as_messages,
    random_scene,
    sample_dialogue,
    shown_scenes,
    some_forgotten,
)
from gpt4video.shapes.telling import EMBEDDINGS, WORDS, tell
from gpt4video.shapes.world import Scene

OTHER_WEIGHT: Final = 0.2
"""How much the words of the user count in the loss, where the assistant's count 1."""
OTHER_SHARE: Final = 0.2
"""The share of the rows in which they count at all: every word that counts costs time."""
FIRST_FAMILIES: Final = (
    "colour", "shape", "size", "motion", "count", "background", "description",
)  # fmt: skip
"""What is asked about at first."""
VERDICT_FAMILIES: Final = ("existence", "whether", "ground", "anything")
"""What is answered with yes or no: it takes the most practice."""
PAIR_FAMILIES: Final = ("bigger", "relation", "existence", "follow_up")
"""What takes two looks."""
TWO_CLIP_FAMILIES: Final = ("comparison", "colour", "shape", "motion", "background")
"""What is asked about two clips."""
REQUEST_FAMILIES: Final = ("make", "make_full", "edit", "small_talk", "outside")
"""What is asked for in the midst of a talk about clips."""
MADE_SHARE: Final = 0.85
"""The share of made clips that are shown again, as the assistant does."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One dialogue."""

    ids: list[int]
    weights: list[float]
    """How much each token counts in the loss: 0 on clips."""
    told: NDArray[np.float32]
    """[clips * EMBEDDINGS, words]: what stands in the place of the clips, see `telling.tell`."""


class RowEncoder:
    """Builds rows by the one function that answering uses too.

    Args:
        tokenizer: Of transformers, with `<|video|>` among its special tokens.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._encoder = PromptEncoder(tokenizer, tokens_per_clip=EMBEDDINGS)
        self.think_token_ids = self._encoder.think_token_ids

    def encode(
        self,
        dialogue: Dialogue,
        shown: Sequence[Sequence[Scene]],
        *,
        until: int | None = None,
        other_weight: float = OTHER_WEIGHT,
        forgotten: Collection[int] = (),
    ) -> Row:
        """A dialogue as one row.

        Args:
            dialogue: What is said.
            shown: The clips before each turn, see `shown_scenes`.
            until: End where the answer of this turn begins.
            other_weight: How much the user's words count.
            forgotten: Turns of which only the words are kept, see `as_messages`; their answers
                count like the user's words.
        """
        counts = [len(each) for each in shown]
        messages = as_messages(dialogue, clips=counts, until=until, forgotten=forgotten)
        encoded = self._encoder.encode(messages, add_generation_prompt=until is not None)
        weights = [1.0 if spoken else other_weight for spoken in encoded.labels_mask]
        for at, token in enumerate(encoded.input_ids):
            if token == self._encoder.video_token_id:
                weights[at] = 0.0
        scenes = [scene for each in shown for scene in each][: encoded.num_clips]
        told = [tell(scene) for scene in scenes]
        told.append(np.zeros((0, len(WORDS)), np.float32))
        return Row(ids=encoded.input_ids, weights=weights, told=np.concatenate(told))


def training_dialogue(rng: Random, texts: SafetyTexts | None, *, stage: int = 2) -> Dialogue:
    """One dialogue of the mixture of a stage.

    0: plain questions about one clip. Looking things up is learnt in minutes from them alone, and
    hardly at all from the whole mixture. 1: any question about one clip or two, most of them of the
    hard kinds. 2: everything, with safety-aligned turns and requests among them.
    """
    if stage == 0:
        return sample_dialogue(rng, [random_scene(rng)], turns=6, families=FIRST_FAMILIES)
    kind = rng.random()
    if stage == 1 or kind < 0.40:
        return _watching_dialogue(rng)
    if texts is not None and kind < 0.60:
        turns = rng.choice((2, 3, 4, 5))
        return sample_dialogue(rng, (), turns=turns, safety=texts, safety_share=1.0)
    if kind < 0.70:
        turns = rng.choice((1, 2, 3, 4, 5))
        return sample_dialogue(rng, (), turns=turns, safety=texts, safety_share=0.05)
    if kind < 0.80:
        families = (*REQUEST_FAMILIES, *FIRST_FAMILIES)
        return sample_dialogue(rng, [random_scene(rng)], turns=6, families=families)
    scenes = [random_scene(rng) for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 2, 3)))]
    turns = rng.choice((1, 4, 6, 8)) if len(scenes) == 1 else rng.choice((2, 4, 6, 9))
    return sample_dialogue(rng, scenes, turns=turns, safety=texts, safety_share=0.04)


def _watching_dialogue(rng: Random) -> Dialogue:
    """Many questions about one clip or two, most of them of the hard kinds."""
    kind = rng.random()
    if kind < 0.35:
        return sample_dialogue(rng, [random_scene(rng)], turns=8, families=VERDICT_FAMILIES)
    if kind < 0.65:
        scene = random_scene(rng, count=rng.choice((2, 2, 3)))
        return sample_dialogue(rng, [scene], turns=8, families=PAIR_FAMILIES)
    if kind < 0.85:
        count = 1 if rng.random() < 0.4 else None
        scenes = [random_scene(rng, count=count), random_scene(rng, count=count)]
        return sample_dialogue(rng, scenes, turns=6, families=TWO_CLIP_FAMILIES)
    return sample_dialogue(rng, [random_scene(rng)], turns=8, families=tuple(WATCHING))


def training_row(
    rng: Random, encoder: RowEncoder, texts: SafetyTexts | None, *, stage: int = 2
) -> Row:
    """One dialogue of the mixture as a row."""
    weight = OTHER_WEIGHT if rng.random() < OTHER_SHARE else 0.0
    dialogue = training_dialogue(rng, texts, stage=stage)
    shown = shown_scenes(rng, dialogue, made_share=MADE_SHARE)
    forgotten = some_forgotten(rng, dialogue)
    return encoder.encode(dialogue, shown, other_weight=weight, forgotten=forgotten)


@dataclass(frozen=True, kw_only=True)
class RowBatch:
    """Rows padded to one length."""

    ids: Tensor
    """[B, L]"""
    mask: Tensor
    """[B, L], 0 on padding."""
    weights: Tensor
    """[B, L], 0 on padding."""
    told: Tensor
    """[N, words], for the N places of clips in their order."""

    def to(self, device: str | torch.device) -> RowBatch:
        """The same batch on a device."""
        return RowBatch(**{each.name: getattr(self, each.name).to(device) for each in fields(self)})


def pad_rows(
    rows: Sequence[Row], *, pad_id: int, video_id: int, longest: int, left: bool = False
) -> RowBatch:
    """Rows cut to `longest` tokens and padded to the longest of them, at the end or the start."""
    length = min(longest, max(len(row.ids) for row in rows))
    ids = torch.full((len(rows), length), pad_id)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    weights = torch.zeros(len(rows), length)
    told: list[Tensor] = []
    for at, row in enumerate(rows):
        count = min(length, len(row.ids))
        place = slice(length - count, None) if left else slice(count)
        ids[at, place] = torch.tensor(row.ids[:count])
        mask[at, place] = 1
        weights[at, place] = torch.tensor(row.weights[:count])
        told.append(torch.from_numpy(row.told[: row.ids[:count].count(video_id)]))
    return RowBatch(ids=ids, mask=mask, weights=weights, told=torch.cat(told))


def row_embeddings(
    table: Tensor, batch: RowBatch, *, video_id: int, words: Tensor, noise: float = 0.0
) -> Tensor:
    """The input embeddings [B, L, D] of a batch, sums of words in the places of clips.

    Args:
        table: The language model's embeddings [V, D].
        batch: On the device of the table.
        video_id: The token that keeps a clip's places.
        words: Token ids of `telling.WORDS`.
        noise: Added to the sums, in deviations of the table: no abstractor says them exactly.
    """
    embedded = F.embedding(batch.ids, table)
    told = batch.told.to(table.dtype) @ table[words]
    if noise:
        told = told + noise * table.detach().std() * torch.randn_like(told)
    places = (batch.ids == video_id)[..., None]
    return embedded.masked_scatter(places, told.to(embedded.dtype))
