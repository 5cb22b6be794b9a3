"""Which of the ten motions the track of one object is: rules over areas, centres and angles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpt4video.shapes.world import Motion, ShapeName

Array = npt.NDArray[np.float64]

_ORDER: dict[ShapeName, int] = {"square": 4, "cross": 4, "triangle": 3, "star": 5}


@dataclass(frozen=True, kw_only=True)
class Track:
    """One object over time; lengths are fractions of the frame, T frames."""

    areas: Array
    """[T], fraction of the frame's area."""
    centres: Array
    """[T, 2] as x, y; NaN where nothing shows."""
    angles: Array
    """[T] radians, known only up to the shape's symmetry; NaN where nothing shows."""


def track_of(masks: Array, shape: ShapeName | None) -> Track:
    """The track of soft masks [T, H, W]."""
    count, height, width = masks.shape
    areas = masks.sum(axis=(1, 2)) / (height * width)
    centres = np.full((count, 2), np.nan)
    angles = np.full(count, np.nan)
    order = _ORDER.get(shape, 0) if shape else 0
    ys, xs = np.mgrid[:height, :width] + 0.5
    for index, mask in enumerate(masks):
        total = mask.sum()
        if total < 3:
            continue
        cx, cy = (mask * xs).sum() / total, (mask * ys).sum() / total
        centres[index] = cx / width, cy / height
        if order:
            offset = (xs - cx) + 1j * (ys - cy)
            moment = (mask * offset**order).sum()
            angles[index] = np.angle(moment) / order
    return Track(areas=areas, centres=centres, angles=angles)


def name_motion(track: Track, shape: ShapeName | None) -> Motion | None:
    """The one motion whose rule the track meets; None when it meets none (or shows nothing)."""
    typical = float(np.median(track.areas[track.areas > 0])) if np.any(track.areas > 0) else 0.0
    lit = track.areas > 0.15 * typical
    if np.count_nonzero(lit) < 4:
        return None
    gaps = _gaps(lit)
    if gaps:
        return "blink" if 2 <= gaps <= 4 and _resting(track.centres[lit]) else None
    if not np.all(lit):
        return None
    return _scaling(track) or _travel(track) or _hopping(track) or _in_place(track, shape)


def _gaps(lit: npt.NDArray[np.bool_]) -> int:
    """How often the object goes off."""
    return int(np.count_nonzero(lit[:-1] & ~lit[1:]))


def _resting(centres: Array) -> bool:
    return bool(np.ptp(centres, axis=0).max() < 0.09)


def _scaling(track: Track) -> Motion | None:
    widths = np.sqrt(track.areas)
    third = max(1, len(widths) // 8)
    ratio = float(np.median(widths[-third:]) / np.median(widths[:third]))
    steady = _correlation(np.linspace(0, 1, len(widths)), widths)
    if not _resting(track.centres) or abs(steady) < 0.9:
        return None
    if ratio >= 1.4:
        return "grow"
    return "shrink" if ratio <= 1 / 1.4 else None


def _travel(track: Track) -> Motion | None:
    time = np.linspace(0, 1, len(track.areas))
    slopes = np.array([np.polyfit(time, track.centres[:, axis], 1)[0] for axis in (0, 1)])
    along = int(np.abs(slopes).argmax())
    if abs(slopes[along]) < 0.26 or abs(slopes[1 - along]) > 0.4 * abs(slopes[along]):
        return None
    if abs(_correlation(time, track.centres[:, along])) < 0.97:
        return None
    names: tuple[tuple[Motion, Motion], ...] = (("left", "right"), ("up", "down"))
    return names[along][int(slopes[along] > 0)]


def _hopping(track: Track) -> Motion | None:
    x, y = track.centres.T
    height = float(np.ptp(y))
    if height < 0.08 or np.ptp(x) > 0.6 * height:
        return None
    turns = _turning_points(y, least=0.35 * height)
    return "bounce" if 2 <= turns <= 9 else None


def _turning_points(values: Array, *, least: float) -> int:
    """Changes of direction between swings of at least `least`."""
    turns, way, low, high = 0, 0, values[0], values[0]
    for value in values[1:]:
        low, high = min(low, value), max(high, value)
        if way <= 0 and value - low >= least:
            turns += way < 0
            way, high = 1, value
        elif way >= 0 and high - value >= least:
            turns += way > 0
            way, low = -1, value
        if way > 0:
            low = value
            high = max(high, value)
        elif way < 0:
            high = value
            low = min(low, value)
    return int(turns)


def _in_place(track: Track, shape: ShapeName | None) -> Motion | None:
    if np.ptp(track.centres, axis=0).max() > 0.09:
        return None
    order = _ORDER.get(shape, 0) if shape else 0
    if order:
        steps = np.diff(track.angles)
        half = np.pi / order
        wrapped = (steps + half) % (2 * half) - half
        typical = float(np.median(np.abs(wrapped)))
        if typical >= np.radians(6):
            return "spin"
        if typical > np.radians(3):
            return None
    widths = np.sqrt(track.areas)
    return "still" if widths.max() / widths.min() < 1.3 else None


def _correlation(a: Array, b: Array) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])
