"""What a preset declares is what its family does: each one is loaded, at tiny size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch

from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_tools.gallery import (
    PRESETS,
    DiffusersVideoGenerator,
    GenerationCancelledError,
    GenerationDefaults,
    UpscalingVideoGenerator,
    VideoRequest,
    load_generator,
)
from gpt4video_tools.gallery.families import family_of
from gpt4video_tools.gallery.loading import read_defaults, shipped_folder
from gpt4video_tools.gallery.pipelines import _precision
from gpt4video_tools.gallery.presets import Hub, SecondStage, Shipped

Checkpoint = Callable[[str], Path]
Asked = list[str]

TINY = {
    "zeroscope-v2-576w": "zeroscope",
    "modelscope-1.7b": "zeroscope",
    "wan-2.1-1.3b": "wan",
    "wan-2.1-14b": "wan",
    "wan-2.2-5b": "wan-2.2",
    "cogvideox-2b": "cogvideox",
    "cogvideox-5b": "cogvideox",
    "ltx-video": "ltx",
    "hunyuan-video": "hunyuan",
    "mochi-1": "mochi",
    "animatediff": "image-base",
}
"""Presets of one repository, and the checkpoint of the tests that has its layout."""


@pytest.fixture
def hub(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """A hub that has tiny checkpoints for the presets. Holds what was asked of it."""
    asked: Asked = []
    folders = {
        "cerspense/zeroscope_v2_XL": "zeroscope-xl",
        "guoyww/animatediff-motion-adapter-v1-5-2": "motion-adapter",
    }
    for name, family in TINY.items():
        source = PRESETS[name].source
        assert isinstance(source, Hub)
        folders[source.repository] = family

    def served(real: Any) -> Any:
        def from_pretrained(source: str, **options: Any) -> Any:
            if source in folders:
                asked.append(source)
            return real(checkpoint(folders[source]) if source in folders else source, **options)

        return from_pretrained

    names = {preset.pipeline for preset in PRESETS.values() if preset.pipeline} | {"MotionAdapter"}
    for each in (getattr(diffusers, name) for name in names):
        monkeypatch.setattr(each, "from_pretrained", served(each.from_pretrained))
    return asked


def test_every_preset_is_tried_here() -> None:
    assert set(PRESETS) == set(TINY) | {"zeroscope-v2-xl", "shapes", "remote"}


@pytest.mark.parametrize("name", TINY)
def test_a_preset_loads_its_own_repository_and_declares_what_the_family_can_do(
    name: str, hub: Asked
) -> None:
    preset = PRESETS[name]
    generator = load_generator(name)
    assert isinstance(generator, DiffusersVideoGenerator)
    assert isinstance(preset.source, Hub)
    assert set(hub) == {preset.source.repository, preset.source.motion_adapter} - {None}
    assert (generator.name, generator.defaults) == (name, preset.defaults)
    assert generator.rules == preset.rules
    assert preset.pipeline in repr(generator)


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"remote"}))
def test_what_a_preset_asks_by_default_can_be_made_as_it_is(name: str) -> None:
    preset = PRESETS[name]
    rules, defaults = preset.rules, preset.defaults
    assert rules is not None
    assert defaults.num_frames is not None
    assert rules.nearest_frames(defaults.num_frames) == defaults.num_frames
    size = (defaults.height or 0, defaults.width or 0)
    assert rules.nearest_size(*size) == size


def test_what_may_not_be_used_commercially_says_so() -> None:
    free = {name for name, preset in PRESETS.items() if preset.commercial == "yes"}
    assert all(PRESETS[name].licence == "Apache-2.0" for name in free)
    barred = {name for name, preset in PRESETS.items() if preset.commercial == "no"}
    assert barred == {name for name, preset in PRESETS.items() if "-NC-" in preset.licence}
    assert len(barred) == 3


def test_an_image_model_with_motion_modules_makes_clips(hub: Asked) -> None:
    request = VideoRequest(
        prompt="a red circle", num_frames=3, height=32, width=48, num_inference_steps=2, seed=5
    )
    seen: list[tuple[int, int]] = []
    video = load_generator("animatediff").generate(
        request, on_progress=lambda *counts: seen.append(counts)
    )
    assert video.frames.shape == (3, 32, 48, 3)
    assert video.notes == ()
    assert seen == [(1, 2), (2, 2)]


@pytest.fixture
def two_stages(hub: Asked) -> UpscalingVideoGenerator:
    generator = load_generator("zeroscope-v2-xl")
    assert hub == ["cerspense/zeroscope_v2_576w", "cerspense/zeroscope_v2_XL"]
    assert isinstance(generator, UpscalingVideoGenerator)
    return generator


def test_the_second_stage_redraws_the_clip_of_the_first_in_the_size_that_was_asked(
    two_stages: UpscalingVideoGenerator,
) -> None:
    seen: list[tuple[int, int]] = []
    video = two_stages.generate(_large(height=61), on_progress=lambda *counts: seen.append(counts))
    assert video.frames.shape == (2, 64, 96, 3)
    assert (video.generator, video.seed, video.fps) == ("zeroscope-v2-xl", 5, 8)
    assert [note[:14] for note in video.notes] == ["a height of 61"]
    assert seen == [(step, 4) for step in range(1, 5)]  # 3 steps, and 0.6 of them again
    again = two_stages.generate(_large())
    np.testing.assert_array_equal(again.frames, video.frames)
    other = two_stages.generate(_large(prompt="zzz"))
    assert not np.array_equal(other.frames, video.frames)


@pytest.mark.parametrize("stop", [1, 4])
def test_both_stages_can_be_cancelled(two_stages: UpscalingVideoGenerator, stop: int) -> None:
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        two_stages.generate(
            _large(),
            on_progress=lambda step, total: seen.append(step),
            cancelled=lambda: stop in seen,
        )
    assert seen[-1] == stop


def test_a_second_stage_needs_a_size_and_a_strength(checkpoint: Checkpoint) -> None:
    pipeline = diffusers.VideoToVideoSDPipeline.from_pretrained(checkpoint("zeroscope-xl"))
    first = load_generator(checkpoint("zeroscope"))
    assert isinstance(first, DiffusersVideoGenerator)
    sized = GenerationDefaults(height=64, width=64)
    with pytest.raises(InvalidInputError, match="height and a width"):
        UpscalingVideoGenerator(first, pipeline, name="g", defaults=GenerationDefaults())
    with pytest.raises(InvalidInputError, match="strength"):
        UpscalingVideoGenerator(first, pipeline, name="g", defaults=sized, strength=0)
    request = VideoRequest(prompt="a", num_frames=1, num_inference_steps=1)
    small = UpscalingVideoGenerator(first, pipeline, name="g", defaults=sized)
    assert small.generate(request).frames.shape == (1, 64, 64, 3)


def test_the_shipped_generator_is_as_its_preset_says() -> None:
    preset = PRESETS["shapes"]
    assert isinstance(preset.source, Shipped)
    assert read_defaults(shipped_folder(preset.source)) == preset.defaults
    generator = load_generator("shapes")
    assert isinstance(generator, DiffusersVideoGenerator)
    assert (generator.name, str(generator.rules)) == ("shapes", str(preset.rules))
    video = generator.generate(
        VideoRequest(prompt="a red circle", num_inference_steps=1, num_frames=99, seed=1)
    )
    assert video.frames.shape == (16, 64, 64, 3)
    assert len(video.notes) == 1


def test_the_remote_generator_wants_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPT4VIDEO_REMOTE_URL", raising=False)
    with pytest.raises(ConfigurationError, match="GPT4VIDEO_REMOTE_URL"):
        load_generator("remote")
    monkeypatch.setenv("GPT4VIDEO_REMOTE_URL", "https://example.org/v1")
    assert load_generator("remote").name == "remote"
    with pytest.raises(InvalidInputError, match="offload"):
        load_generator("remote", offload="model")


@pytest.mark.parametrize(
    ("name", "half", "kept"),
    [
        ("zeroscope-v2-576w", torch.float16, {}),
        ("wan-2.1-14b", torch.bfloat16, {"vae": torch.float32}),
        ("cogvideox-2b", torch.float16, {}),
        ("cogvideox-5b", torch.bfloat16, {}),
        ("hunyuan-video", torch.bfloat16, {}),
    ],
)
def test_half_precision_on_a_gpu_is_what_the_weights_were_made_for(
    name: str, half: torch.dtype, kept: dict[str, torch.dtype]
) -> None:
    preset, gpu = PRESETS[name], torch.device("cuda")
    family = family_of(preset.pipeline)
    assert _precision("auto", gpu, preset.half, family) == {"default": half, **kept}
    assert _precision("auto", torch.device("cpu"), preset.half, family) is torch.float32


def test_a_second_stage_names_a_preset_that_makes_clips() -> None:
    stage = PRESETS["zeroscope-v2-xl"].source
    assert isinstance(stage, SecondStage)
    assert isinstance(PRESETS[stage.first].source, Hub)


def _large(**changes: Any) -> VideoRequest:
    values: dict[str, Any] = {
        "prompt": "a red circle",
        "num_frames": 2,
        "height": 64,
        "width": 96,
        "num_inference_steps": 3,
        "seed": 5,
    }
    return VideoRequest(**{**values, **changes})
