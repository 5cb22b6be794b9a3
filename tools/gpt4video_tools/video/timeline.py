"""When each picture of a clip is on the screen: pure arithmetic on time stamps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Timeline", "from_delivery", "from_stamps"]

_USUAL = 0.04
"""Seconds that a picture stands where nothing in the file tells."""
_ROUNDING = 1e-9
_RESET = 1.0
"""Seconds that time may step back within one run of pictures; further back is a new run."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The pictures of a clip in the order shown."""

    starts: NDArray[np.float64]
    """[N] seconds from the first picture, ascending."""
    duration: float
    """Seconds from the first picture to the end of the last."""
    marks: NDArray[np.int64]
    """[N] how to know a decoded picture: its time stamp, or its place in the order delivered."""
    counted: bool
    """Whether `marks` are places in the order delivered."""

    def shown_at(self, times: Sequence[float]) -> list[int]:
        """For each moment (seconds) the picture on the screen: the last that starts by then."""
        found = np.searchsorted(self.starts, np.asarray(times) + _ROUNDING, side="right") - 1
        return [max(0, int(index)) for index in found]


def from_stamps(
    stamps: NDArray[np.int64], *, tick: float, last: float | None, rate: float | None
) -> Timeline:
    """A timeline of trusted time stamps.

    Args:
        stamps: [N] distinct, in any order, N at least 1.
        tick: seconds of one step.
        last: seconds that the last picture stands, if the file tells.
        rate: pictures a second, if the file tells.
    """
    marks = np.sort(stamps)
    starts = (marks - marks[0]).astype(np.float64) * tick
    return Timeline(
        starts=starts,
        duration=float(starts[-1]) + _standing(starts, last, rate),
        marks=marks,
        counted=False,
    )


def from_delivery(
    stamps: Sequence[int | None], *, tick: float, last: float | None, rate: float | None
) -> Timeline:
    """A timeline of pictures in the order a decoder delivered them, whatever their time stamps.

    Missing stamps are replaced by an even rate; stamps a little out of order are sorted, because
    the decoder's order is the order shown; where time jumps back, a new run follows on the old one.
    """
    count = len(stamps)
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) < count or len(set(known)) < count:
        starts = np.arange(count, dtype=np.float64) * (1.0 / rate if rate else _USUAL)
    else:
        seconds = np.asarray(known, dtype=np.float64) * tick
        starts = np.sort(seconds) if _nearly_sorted(seconds) else _joined(seconds)
        starts = starts - starts[0]
    return Timeline(
        starts=starts,
        duration=float(starts[-1]) + _standing(starts, last, rate),
        marks=np.arange(count, dtype=np.int64),
        counted=True,
    )


def _nearly_sorted(seconds: NDArray[np.float64]) -> bool:
    return bool(np.all(np.maximum.accumulate(seconds) - seconds <= _RESET))


def _joined(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(seconds)
    forward = steps[steps > 0]
    usual = float(np.median(forward)) if len(forward) else _USUAL
    return np.concatenate([[0.0], np.cumsum(np.where(steps > 0, steps, usual))])


def _standing(starts: NDArray[np.float64], last: float | None, rate: float | None) -> float:
    """Seconds that the last picture stands."""
    if last is not None and last > 0:
        return last
    if len(starts) > 1:
        return float(np.median(np.diff(starts))) or _USUAL
    return 1.0 / rate if rate else _USUAL
