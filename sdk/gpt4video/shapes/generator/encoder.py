"""Training of the encoder, which writes down the factors of a frame as the decoder wants them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch

from gpt4video.shapes.generator.components import FRAME_SIZE
from gpt4video.shapes.generator.factors import (
    BACKGROUND_CHANNELS,
    LATENT_CHANNELS,
    PAINTED_CHANNELS,
    factor_maps,
    object_channels,
)
from gpt4video.shapes.generator.stage import autocast
from gpt4video.shapes.layout import FloatArray
from gpt4video.shapes.render import draw, sample_scene

_FRAMES: Final = 32


class EncoderLoss:
    """How far an encoder's maps are from a frame's factors, whichever object it names first.

    One frame does not tell which of two objects a prompt named first, so the nearer order counts.
    """

    def __init__(self, vae: Any, device: torch.device) -> None:
        self._vae = vae
        self._device = device

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        pixels, maps = sample_frames(rng, _FRAMES)
        frames = torch.from_numpy(pixels).to(self._device, memory_format=torch.channels_last)
        target = torch.from_numpy(maps).to(self._device)
        with autocast(self._device):
            read = self._vae.encoder(frames)
        read = read.float() * self._vae.config.scaling_factor
        errors = [
            (read - each).square().mean(dim=(1, 2, 3))
            for each in (target, target[:, _swapped_order()])
        ]
        return torch.minimum(*errors).mean()


def sample_frames(rng: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
    """Frames [count, 3, 64, 64] in -1 to 1 and their factor maps [count, C, 8, 8]."""
    frames, maps = [], []
    for _ in range(count):
        drawing = sample_scene(rng, num_objects=1 if rng.random() < 0.4 else 2)
        times = [float(rng.random())]
        frames.append(draw(drawing, times=times, size=FRAME_SIZE)[0])
        maps.append(factor_maps(drawing, times)[0])
    known = np.stack(maps)
    known[:, PAINTED_CHANNELS:] = 0.0  # how things move cannot be read off a single frame
    pixels = np.stack(frames).astype(np.float32) / 127.5 - 1.0
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)), known


def _swapped_order() -> list[int]:
    first, second = (list(range(*object_channels(i).indices(LATENT_CHANNELS))) for i in (0, 1))
    rest = range(PAINTED_CHANNELS, LATENT_CHANNELS)
    return [*range(BACKGROUND_CHANNELS), *second, *first, *rest]
