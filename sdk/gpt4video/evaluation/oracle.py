"""A pixel oracle: reads background, colour, shape, size and motion from frames by rules alone.

No learned model and no knowledge of any renderer: linear unmixing of the pixels into background and
paint, template correlation for the shape, rules over tracks for the motion. What it cannot tell it
leaves None, so a clip of noise reads as nothing. `tests/evaluation/test_oracle.py` tries it on
rendered clips and on wrong ones (noise, a swapped label, a frozen clip).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpt4video.evaluation._motions import Track, name_motion, track_of
from gpt4video.evaluation._pixels import Array, Ground, Paint, find_ground, find_paints, unmix
from gpt4video.evaluation._templates import Match, match
from gpt4video.shapes.world import SHAPES, Background, Colour, Motion, ShapeName, Size
from gpt4video_guards.errors import InvalidInputError

_FRAMES = 16
_SIDE = 64
_SMALL_BELOW = 0.29
"""Fraction of the frame below which an extent is small; the world has none near it."""
_LEAST_MATCH = 0.86
_MOST_UNEXPLAINED = 9.0
"""Mean absolute error, in levels of 255, above which the pixels are no paint on a background."""


@dataclass(frozen=True, kw_only=True)
class ObjectReading:
    """What the pixels say of one object; None where they do not say."""

    colour: Colour | None
    shape: ShapeName | None
    size: Size | None
    motion: Motion | None
    x: float
    """Centre in the first frame that shows it, as a fraction of the frame."""
    y: float


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the pixels of a clip say."""

    background: Background | None
    objects: tuple[ObjectReading, ...]
    """At most two, the most lasting first."""


def read_pixels(frames: npt.NDArray[np.uint8], *, objects: int = 1) -> Reading:
    """Read a clip of one or two objects.

    Args:
        frames: uint8 [T, H, W, 3] RGB over the whole clip, evenly spaced in time; at least 8.
            16 are used (nearest), scaled to 64 x 64.
        objects: how many objects to look for, 1 or 2.

    Raises:
        InvalidInputError: the frames are no such array or `objects` is out of range.
    """
    video = _prepared(frames, objects)
    ground = find_ground(video)
    paints = [paint for paint in find_paints(video, ground) if paint.seen >= 3][:objects]
    if not paints:
        return Reading(background=ground.name, objects=())
    masks, unexplained = unmix(video, ground, paints)
    if unexplained > _MOST_UNEXPLAINED:
        return Reading(background=ground.name, objects=())
    overlaid = len(paints) > 1
    found = tuple(
        _read_object(paint, mask, overlaid=overlaid)
        for paint, mask in zip(paints, masks, strict=True)
    )
    return Reading(background=ground.name, objects=found)


def _read_object(paint: Paint, masks: Array, *, overlaid: bool) -> ObjectReading:
    masks = _without_specks(masks)
    areas = masks.sum(axis=(1, 2))
    lit = areas > 0.15 * np.median(areas[areas > 0]) if np.any(areas > 0) else areas > 0
    matches = [match(mask) if on else None for mask, on in zip(masks, lit, strict=True)]
    shape = _name_shape(matches, overlaid=overlaid)
    track = track_of(masks, shape)
    x, y = _start(track)
    return ObjectReading(
        colour=paint.name,
        shape=shape,
        size=_name_size(matches, shape),
        motion=name_motion(track, shape),
        x=x,
        y=y,
    )


def _name_shape(matches: list[Match | None], *, overlaid: bool) -> ShapeName | None:
    """The shape with the highest correlation over the clip.

    Where another object may lie on top, the better half of the frames speaks.
    """
    known = [each for each in matches if each is not None]
    if len(known) < 3:
        return None
    table = np.array([[each.scores[shape] for shape in SHAPES] for each in known])
    if overlaid:
        clearest = np.argsort(-table.max(axis=1))[: max(3, len(known) // 2)]
        table = table[clearest]
    means = table.mean(axis=0)
    best = int(means.argmax())
    return SHAPES[best] if means[best] >= _LEAST_MATCH else None


def _name_size(matches: list[Match | None], shape: ShapeName | None) -> Size | None:
    """Small or large by the extent at mid clip (growing and shrinking ones count there)."""
    if shape is None:
        return None
    middle = (len(matches) - 1) / 2
    order = sorted(range(len(matches)), key=lambda index: abs(index - middle))
    extents = [found.extents[shape] for i in order if (found := matches[i]) is not None]
    if not extents:
        return None
    return "small" if float(np.median(extents[:4])) / _SIDE < _SMALL_BELOW else "large"


def _start(track: Track) -> tuple[float, float]:
    shown = np.flatnonzero(~np.isnan(track.centres[:, 0]))
    if not len(shown):
        return 0.5, 0.5
    x, y = track.centres[shown[0]]
    return float(x), float(y)


def _without_specks(masks: Array) -> Array:
    """Masks without single pixels that nothing around supports (noise, compression)."""
    solid = masks > 0.4
    padded = np.pad(solid, ((0, 0), (1, 1), (1, 1)))
    height, width = masks.shape[1:]
    support = sum(
        padded[:, dy : dy + height, dx : dx + width].astype(np.int64)
        for dy in range(3)
        for dx in range(3)
    )
    return np.where(np.asarray(support) >= 3, masks, 0.0)


def _prepared(frames: npt.NDArray[np.uint8], objects: int) -> Array:
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or len(frames) < 8:
        raise InvalidInputError(
            "frames",
            f"{frames.dtype} {list(frames.shape)}",
            "uint8 [T, H, W, 3] with T of 8 or more",
        )
    if objects not in (1, 2):
        raise InvalidInputError("objects", objects, "1 or 2")
    picks = ((np.arange(_FRAMES) + 0.5) / _FRAMES * len(frames)).astype(int)
    video = frames[picks].astype(np.float64)
    rows, columns = (_area_weights(side, _SIDE) for side in video.shape[1:3])
    scaled: Array = np.einsum("yh,thwc,xw->tyxc", rows, video, columns, optimize=True)
    return scaled


def _area_weights(source: int, target: int) -> Array:
    """Weights [target, source] of an area-averaging resize along one axis."""
    edges = np.arange(target + 1) * source / target
    cells = np.arange(source)
    overlap = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    weights: Array = np.clip(overlap, 0, None) * target / source
    return weights


__all__ = ["Ground", "ObjectReading", "Reading", "read_pixels"]
