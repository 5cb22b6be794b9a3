"""The training renderer: draws scenes of the shapes world with soft edges, in numpy alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gpt4video.shapes._wear import wear
from gpt4video.shapes.layout import (
    Drawing,
    FloatArray,
    Motif,
    Poses,
    Surroundings,
    frame_boxes,
    poses,
    reach,
    sample_drawing,
    sample_scene,
    sample_words,
)
from gpt4video.shapes.world import ShapeName

__all__ = [
    "Drawing",
    "draw",
    "frame_boxes",
    "frame_times",
    "sample_drawing",
    "sample_scene",
    "sample_words",
]

_COS36: Final = math.cos(math.pi / 5)
_SIN36: Final = math.sin(math.pi / 5)
_TRIANGLE_RADIUS: Final = 1.155
"""Circumscribed radius of the triangle whose side is as long as the extent."""


def frame_times(num_frames: int) -> FloatArray:
    """The times of a clip's frames when the first shows its start and the last its end: [T]."""
    return np.linspace(0.0, 1.0, num_frames, dtype=np.float32)


def draw(
    drawing: Drawing,
    *,
    times: Sequence[float] | FloatArray,
    size: int,
    rng: np.random.Generator | None = None,
) -> NDArray[np.uint8]:
    """The frames of a drawing at the given times (0 to 1 of the clip): uint8 [T, size, size, 3].

    `rng` draws noise and texture; without it they follow from the drawing's own seed, so that the
    same call gives the same pixels.
    """
    t = np.asarray(times, dtype=np.float32)
    around = drawing.surroundings
    noise = np.random.default_rng(around.seed) if rng is None else rng
    canvas = np.empty((len(t), size, size, 3), dtype=np.float32)
    canvas[:] = _backdrop(around, size, noise)
    for thing, motif in zip(drawing.scene.objects, drawing.motifs, strict=True):
        _paint(canvas, thing.shape, motif, poses(thing, motif, t))
    wear(canvas, around, noise)
    canvas += 0.5
    np.clip(canvas, 0.0, 255.0, out=canvas)
    return canvas.astype(np.uint8)


def _backdrop(around: Surroundings, size: int, rng: np.random.Generator) -> FloatArray:
    """[size, size, 3], or [3] where it is of one colour."""
    colour = np.asarray(around.rgb, dtype=np.float32)
    if around.gradient == (0.0, 0.0) and not around.texture:
        return colour
    ramp = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    relief = around.gradient[0] * ramp[None, :] + around.gradient[1] * ramp[:, None]
    if around.texture:
        cells = int(rng.integers(3, 9))
        coarse = rng.uniform(-around.texture, around.texture, (cells, cells))
        knots = np.linspace(0, cells - 1, size)
        across = np.stack([np.interp(knots, range(cells), row) for row in coarse])
        relief = relief + np.stack([np.interp(knots, range(cells), col) for col in across.T], 1)
    painted: FloatArray = (colour + relief[..., None]).astype(np.float32)
    return painted


def _paint(canvas: FloatArray, shape: ShapeName, motif: Motif, at: Poses) -> None:
    """Draw one object over `canvas` in place, touching only the square around it in each frame."""
    size = canvas.shape[1]
    seen = np.flatnonzero(at.visible)
    if not len(seen):
        return
    radius = at.extent[seen] * (size / 2)  # pixels
    side = min(size, math.ceil(2 * reach(shape, motif) * float(radius.max())) + 4)
    x, y = at.x[seen] * size, at.y[seen] * size
    left = np.clip(np.round(x - side / 2), 0, size - side).astype(int)
    top = np.clip(np.round(y - side / 2), 0, size - side).astype(int)
    pixel = np.arange(side, dtype=np.float32) + 0.5
    u = ((pixel + (left - x)[:, None]) / radius[:, None]).astype(np.float32)[:, None, :]
    v = ((pixel + (top - y)[:, None]) / radius[:, None]).astype(np.float32)[:, :, None]
    cos = np.cos(at.angle[seen]).astype(np.float32)[:, None, None]
    sin = np.sin(at.angle[seen]).astype(np.float32)[:, None, None]
    distance = _DISTANCE[shape](u * cos + v * sin, v * cos - u * sin, motif)  # [seen, side, side]
    edge = (radius / motif.softness).astype(np.float32)[:, None, None]
    cover = np.clip(0.5 - distance * edge, 0.0, 1.0)[..., None]
    colour = np.asarray(motif.rgb, dtype=np.float32)
    if motif.shading != (0.0, 0.0):
        colour = colour + (motif.shading[0] * u + motif.shading[1] * v)[..., None]
    for index, frame in enumerate(seen):
        spot = canvas[frame, top[index] : top[index] + side, left[index] : left[index] + side]
        ink = colour if colour.ndim == 1 else colour[index]
        spot += (ink - spot) * cover[index]


def _both(a: FloatArray, b: FloatArray, rounding: float) -> FloatArray:
    """The distance to what two areas share, its corner rounded off."""
    joined: FloatArray = np.maximum(a, b)
    if rounding:
        overlap = np.maximum(rounding - np.abs(a - b), 0.0)
        joined = joined + overlap * overlap / (4 * rounding)
    return joined


def _circle(x: FloatArray, y: FloatArray, motif: Motif) -> FloatArray:
    return np.sqrt(x * x + y * y) - 1.0


def _ring(x: FloatArray, y: FloatArray, motif: Motif) -> FloatArray:
    half = motif.proportion / 2
    return np.abs(np.sqrt(x * x + y * y) - (1.0 - half)) - half


def _square(x: FloatArray, y: FloatArray, motif: Motif) -> FloatArray:
    return _both(np.abs(x) - 1.0, np.abs(y) - 1.0, motif.rounding)


def _triangle(x: FloatArray, y: FloatArray, motif: Motif) -> FloatArray:
    inner = _TRIANGLE_RADIUS / 2
    slopes = np.abs(x) * math.cos(math.pi / 6) - y * 0.5 - inner
    return _both(slopes, y - inner, motif.rounding)


def _star(x: FloatArray, y: FloatArray, motif: Motif) -> FloatArray:
    x, y = np.abs(x), -y
    for side in (1.0, -1.0):  # fold the star's ten mirrored half points onto one
        beyond = 2.0 * np.maximum(side * _COS36 * x - _SIN36 * y, 0.0)
        x, y = x - side * _COS36 * beyond, y + _SIN36 * beyond
    across, along = 1.0 - motif.proportion * _COS36, motif.proportion * _SIN36
    edge: FloatArray = (across * np.abs(x) + along * (y - 1.0)) / math.hypot(across, along)
    return edge


def _cross(x: FloatArray, y: FloatArray, motif: Motif) -> FloatArray:
    x, y = np.abs(x), np.abs(y)
    long, short = np.maximum(x, y), np.minimum(x, y)
    return _both(long - 1.0, short - motif.proportion, motif.rounding)


_DISTANCE: Final[dict[ShapeName, Callable[[FloatArray, FloatArray, Motif], FloatArray]]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "ring": _ring,
    "cross": _cross,
}
"""Signed distance to each shape's edge in parts of its radius, negative inside."""
