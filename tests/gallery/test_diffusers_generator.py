"""Each family's tiny checkpoint, saved to a folder and run for real through the same code."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import LattePipeline, TextToVideoSDPipeline, WanPipeline
from tests.gallery.checkpoints import FAMILIES

from gpt4video_tools.gallery import (
    DiffusersVideoGenerator,
    GenerationCancelledError,
    GenerationError,
    VideoGenerator,
    VideoRequest,
    load_generator,
)
from gpt4video_tools.gallery.steps import watched_steps

Checkpoint = Callable[[str], Path]

FRAMES = {"zeroscope": 3, "latte": 4, "wan": 5}
"""A frame count that each tiny family can do."""

CLASSES = {"zeroscope": TextToVideoSDPipeline, "latte": LattePipeline, "wan": WanPipeline}


@pytest.fixture(params=sorted(FAMILIES))
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def generator(family: str, checkpoint: Checkpoint) -> DiffusersVideoGenerator:
    return load_generator(checkpoint(family))


def test_a_folder_gives_frames_of_the_size_that_was_asked(
    family: str, generator: VideoGenerator
) -> None:
    video = generator.generate(_request(family, fps=6))
    assert video.frames.shape == (FRAMES[family], 32, 48, 3)
    assert video.frames.dtype == np.uint8
    assert video.frames.std() > 0
    assert (video.fps, video.seed, video.generator) == (6, 5, family)
    assert video.notes == ()


def test_the_same_seed_gives_the_same_frames_and_another_seed_others(
    family: str, generator: VideoGenerator
) -> None:
    first = generator.generate(_request(family, seed=5))
    again = generator.generate(_request(family, seed=5))
    other = generator.generate(_request(family, seed=6))
    np.testing.assert_array_equal(first.frames, again.frames)
    assert not np.array_equal(first.frames, other.frames)


def test_another_prompt_gives_other_frames(family: str, generator: VideoGenerator) -> None:
    first = generator.generate(_request(family))
    other = generator.generate(_request(family, prompt="zzz"))
    assert not np.array_equal(first.frames, other.frames)


def test_the_negative_prompt_reaches_the_pipeline(family: str, generator: VideoGenerator) -> None:
    first = generator.generate(_request(family))
    other = generator.generate(_request(family, negative_prompt="bad"))
    assert not np.array_equal(first.frames, other.frames)


def test_a_drawn_seed_is_reported_and_gives_the_same_frames_again(
    family: str, generator: VideoGenerator
) -> None:
    drawn = generator.generate(_request(family, seed=None))
    again = generator.generate(_request(family, seed=drawn.seed))
    np.testing.assert_array_equal(drawn.frames, again.frames)


def test_progress_counts_every_step_once(family: str, generator: VideoGenerator) -> None:
    seen: list[tuple[int, int]] = []
    generator.generate(_request(family), on_progress=lambda *counts: seen.append(counts))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_a_cancelled_generation_stops_after_the_step_that_runs(
    family: str, generator: VideoGenerator
) -> None:
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        generator.generate(
            _request(family),
            on_progress=lambda step, total: seen.append(step),
            cancelled=lambda: bool(seen),
        )
    assert seen == [1]
    afterwards = generator.generate(_request(family))
    np.testing.assert_array_equal(afterwards.frames, generator.generate(_request(family)).frames)


def test_a_generation_cancelled_beforehand_makes_no_step(
    family: str, generator: VideoGenerator
) -> None:
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        generator.generate(
            _request(family),
            on_progress=lambda step, total: seen.append(step),
            cancelled=lambda: True,
        )
    assert seen == []


@pytest.mark.parametrize(("family", "made"), [("latte", 4), ("wan", 9)], indirect=["family"])
def test_frames_and_sizes_that_the_family_cannot_do_are_rounded_and_noted(
    family: str, made: int, generator: VideoGenerator
) -> None:
    video = generator.generate(_request(family, num_frames=7, height=30, width=50))
    assert video.frames.shape == (made, 32, 48, 3)
    assert len(video.notes) == 3


def test_sizes_of_zeroscope_go_in_eights(checkpoint: Checkpoint) -> None:
    video = load_generator(checkpoint("zeroscope")).generate(
        _request("zeroscope", num_frames=2, height=36, width=41)
    )
    assert video.frames.shape == (2, 40, 40, 3)


def test_broken_numbers_are_an_error_and_no_black_clip(family: str, checkpoint: Checkpoint) -> None:
    pipeline = CLASSES[family].from_pretrained(checkpoint(family))
    with torch.no_grad():
        next(pipeline.vae.decoder.parameters()).fill_(float("nan"))
    generator = DiffusersVideoGenerator(pipeline, name="broken")
    with pytest.raises(GenerationError, match="not finite"):
        generator.generate(_request(family))


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (torch.OutOfMemoryError("no more"), "out of memory"),
        (MemoryError(), "out of memory"),
        (RuntimeError("shapes differ"), "shapes differ"),
    ],
)
def test_an_error_of_the_library_becomes_ours_with_its_cause(
    cause: Exception, words: str, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = LattePipeline.from_pretrained(checkpoint("latte"))

    def broken(*_: Any, **__: Any) -> None:
        raise cause

    monkeypatch.setattr(pipeline, "decode_latents", broken)
    with pytest.raises(GenerationError, match=words) as caught:
        DiffusersVideoGenerator(pipeline, name="g").generate(_request("latte"))
    assert caught.value.__cause__ is cause
    assert not isinstance(caught.value, GenerationCancelledError)


def test_an_older_pipeline_without_callbacks_is_watched_through_its_scheduler(
    checkpoint: Checkpoint,
) -> None:
    pipeline = LattePipeline.from_pretrained(checkpoint("latte"))
    seen: list[tuple[int, int]] = []
    with watched_steps(pipeline, set(), lambda *c: seen.append(c), None, "g") as hooks:
        assert hooks == {}
        pipeline("a", video_length=4, height=32, width=32, num_inference_steps=2)
    assert seen == [(1, 2), (2, 2)]
    assert "step" not in vars(pipeline.scheduler), "the scheduler is as it was"


def test_one_generation_runs_at_a_time_and_who_waits_can_be_cancelled(
    checkpoint: Checkpoint,
) -> None:
    generator = load_generator(checkpoint("latte"))
    running, release = threading.Event(), threading.Event()

    def hold(step: int, total: int) -> None:
        running.set()
        assert release.wait(60)

    first = threading.Thread(
        target=generator.generate, args=(_request("latte"),), kwargs={"on_progress": hold}
    )
    first.start()
    assert running.wait(60)
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        generator.generate(
            _request("latte"),
            on_progress=lambda step, total: seen.append(step),
            cancelled=lambda: True,
        )
    assert seen == []
    release.set()
    first.join(60)
    assert generator.generate(_request("latte")).frames.size


def test_half_precision_on_disk_and_in_memory_is_a_choice(checkpoint: Checkpoint) -> None:
    generator = load_generator(checkpoint("wan"), dtype="bfloat16")
    assert generator.generate(_request("wan")).frames.shape == (5, 32, 48, 3)


def _request(family: str, **changes: Any) -> VideoRequest:
    values: dict[str, Any] = {
        "prompt": "a red circle",
        "num_frames": FRAMES[family],
        "height": 32,
        "width": 48,
        "num_inference_steps": 3,
        "guidance_scale": 4.0,
        "seed": 5,
    }
    return VideoRequest(**{**values, **changes})
