"""A clip as the rest of the house knows it: a few frames, their times, and where they come from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gpt4video_guards.errors import InvalidInputError

__all__ = ["Clip", "ClipInfo"]


@dataclass(frozen=True, kw_only=True)
class ClipInfo:
    """What is known of a clip without decoding it whole."""

    name: str
    """The file's name, or what the source is."""
    width: int
    """Pixels, as shown: after rotation and pixel aspect."""
    height: int
    """Pixels, as shown."""
    duration: float | None
    """Seconds from first picture to end of last; None where only decoding would tell."""
    frames: int | None
    """Pictures; None where only decoding would tell."""
    fps: float | None
    """Pictures a second on average; None where only decoding would tell."""
    codec: str
    """FFmpeg's name of the codec, "raw" for arrays."""
    container: str
    """FFmpeg's name of the container, "array" for arrays."""
    bytes: int
    """Size of the source."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """Frames sampled from a video, in order. Clips are compared by identity; see `key`."""

    frames: NDArray[np.uint8] = field(repr=False)
    """uint8 [T, H, W, 3], RGB, T at least 1."""
    times: tuple[float, ...]
    """The moments sampled, in seconds from the first picture, ascending; one per frame."""
    duration: float
    """Seconds from the first picture to the end of the last."""
    key: str
    """SHA-256 (hex) of the file's bytes, or of the frames where there was no file."""
    name: str = "clip"
    """The file's name, or what the source was."""

    def __post_init__(self) -> None:
        check_frames("frames", self.frames)
        if len(self.times) != len(self.frames):
            raise InvalidInputError("times", f"{len(self.times)} times", f"{len(self.frames)}")
        if not all(math.isfinite(time) for time in (*self.times, self.duration)):
            raise InvalidInputError("times", self.times, "finite seconds")

    def __repr__(self) -> str:
        count, height, width, _ = self.frames.shape
        return (
            f"Clip(name={self.name!r}, frames={count}x{height}x{width}, "
            f"duration={self.duration:.3f}, key={self.key[:12]!r})"
        )

    def take(self, times: Sequence[float]) -> Clip:
        """The frames sampled nearest to these moments (the earlier one of two as near).

        Args:
            times: seconds, at least one; moments outside the clip take its first or last frame.

        Raises:
            InvalidInputError: no time, or one that is not finite.
        """
        if not len(times) or not all(math.isfinite(time) for time in times):
            raise InvalidInputError("times", times, "at least one finite number of seconds")
        own = np.asarray(self.times)
        chosen = [int(np.argmin(np.abs(own - time))) for time in times]
        return replace(
            self,
            frames=self.frames[chosen],
            times=tuple(self.times[index] for index in chosen),
        )


def check_frames(argument: str, frames: object) -> NDArray[np.uint8]:
    """The same array, known to be uint8 [T, H, W, 3] with nothing empty.

    Raises:
        InvalidInputError: it is not.
    """
    expected = "a numpy array, uint8 [T, H, W, 3], T, H and W at least 1"
    if not isinstance(frames, np.ndarray):
        raise InvalidInputError(argument, type(frames).__name__, expected)
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or frames.size == 0:
        raise InvalidInputError(argument, f"{frames.dtype} {list(frames.shape)}", expected)
    return frames
