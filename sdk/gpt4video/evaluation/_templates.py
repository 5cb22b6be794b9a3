"""Which of the six shapes a soft mask is: the best of a bank of drawn templates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gpt4video.evaluation.masks import Proportions, fill, outline, placed
from gpt4video.shapes.world import SHAPES, ShapeName

Array = npt.NDArray[np.float64]

_GRID = 24
_REACH = 2.1
"""Half the width of the normalised window, in radii of the disc of the same area."""
_SCALES = (3.0, 3.5, 4.2, 5.0, 6.0, 7.5, 9.0, 11.0, 14.0, 18.0, 24.0)
"""Square roots of the areas (pixels) at which templates are drawn."""
_SYMMETRY: dict[ShapeName, int] = {
    "circle": 0,
    "ring": 0,
    "square": 4,
    "triangle": 3,
    "star": 5,
    "cross": 4,
}
_VARIANTS: dict[ShapeName, tuple[Proportions, ...]] = {
    "circle": (Proportions(),),
    "square": (Proportions(),),
    "triangle": tuple(Proportions(triangle_height=h) for h in (0.8, 0.87, 1.0)),
    "star": tuple(Proportions(star_inner=r) for r in (0.38, 0.45, 0.52)),
    "ring": tuple(Proportions(ring_inner=r) for r in (0.45, 0.55, 0.65, 0.75)),
    "cross": tuple(Proportions(cross_arm=a) for a in (0.25, 0.32, 0.4)),
}


@dataclass(frozen=True, kw_only=True)
class Match:
    """How well each shape explains a mask."""

    scores: dict[ShapeName, float]
    """Correlation in [-1, 1] of the best template of each shape."""
    extents: dict[ShapeName, float]
    """How far that template reaches across when upright, in pixels at the mask's own scale."""


def match(mask: Array) -> Match | None:
    """Compare a soft mask [H, W] of one object with the bank; None when there is hardly one."""
    area = float(mask.sum())
    if area < 6:
        return None
    patch = _normalised(mask, radius=math.sqrt(area / math.pi))
    # Templates are drawn as coarsely as the object is: a star of ten pixels is a blurred star.
    bank = _bank(min(_SCALES, key=lambda scale: abs(math.log(scale) - math.log(area) / 2)))
    scores = bank.patches @ _unit(patch)
    best_scores: dict[ShapeName, float] = {}
    extents: dict[ShapeName, float] = {}
    for index, shape in enumerate(SHAPES):
        rows = np.flatnonzero(bank.shapes == index)
        best = rows[scores[rows].argmax()]
        best_scores[shape] = float(scores[best])
        extents[shape] = float(bank.extents[best]) * math.sqrt(area)
    return Match(scores=best_scores, extents=extents)


@dataclass(frozen=True, kw_only=True)
class _Bank:
    patches: Array
    """[K, GRID * GRID], centred and of unit length."""
    shapes: npt.NDArray[np.int64]
    extents: Array
    """Extent over the square root of the area."""


@lru_cache(maxsize=len(_SCALES))
def _bank(root_area: float) -> _Bank:
    patches, shapes, extents = [], [], []
    for index, shape in enumerate(SHAPES):
        for proportions in _VARIANTS[shape]:
            polygons = outline(shape, proportions)
            unit_area = float(fill([(p + 0.7) * 100 for p in polygons], size=140).sum()) / 1e4
            extent = root_area / math.sqrt(unit_area)
            size = math.ceil(extent * 1.3) + 4
            for angle in _angles(shape):
                turned = placed(
                    polygons, centre=(0.5, 0.5), extent=extent / size, angle=angle, size=size
                )
                mask = fill(turned, size=size)
                radius = math.sqrt(float(mask.sum()) / math.pi)
                patches.append(_unit(_normalised(mask, radius=radius)))
                shapes.append(index)
                extents.append(1 / math.sqrt(unit_area))
    return _Bank(patches=np.stack(patches), shapes=np.array(shapes), extents=np.array(extents))


def _angles(shape: ShapeName) -> list[float]:
    order = _SYMMETRY[shape]
    if order == 0:
        return [0.0]
    steps = 12
    return [2 * math.pi / order * step / steps for step in range(steps)]


def _normalised(mask: Array, *, radius: float) -> Array:
    """The mask about its centroid, scaled so that its area is always the same, [GRID, GRID]."""
    total = mask.sum()
    ys, xs = np.arange(mask.shape[0]), np.arange(mask.shape[1])
    cy = float((mask.sum(axis=1) * ys).sum() / total)
    cx = float((mask.sum(axis=0) * xs).sum() / total)
    steps = (np.arange(_GRID) + 0.5) / _GRID * 2 - 1
    rows, columns = cy + steps * _REACH * radius, cx + steps * _REACH * radius
    return _weights(rows, mask.shape[0]) @ mask @ _weights(columns, mask.shape[1]).T


def _weights(positions: Array, size: int) -> Array:
    """Bilinear weights [positions, size]; outside the frame there is nothing."""
    distance = np.abs(positions[:, None] - np.arange(size)[None, :])
    weights: Array = np.clip(1 - distance, 0, 1)
    return weights


def _unit(patch: Array) -> Array:
    flat = patch.ravel() - patch.mean()
    unit: Array = flat / max(float(np.linalg.norm(flat)), 1e-9)
    return unit
