"""The embedded CLIP's recipe: frames with labelled patches, a run that resumes, and its check."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from gpt4video.loading import PRESETS
from gpt4video.model.encoder import FrameEncoder, load_clip_weights, vision_config_from
from gpt4video.shapes.clip import recipe
from gpt4video.shapes.clip.captions import background_index, region_index, region_phrases
from gpt4video.shapes.clip.check import check_clip
from gpt4video.shapes.world import BACKGROUNDS, COLOURS, SHAPES
from gpt4video.training.loop import run_steps

SHIPPED = PRESETS["shapes"] / "clip"
TINY: dict[str, Any] = {
    "embed_dim": 8,
    "vision_cfg": {"image_size": 64, "patch_size": 8, "width": 16, "layers": 1, "head_width": 8},
    "text_cfg": recipe.MODEL["text_cfg"] | {"width": 16, "heads": 2, "layers": 1},
}


class InterruptedRunError(Exception):
    """What a key press does to a run."""


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast.from_pretrained(SHIPPED)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tokenizer: PreTrainedTokenizerFast) -> None:
    """The recipe at a size for tests, saving after each step."""
    monkeypatch.setattr(recipe, "MODEL", TINY)
    monkeypatch.setattr(recipe, "train_tokenizer", lambda seed: tokenizer)
    monkeypatch.setattr(recipe, "run_steps", partial(run_steps, save_every_seconds=-1))


def weights_of(folder: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = load_file(folder / "open_clip_model.safetensors")
    return weights


@pytest.mark.usefixtures("tiny")
def test_an_interrupted_run_ends_as_if_it_had_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = recipe.train_clip(tmp_path / "whole", steps=3, batch=4)
    losses = recipe.contrastive_losses
    calls: Iterator[int] = iter(range(9))

    def failing(*arguments: Any) -> dict[str, Tensor]:
        if next(calls) == 2:
            raise InterruptedRunError
        return losses(*arguments)

    monkeypatch.setattr(recipe, "contrastive_losses", failing)
    with pytest.raises(InterruptedRunError):
        recipe.train_clip(tmp_path / "parts", steps=3, batch=4)
    resumed = recipe.train_clip(tmp_path / "parts", steps=3, batch=4)
    assert next(calls) == 4  # one more step, not three
    first, second = weights_of(whole), weights_of(resumed)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)

    encoder = FrameEncoder(vision_config_from(str(resumed), layer=-1, text_tower=True))
    load_clip_weights(encoder, str(resumed))
    assert all(each.dtype == torch.float16 for each in first.values() if each.is_floating_point())
    figures = check_clip(resumed, frames=30)
    assert figures["object named"] < 0.3  # three steps teach nothing: the check can tell


def test_the_shipped_clip_names_what_it_sees() -> None:
    figures = check_clip(SHIPPED, frames=60)
    assert figures["object named"] > 0.8
    assert figures["colour named"] > 0.9
    assert figures["shape named"] > 0.8
    assert figures["background named"] > 0.9
    assert figures["own caption nearest"] > 0.3
    assert max(figures.values()) <= 1.0


def test_frames_depend_on_their_seed_alone() -> None:
    one, again = (recipe.frame_batch(np.random.default_rng((5, 1)), 3) for _ in range(2))
    assert torch.equal(one.pixels, again.pixels)
    assert one.captions == again.captions
    assert torch.equal(one.patches, again.patches)


def test_labelled_patches_lie_within_the_frames_and_name_a_phrase() -> None:
    batch = recipe.frame_batch(np.random.default_rng(2), 24)
    assert batch.pixels.shape == (24, 3, 64, 64)
    assert len(batch.captions) == 24
    assert len(batch.patches) == len(batch.labels) > 24
    assert int(batch.patches[:, 0].max()) < 24
    assert int(batch.patches[:, 1].max()) < 64
    assert int(batch.labels.max()) < len(COLOURS) * len(SHAPES) + len(BACKGROUNDS)


def test_a_patch_labelled_with_a_colour_shows_it() -> None:
    """Red is the largest channel in the middle of patches labelled red, and blue in blue ones."""
    batch = recipe.frame_batch(np.random.default_rng(3), 60)
    mean = torch.tensor(recipe.VISION.mean).view(3, 1, 1)
    std = torch.tensor(recipe.VISION.std).view(3, 1, 1)
    pixels = batch.pixels * std + mean
    right: list[bool] = []
    for (frame, patch), label in zip(batch.patches.tolist(), batch.labels.tolist(), strict=True):
        colour = label // len(SHAPES)
        if colour >= len(COLOURS) or COLOURS[colour] not in ("red", "blue"):
            continue
        row, column = divmod(patch, 8)
        seen = pixels[frame, :, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8].mean((1, 2))
        right.append(int(seen.argmax()) == (0 if COLOURS[colour] == "red" else 2))
    assert len(right) > 10
    assert sum(right) / len(right) > 0.8  # rings and crosses leave room for the background


def test_every_kind_of_region_has_a_phrase_of_its_own() -> None:
    phrases = region_phrases(Random(0))
    assert len(set(phrases)) == len(phrases)
    assert "purple" in phrases[region_index("purple", "star")]
    assert phrases[background_index("white")].count("white") == 1
    assert background_index(BACKGROUNDS[-1]) == len(phrases) - 1


def test_long_captions_are_cut_so_that_their_end_is_told(
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    tokens = recipe.encode_texts(tokenizer, ["A Red Star", "a red star", "star " * 90])
    assert tokens.shape == (3, recipe.CONTEXT_LENGTH)
    assert torch.equal(tokens[0], tokens[1])
    assert tokens[2, -1] == recipe.MODEL["text_cfg"]["eos_id"]
    assert (tokens == recipe.MODEL["text_cfg"]["eos_id"]).sum(1).tolist() == [1, 1, 1]
