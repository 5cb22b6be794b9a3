"""From a score per frame to a score per clip, and to the times that made it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def persistent_score(scores: Floats, *, persistence: int) -> float:
    """The largest score that `persistence` frames reach: one noisy frame alone does not count.

    Args:
        scores: [T], one per frame.
        persistence: frames, at least 1; a clip with fewer frames needs all of them.
    """
    needed = min(persistence, len(scores))
    return float(np.sort(scores)[len(scores) - needed])


def time_ranges(
    scores: Floats, times: tuple[float, ...], *, least: float
) -> tuple[tuple[float, float], ...]:
    """The stretches [first, last] in seconds of neighbouring frames that score at least `least`."""
    over = np.concatenate(([False], scores >= least, [False]))
    edges = np.flatnonzero(over[1:] != over[:-1])  # starts and ends, alternating
    return tuple(
        (float(times[start]), float(times[end - 1]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )
