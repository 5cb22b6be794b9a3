"""Training of the decoder, which draws a frame from its factor maps, on single pixels."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from gpt4video.shapes.generator.components import FRAME_SIZE
from gpt4video.shapes.generator.factors import (
    GRID,
    KIND,
    LATENT_CHANNELS,
    MAX_OBJECTS,
    OFFSET,
    PRESENCE,
    factor_maps,
    object_channels,
)
from gpt4video.shapes.generator.painter import Painter, enlarge
from gpt4video.shapes.generator.stage import autocast
from gpt4video.shapes.layout import FloatArray, frame_boxes
from gpt4video.shapes.render import draw, sample_scene

_DRAWINGS: Final = 32
_MOMENTS: Final = 4
_PIXELS: Final = 256
"""Pixels of each frame in a batch; three in four lie around an object."""
_DECISIONS: Final = 0.25
_SHADES: Final = 0.03
_CELLS: Final = 0.02

_OFFSETS: Final = [
    channel
    for index in range(MAX_OBJECTS)
    for channel in range(
        object_channels(index).start + OFFSET.start, object_channels(index).start + OFFSET.stop
    )
]
_CHOICES: Final = [
    object_channels(index).start + channel
    for index in range(MAX_OBJECTS)
    for channel in (PRESENCE, *range(KIND.start, KIND.stop))
]


class PainterLoss:
    """Mean error of painted pixels when the factors are a little wrong.

    The factors are disturbed so that the decoder forgives the errors of a sampler: a shape that is
    nearly decided is drawn sharply.
    """

    def __init__(self, painter: Painter, scaling: float, device: torch.device) -> None:
        self._painter = painter
        self._scaling = scaling
        self._device = device

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        factors, colours = sample_pixels(rng, self._scaling)
        with autocast(self._device):
            painted = self._painter(factors.to(self._device))
        error = painted.float() - colours.to(self._device)
        loss: torch.Tensor = (error.abs() + 4.0 * error.square()).mean()
        return loss


def sample_pixels(rng: np.random.Generator, scaling: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Factors [N, LATENT_CHANNELS] and colours [N, 3] (0 to 1) of pixels of many frames."""
    frames, maps, spots = [], [], []
    for _ in range(_DRAWINGS):
        drawing = sample_scene(rng, num_objects=1 if rng.random() < 0.35 else 2)
        times = rng.random(_MOMENTS, dtype=np.float32)
        frames.append(draw(drawing, times=times, size=FRAME_SIZE))
        maps.append(factor_maps(drawing, times))
        spots.append(_spots(frame_boxes(drawing, times), rng))
    chosen = np.concatenate(spots)  # [frames, pixels], indices into 64 * 64
    latents = disturbed(np.concatenate(maps), rng)
    offsets = enlarge(torch.from_numpy(latents[:, _OFFSETS]), scaling).flatten(2).numpy()
    flat = enlarge(torch.from_numpy(latents[:, :, :1, :1]), scaling)[:, :, 0, 0].numpy()
    factors = np.repeat(flat[:, None], _PIXELS, axis=1)  # [frames, pixels, channels]
    factors[..., _OFFSETS] = np.take_along_axis(offsets, chosen[:, None], 2).transpose(0, 2, 1)
    pixels = np.concatenate(frames).reshape(len(chosen), -1, 3)
    colours = np.take_along_axis(pixels, chosen[..., None], 1).astype(np.float32) / 255.0
    return (
        torch.from_numpy(factors.reshape(-1, LATENT_CHANNELS)),
        torch.from_numpy(colours.reshape(-1, 3)),
    )


def disturbed(maps: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The same maps [N, C, 8, 8] with a sampler's kind of errors, some per map, some per cell."""
    count, channels, _, _ = maps.shape
    weight = np.full((1, channels, 1, 1), _SHADES, dtype=np.float32)
    weight[:, _CHOICES] = _DECISIONS
    weight[:, _OFFSETS] = 0.0
    whole = weight * rng.standard_normal((count, channels, 1, 1), dtype=np.float32)
    cells = rng.standard_normal((count, len(_OFFSETS), GRID, GRID), dtype=np.float32)
    level = rng.random((count, 1, 1, 1), dtype=np.float32)
    wrong = maps + level * whole
    wrong[:, _OFFSETS] += _CELLS * level * cells
    return wrong


def _spots(boxes: FloatArray, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which pixels to learn from, given boxes [frames, objects, 3]: indices [frames, pixels]."""
    count, objects, _ = boxes.shape
    everywhere = rng.integers(FRAME_SIZE**2, size=(count, _PIXELS // 4))
    near = _PIXELS - everywhere.shape[1]
    which = boxes[np.arange(count)[:, None], rng.integers(objects, size=(count, near))]
    reach = 0.6 * np.maximum(which[..., 2:], 0.1) + 0.03
    points = which[..., :2] + reach * rng.uniform(-1.0, 1.0, (count, near, 2))
    pixels = np.clip(points * FRAME_SIZE, 0, FRAME_SIZE - 1).astype(np.int64)
    return np.concatenate([everywhere, pixels[..., 1] * FRAME_SIZE + pixels[..., 0]], axis=1)
