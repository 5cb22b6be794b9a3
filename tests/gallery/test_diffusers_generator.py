"""Each family's tiny checkpoint, saved to a folder and run for real through the same code."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import LattePipeline, WanPipeline
from tests.gallery.checkpoints import FAMILIES

from gpt4video_tools.gallery import (
    DiffusersVideoGenerator,
    GeneratedVideo,
    GenerationCancelledError,
    GenerationError,
    VideoRequest,
    load_generator,
)
from gpt4video_tools.gallery.steps import watched_steps

Checkpoint = Callable[[str], Path]
Loaded = Callable[[str], DiffusersVideoGenerator]

FRAMES = {
    "animatediff": 6,
    "cogvideox": 9,
    "hunyuan": 5,
    "latte": 4,
    "ltx": 9,
    "mochi": 7,
    "wan": 5,
    "wan-2.2": 5,
    "zeroscope": 6,
}
"""The frame count of each tiny family that is nearest to 6."""

STEPS = 2


@pytest.fixture(params=sorted(FAMILIES), scope="module")
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def generator(family: str, loaded: Loaded) -> DiffusersVideoGenerator:
    return loaded(family)


@pytest.fixture(scope="module")
def video(family: str, generator: DiffusersVideoGenerator) -> GeneratedVideo:
    """What the family makes of a request that it can do as it is."""
    return generator.generate(_request(family))


def test_a_folder_gives_frames_of_the_size_that_was_asked(
    family: str, video: GeneratedVideo
) -> None:
    assert video.frames.shape == (FRAMES[family], 32, 64, 3)
    assert video.frames.dtype == np.uint8
    assert video.frames.std() > 0
    assert (video.fps, video.seed, video.generator) == (6, 5, family)
    assert video.notes == ()


def test_what_the_family_cannot_do_is_rounded_and_noted_and_every_step_is_counted(
    family: str, video: GeneratedVideo, generator: DiffusersVideoGenerator
) -> None:
    seen: list[tuple[int, int]] = []
    rounded = generator.generate(
        _request(family, num_frames=6, height=33, width=66),
        on_progress=lambda *counts: seen.append(counts),
    )
    np.testing.assert_array_equal(rounded.frames, video.frames)  # the same seed, too
    changed = {word for word in ("6 frames", "height of 33", "width of 66") if FRAMES[family] != 6}
    changed |= {"height of 33", "width of 66"}
    assert len(rounded.notes) == len(changed)
    assert all(any(word in note for note in rounded.notes) for word in changed)
    assert seen == [(step, STEPS) for step in range(1, STEPS + 1)]


def test_another_seed_and_another_prompt_give_other_frames(
    family: str, video: GeneratedVideo, generator: DiffusersVideoGenerator
) -> None:
    for changes in ({"seed": 6}, {"prompt": "zzz"}):
        other = generator.generate(_request(family, **changes))
        assert not np.array_equal(video.frames, other.frames)


def test_the_negative_prompt_works_or_is_said_not_to(
    family: str, video: GeneratedVideo, generator: DiffusersVideoGenerator
) -> None:
    other = generator.generate(_request(family, negative_prompt="bad"))
    works = not np.array_equal(video.frames, other.frames)
    assert works == (family != "hunyuan")
    assert bool(other.notes) == (not works)


def test_a_cancelled_generation_stops_after_the_step_that_runs_and_spoils_nothing(
    family: str, video: GeneratedVideo, generator: DiffusersVideoGenerator
) -> None:
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        generator.generate(
            _request(family),
            on_progress=lambda step, total: seen.append(step),
            cancelled=lambda: bool(seen),
        )
    assert seen == [1]
    np.testing.assert_array_equal(generator.generate(_request(family)).frames, video.frames)


def test_a_drawn_seed_is_reported_and_gives_the_same_frames_again(loaded: Loaded) -> None:
    generator = loaded("latte")
    drawn = generator.generate(_request("latte", seed=None))
    again = generator.generate(_request("latte", seed=drawn.seed))
    np.testing.assert_array_equal(drawn.frames, again.frames)


def test_a_generation_cancelled_beforehand_makes_no_step(loaded: Loaded) -> None:
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        loaded("latte").generate(
            _request("latte"),
            on_progress=lambda step, total: seen.append(step),
            cancelled=lambda: True,
        )
    assert seen == []


def test_animatediff_makes_no_more_frames_than_its_motion_modules_know(loaded: Loaded) -> None:
    assert loaded("animatediff").rules.nearest_frames(100) == 32


def test_mochi_makes_two_steps_at_least(loaded: Loaded) -> None:
    video = loaded("mochi").generate(_request("mochi", num_frames=1, num_inference_steps=1))
    assert video.notes == ("this generator needs 2 steps at least",)


def test_the_frame_rate_reaches_a_family_that_moves_things_by_it(loaded: Loaded) -> None:
    generator = loaded("ltx")
    slow, fast = (generator.generate(_request("ltx", fps=fps)) for fps in (6, 30))
    assert not np.array_equal(slow.frames, fast.frames)


def test_broken_numbers_are_an_error_and_no_black_clip(checkpoint: Checkpoint) -> None:
    pipeline = WanPipeline.from_pretrained(checkpoint("wan"))
    with torch.no_grad():
        next(pipeline.vae.decoder.parameters()).fill_(float("nan"))
    generator = DiffusersVideoGenerator(pipeline, name="broken")
    with pytest.raises(GenerationError, match="not finite"):
        generator.generate(_request("wan"))


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


def test_one_generation_runs_at_a_time_and_who_waits_can_be_cancelled(loaded: Loaded) -> None:
    generator = loaded("latte")
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
    assert generator.generate(_request("wan")).frames.shape == (5, 32, 64, 3)


def _request(family: str, **changes: Any) -> VideoRequest:
    values: dict[str, Any] = {
        "prompt": "a red circle",
        "num_frames": FRAMES[family],
        "height": 32,
        "width": 64,
        "fps": 6,
        "num_inference_steps": STEPS,
        "guidance_scale": 4.0,
        "seed": 5,
    }
    return VideoRequest(**{**values, **changes})
