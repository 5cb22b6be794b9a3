"""Two sets of ranges for the renderer: clean clips to generate, wide ones to understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gpt4video.shapes.world import ShapeName

Span = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """What a renderer may draw; every pair is the lower and the upper bound of an even draw."""

    size_inset: float
    """How far sizes keep from the edges of the world's ranges."""
    colour_jitter: float
    background_jitter: float
    tilt: float
    """Largest usual resting angle in radians."""
    proportion: Mapping[ShapeName, Span]
    rounding: Span
    softness: Span
    shading: Span
    margin: float
    """How far objects keep from the frame's border."""
    travel: Span
    height: Span
    hops: tuple[int, ...]
    turns: Span
    factor: Span
    blinks: tuple[int, ...]
    duty: Span
    hiding: float
    """Largest share of the clip in which two objects may overlap."""
    wear: bool
    """Whether clips carry gradients, texture, noise, blur and compression."""


CLEAN: Final = Ranges(
    size_inset=0.02,
    colour_jitter=5.0,
    background_jitter=4.0,
    tilt=0.0,
    proportion={"star": (0.40, 0.44), "ring": (0.40, 0.46), "cross": (0.32, 0.36)},
    rounding=(0.0, 0.0),
    softness=(1.0, 1.0),
    shading=(0.0, 0.0),
    margin=0.075,
    travel=(0.40, 0.50),
    height=(0.18, 0.30),
    hops=(2, 3),
    turns=(0.6, 1.0),
    factor=(2.0, 2.6),
    blinks=(2, 3),
    duty=(0.5, 0.6),
    hiding=0.0,
    wear=False,
)
"""For the generator: no wear, upright shapes, motions well inside the world's ranges, so that a
generator's own small errors still leave them inside."""

WIDE: Final = Ranges(
    size_inset=0.0,
    colour_jitter=12.0,
    background_jitter=7.0,
    tilt=0.35,
    proportion={"star": (0.36, 0.52), "ring": (0.26, 0.52), "cross": (0.24, 0.42)},
    rounding=(0.0, 0.25),
    softness=(0.8, 2.0),
    shading=(-3.0, 3.0),
    margin=0.01,
    travel=(0.35, 0.8),
    height=(0.10, 0.42),
    hops=(2, 3, 4),
    turns=(0.5, 2.0),
    factor=(1.8, 3.0),
    blinks=(2, 3, 4),
    duty=(0.4, 0.7),
    hiding=0.35,
    wear=True,
)
"""For understanding: all of the world, so that clips by other renderers are nothing new."""
