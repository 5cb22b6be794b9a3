"""Every form in which pipelines hand back their frames."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gpt4video_tools.gallery import GenerationError
from gpt4video_tools.gallery.frames import frames_of

WANTED = np.random.default_rng(0).integers(0, 256, size=(5, 8, 6, 3), dtype=np.uint8)
FLOATS = WANTED.astype(np.float32) / 255.0
IMAGES = [Image.fromarray(frame) for frame in WANTED]


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(SimpleNamespace(frames=FLOATS[None]), id="np, batch first"),
        pytest.param(SimpleNamespace(frames=FLOATS), id="np"),
        pytest.param(SimpleNamespace(frames=[FLOATS]), id="list of np clips"),
        pytest.param(SimpleNamespace(frames=list(FLOATS)), id="list of np frames"),
        pytest.param(SimpleNamespace(frames=[IMAGES]), id="list of lists of images"),
        pytest.param(SimpleNamespace(frames=IMAGES), id="list of images"),
        pytest.param(SimpleNamespace(images=FLOATS), id="images"),
        pytest.param(SimpleNamespace(videos=WANTED), id="videos, uint8"),
        pytest.param(torch.from_numpy(FLOATS).permute(0, 3, 1, 2)[None], id="pt [B, T, C, H, W]"),
        pytest.param(torch.from_numpy(FLOATS).permute(3, 0, 1, 2)[None], id="pt [B, C, T, H, W]"),
        pytest.param([torch.from_numpy(FLOATS)], id="list of tensors"),
        pytest.param(SimpleNamespace(frames=FLOATS.astype(np.float16)), id="half"),
        pytest.param(
            SimpleNamespace(frames=np.concatenate([WANTED, WANTED[..., :1]], axis=-1)), id="alpha"
        ),
    ],
)
def test_any_form_of_output_becomes_the_same_frames(output: Any) -> None:
    frames = frames_of(output, generator="g")
    assert frames.dtype == np.uint8
    assert frames.flags.c_contiguous
    np.testing.assert_array_equal(frames, WANTED)


def test_bfloat16_tensors_are_read() -> None:
    frames = frames_of(torch.ones(1, 2, 3, 8, 8, dtype=torch.bfloat16), generator="g")
    assert frames.shape == (2, 8, 8, 3)
    assert frames.min() == 255


def test_grey_frames_become_rgb() -> None:
    frames = frames_of(WANTED[..., 0], generator="g")
    np.testing.assert_array_equal(frames, WANTED[..., :1].repeat(3, axis=-1))


def test_floats_outside_their_range_are_clipped() -> None:
    frames = frames_of(np.array([-0.5, 1.5]).reshape(1, 2, 1, 1).repeat(3, -1), generator="g")
    assert frames[0, :, 0, 0].tolist() == [0, 255]


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_numbers_that_are_not_finite_are_an_error_and_no_black_clip(broken: float) -> None:
    floats = FLOATS.copy()
    floats[3, 2, 1, 0] = broken
    with pytest.raises(GenerationError, match="not finite"):
        frames_of(SimpleNamespace(frames=floats[None]), generator="g")


@pytest.mark.parametrize(
    "output",
    [
        SimpleNamespace(frames=[]),
        SimpleNamespace(frames=[[]]),
        np.zeros((0, 8, 8, 3), dtype=np.uint8),
        np.zeros((2, 8, 8, 7), dtype=np.uint8),
        np.zeros((2, 8, 8, 3), dtype=np.int64),
        [IMAGES[0], Image.new("RGB", (3, 3))],
        SimpleNamespace(nothing=None),
        None,
    ],
)
def test_what_is_no_clip_is_an_error(output: Any) -> None:
    with pytest.raises(GenerationError):
        frames_of(output, generator="g")
