"""From frames to soft masks: the background, the colours that stand out of it, their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpt4video.shapes.world import BACKGROUND_RGB, COLOUR_RGB, Background, Colour

Array = npt.NDArray[np.float64]

_COLOURS = tuple(COLOUR_RGB)
_PALETTE: Array = np.array([COLOUR_RGB[each] for each in _COLOURS], dtype=np.float64)
_BACKGROUND_TOLERANCE = 30.0
"""Levels of 255 by which the background may be off, per channel (the world allows 10)."""
_COLOUR_TOLERANCE = 62.0
"""Euclidean distance from a nominal colour; the two nearest ones are 81 apart."""
_STANDS_OUT = 45.0
"""Euclidean distance from the background at which a pixel is no background."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The background of a clip."""

    name: Background | None
    """None when it is none of the world's backgrounds."""
    rgb: Array
    """[3]."""


def find_ground(video: Array) -> Ground:
    """The background of video [T, H, W, 3]: the median of the frames' borders."""
    edge = np.concatenate(
        [
            video[:, :2].reshape(-1, 3),
            video[:, -2:].reshape(-1, 3),
            video[:, :, :2].reshape(-1, 3),
            video[:, :, -2:].reshape(-1, 3),
        ]
    )
    rgb: Array = np.median(edge, axis=0)
    off = {name: float(np.abs(rgb - nominal).max()) for name, nominal in BACKGROUND_RGB.items()}
    nearest = min(off, key=lambda name: off[name])
    spread = float(np.median(np.abs(edge - rgb)))
    known = off[nearest] <= _BACKGROUND_TOLERANCE and spread <= 12
    return Ground(name=nearest if known else None, rgb=rgb)


@dataclass(frozen=True, kw_only=True)
class Paint:
    """One colour that stands out of the background."""

    name: Colour | None
    """None when it is near none of the world's colours."""
    rgb: Array
    """[3], as drawn in this clip."""
    seen: int
    """Frames in which a patch of this colour is the core of a connected region."""


def find_paints(video: Array, ground: Ground) -> list[Paint]:
    """The colours of the connected regions of video [T, H, W, 3], the most lasting first.

    A region speaks with its core alone: its edges are mixtures with the background that may look
    like another colour (red on white is pink).
    """
    cores: list[Array] = []
    weights: list[int] = []
    frame_of: list[int] = []
    for index, frame in enumerate(video):
        distance = np.linalg.norm(frame - ground.rgb, axis=-1)
        for region in regions(distance > _STANDS_OUT):
            if np.count_nonzero(region) < 5:
                continue
            for core in _cores(frame, distance, region):
                cores.append(core)
                weights.append(int(np.count_nonzero(region)))
                frame_of.append(index)
    return _vote(cores, frame_of)


def unmix(video: Array, ground: Ground, paints: list[Paint]) -> tuple[Array, float]:
    """Shares of one or two paints in every pixel, [paints, T, H, W] in [0, 1], and what they leave.

    Each pixel is explained as background plus shares of the paints (edges are mixtures). The second
    value is the mean absolute error of that explanation, in levels of 255.
    """
    directions = np.stack([paint.rgb - ground.rgb for paint in paints])  # [P, 3]
    offset = video - ground.rgb
    solver = np.linalg.pinv(directions)  # [3, P]
    shares = np.clip(offset @ solver, 0, 1)
    total = shares.sum(axis=-1, keepdims=True)
    shares = shares / np.maximum(total, 1.0)
    error = float(np.abs(offset - shares @ directions).mean())
    shares[shares < 0.2] = 0.0
    return np.moveaxis(shares, -1, 0), error


def regions(mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
    """The connected regions (eight neighbours) of a mask [H, W], the largest first."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        height, width = labels.shape
        spread = labels
        for dy in range(3):
            for dx in range(3):
                spread = np.maximum(spread, padded[dy : dy + height, dx : dx + width])
        spread = np.where(mask, spread, 0)
        # Jump along the labels as well: each label names a pixel, whose own label may be higher.
        flat = np.concatenate([[0], spread.ravel()])
        spread = np.where(mask, flat[spread], 0)
        if np.array_equal(spread, labels):
            break
        labels = spread
    names, sizes = np.unique(labels[labels > 0], return_counts=True)
    return [labels == name for name in names[np.argsort(-sizes)]]


def _cores(frame: Array, distance: Array, region: npt.NDArray[np.bool_]) -> list[Array]:
    """The clear colours of a region: one, or two where two objects touch."""
    pixels = frame[region]
    nearest = np.linalg.norm(pixels[:, None] - _PALETTE, axis=-1).argmin(axis=1)
    inner = _inner(region)[region]
    use = (
        inner
        if np.count_nonzero(inner) >= 4
        else distance[region] >= np.quantile(distance[region], 0.6)
    )
    names, counts = np.unique(nearest[use], return_counts=True)
    clear = names[counts >= max(3, 0.25 * counts.sum())]
    return [np.median(pixels[use & (nearest == name)], axis=0) for name in clear]


def _inner(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    padded = np.pad(mask, 1)
    inner: npt.NDArray[np.bool_] = (
        mask & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    )
    return inner


def _vote(cores: list[Array], frame_of: list[int]) -> list[Paint]:
    groups: dict[int, list[tuple[Array, int]]] = {}
    for core, frame in zip(cores, frame_of, strict=True):
        nearest = int(np.linalg.norm(_PALETTE - core, axis=1).argmin())
        groups.setdefault(nearest, []).append((core, frame))
    paints = []
    for index, members in groups.items():
        rgb = np.median([core for core, _ in members], axis=0)
        near = float(np.linalg.norm(_PALETTE[index] - rgb)) <= _COLOUR_TOLERANCE
        seen = len({frame for _, frame in members})
        paints.append(Paint(name=_COLOURS[index] if near else None, rgb=rgb, seen=seen))
    return sorted(paints, key=lambda paint: -paint.seen)
