"""Which moments of a clip are looked at: pure arithmetic on seconds."""

from __future__ import annotations

import math

from gpt4video_guards.errors import InvalidInputError

__all__ = ["check_count", "uniform_times"]


def uniform_times(duration: float, count: int) -> tuple[float, ...]:
    """The midpoints of `count` equal segments, in seconds: (i + 0.5) / count * duration.

    Every third one of `uniform_times(d, 3 * n)`, from the second on, is `uniform_times(d, n)`
    (but for rounding): a denser reading holds the sparser one.

    Args:
        duration: seconds, finite, not negative.
        count: at least 1.

    Raises:
        InvalidInputError: either is outside its range.
    """
    if not (math.isfinite(duration) and duration >= 0):
        raise InvalidInputError("duration", duration, "seconds, finite and not negative")
    check_count("count", count)
    return tuple((index + 0.5) / count * duration for index in range(count))


def check_count(argument: str, count: object) -> int:
    """The same number, known to be a whole one of at least 1."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InvalidInputError(argument, count, "a whole number of at least 1")
    return count
