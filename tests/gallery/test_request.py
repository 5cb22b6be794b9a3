from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.gallery.scripted import ScriptedGenerator

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery import GeneratedVideo, VideoGenerator, VideoRequest


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", "  "),
        ("prompt", "x" * 1001),
        ("num_frames", 0),
        ("height", -8),
        ("fps", float("nan")),
        ("fps", 0),
        ("num_inference_steps", 0),
        ("guidance_scale", float("inf")),
        ("seed", -1),
        ("seed", 2**63),
        ("steps", 3),
    ],
)
def test_a_request_out_of_range_names_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        VideoRequest(**{"prompt": "a red circle", field: value})
    assert caught.value.argument == field


def test_a_prompt_is_stripped() -> None:
    assert VideoRequest(prompt="  a red circle\n").prompt == "a red circle"


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 8, 8, 3), dtype=np.float32),
        np.zeros((2, 8, 8), dtype=np.uint8),
        np.zeros((2, 8, 8, 4), dtype=np.uint8),
        np.zeros((0, 8, 8, 3), dtype=np.uint8),
    ],
)
def test_frames_of_another_kind_are_no_video(frames: Any) -> None:
    with pytest.raises(InvalidInputError, match="frames"):
        GeneratedVideo(frames=frames, fps=8, seed=0, generator="g")


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_a_rate_that_is_not_positive_is_no_video(fps: float) -> None:
    with pytest.raises(InvalidInputError, match="fps"):
        _video(fps=fps)


def test_a_video_knows_its_times_and_its_duration() -> None:
    video = _video(fps=4.0)
    assert video.times == (0.0, 0.25)
    assert video.duration == 0.5


def test_the_key_depends_on_pixels_and_rate_only() -> None:
    assert _video(seed=1).key == _video(seed=2).key
    assert _video(fps=4.0).key != _video(fps=8.0).key
    assert _video(level=1).key != _video(level=2).key


def test_a_video_prints_its_shape_and_not_its_pixels() -> None:
    assert "frames=[2, 8, 8, 3]" in repr(_video())
    assert "array" not in repr(_video())


def test_a_scripted_generator_is_a_video_generator() -> None:
    generator: VideoGenerator = ScriptedGenerator()
    assert isinstance(generator, VideoGenerator)


def _video(*, fps: float = 8.0, seed: int = 0, level: int = 0) -> GeneratedVideo:
    frames = np.full((2, 8, 8, 3), level, dtype=np.uint8)
    return GeneratedVideo(frames=frames, fps=fps, seed=seed, generator="g")
