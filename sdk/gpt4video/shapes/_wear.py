"""What cameras and codecs do to a clip: blur, half-resolution colour, block rounding, noise."""

from __future__ import annotations

from typing import Final

import numpy as np

from gpt4video.shapes.layout import FloatArray, Surroundings

_BLOCK: Final = 8


def wear(frames: FloatArray, around: Surroundings, rng: np.random.Generator) -> None:
    """Wear `frames` (float RGB [T, H, W, 3], 0 to 255) in place as the surroundings say."""
    if around.blur:
        _blur(frames, around.blur)
    if around.noise:
        frames += rng.standard_normal(frames.shape, dtype=np.float32) * np.float32(around.noise)
    if around.half_chroma and frames.shape[1] % 2 == 0:
        _halve_chroma(frames)
    if around.quantiser and frames.shape[1] % _BLOCK == 0:
        _round_blocks(frames, around.quantiser)


def _blur(frames: FloatArray, strength: float) -> None:
    side = np.float32(0.25 * strength)
    for axis in (1, 2):
        moved = np.moveaxis(frames, axis, 0)  # views, so that writing reaches `frames`
        before = moved.copy()
        moved[1:-1] += side * (before[:-2] + before[2:] - 2 * before[1:-1])


def _halve_chroma(frames: FloatArray) -> None:
    """Average what differs from the brightness over 2 by 2 pixels, as 4:2:0 video does."""
    count, height, width, _ = frames.shape
    luma = frames @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    frames -= luma[..., None]
    cells = frames.reshape(count, height // 2, 2, width // 2, 2, 3)
    cells[:] = cells.mean(axis=(2, 4), keepdims=True)
    frames += luma[..., None]


def _round_blocks(frames: FloatArray, step: float) -> None:
    """Round each 8 by 8 block's cosine transform to multiples that widen with frequency."""
    count, height, width, channels = frames.shape
    blocks = frames.reshape(count, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK, channels)
    blocks = np.ascontiguousarray(blocks.transpose(0, 1, 3, 5, 2, 4))
    waves = _BASIS @ blocks @ _BASIS.T
    steps = step * _COARSENESS
    waves = np.round(waves / steps) * steps
    blocks = (_BASIS.T @ waves @ _BASIS).transpose(0, 1, 4, 2, 5, 3)
    frames[:] = blocks.reshape(frames.shape)


def _cosine_basis() -> FloatArray:
    k = np.arange(_BLOCK)[:, None]
    basis = np.cos(np.pi * (2 * np.arange(_BLOCK)[None, :] + 1) * k / (2 * _BLOCK))
    basis *= np.where(k == 0, np.sqrt(1 / _BLOCK), np.sqrt(2 / _BLOCK))
    return basis.astype(np.float32)


_BASIS: Final = _cosine_basis()
_COARSENESS: Final = (0.4 + 0.2 * (np.arange(_BLOCK)[:, None] + np.arange(_BLOCK)[None, :])).astype(
    np.float32
)
