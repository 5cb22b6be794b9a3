"""Outlines of the six shapes and a scanline fill: boolean coverage at four times the resolution.

Nothing here measures distances: a polygon is filled by the even-odd rule on sub-pixel rows and the
sub-pixels are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpt4video.shapes.world import ShapeName

Points = npt.NDArray[np.float64]
Mask = npt.NDArray[np.float64]

SUPERSAMPLING = 4


@dataclass(frozen=True, kw_only=True)
class Proportions:
    """The free proportions of the shapes."""

    star_inner: float = 0.42
    """Inner radius of a star over its outer radius."""
    ring_inner: float = 0.6
    """Radius of a ring's hole over its outer radius."""
    cross_arm: float = 0.33
    """Width of a cross's arm over its whole width."""
    triangle_height: float = 0.9
    """Height of a triangle over its base."""


def outline(shape: ShapeName, proportions: Proportions) -> tuple[Points, ...]:
    """Closed polygons [n, 2] of a shape that reaches one unit across, centred, y pointing down.

    A hole is a second polygon (even-odd rule).
    """
    if shape == "circle":
        return (_regular(96, 0.5),)
    if shape == "ring":
        return (_regular(96, 0.5), _regular(96, 0.5 * proportions.ring_inner))
    if shape == "square":
        return (np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]),)
    if shape == "triangle":
        return (_triangle(proportions.triangle_height),)
    if shape == "star":
        return (_star(proportions.star_inner),)
    return (_cross(proportions.cross_arm),)


def fill(polygons: Sequence[Points], *, size: int) -> Mask:
    """Coverage [size, size] in [0, 1] of polygons in pixel coordinates, by the even-odd rule."""
    corners = np.concatenate(polygons)
    low = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, size)
    high = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, size)
    covered = np.zeros((size, size))
    width, height = high - low
    if width <= 0 or height <= 0:
        return covered
    fine = _scanlines(
        [(polygon - low) * SUPERSAMPLING for polygon in polygons],
        rows=int(height) * SUPERSAMPLING,
        columns=int(width) * SUPERSAMPLING,
    )
    blocks = fine.reshape(int(height), SUPERSAMPLING, int(width), SUPERSAMPLING)
    covered[low[1] : high[1], low[0] : high[0]] = blocks.mean(axis=(1, 3))
    return covered


def placed(
    polygons: Sequence[Points],
    *,
    centre: tuple[float, float],
    extent: float,
    angle: float,
    size: int,
) -> list[Points]:
    """Unit polygons turned by `angle` (radians), scaled and moved into a frame of `size` pixels.

    `centre` and `extent` are fractions of the frame.
    """
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    return [(polygon @ turn * extent + np.asarray(centre)) * size for polygon in polygons]


def _scanlines(polygons: Sequence[Points], *, rows: int, columns: int) -> npt.NDArray[np.uint8]:
    toggles = np.zeros((rows, columns + 1), dtype=np.uint8)
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            if y0 == y1:
                continue
            top, bottom = (y0, y1) if y0 < y1 else (y1, y0)
            first = max(0, int(np.ceil(top - 0.5)))
            last = min(rows, int(np.ceil(bottom - 0.5)))
            line = np.arange(first, last)
            cross = x0 + (line + 0.5 - y0) * (x1 - x0) / (y1 - y0)
            column = np.clip(np.ceil(cross - 0.5), 0, columns).astype(int)
            toggles[line, column] ^= 1
    filled: npt.NDArray[np.uint8] = np.bitwise_xor.accumulate(toggles, axis=1)[:, :columns]
    return filled


def _regular(corners: int, radius: float) -> Points:
    angles = 2 * np.pi * np.arange(corners) / corners
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _triangle(height: float) -> Points:
    # The centroid lies two thirds down from the tip, so that a spin turns about it.
    return np.array([(0.0, -2 * height / 3), (0.5, height / 3), (-0.5, height / 3)])


def _star(inner: float) -> Points:
    angles = np.pi * np.arange(10) / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2 == 0, 1.0, inner)
    points = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    star: Points = points / (2 * np.sin(0.4 * np.pi))  # the width between two points is one
    return star


def _cross(arm: float) -> Points:
    half = arm / 2
    quarter = [(-half, -0.5), (half, -0.5), (half, -half)]
    corners = []
    for turn in range(4):
        cosine, sine = round(np.cos(turn * np.pi / 2)), round(np.sin(turn * np.pi / 2))
        corners += [(x * cosine - y * sine, x * sine + y * cosine) for x, y in quarter]
    return np.array(corners)
