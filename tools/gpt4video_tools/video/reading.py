"""The two doors in: `probe_clip` says what a clip is, `read_clip` brings frames of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .arrays import array_info, clip_of_array, clip_of_clip
from .budget import VideoBudget
from .clip import Clip, ClipInfo
from .film import open_film
from .isolation import Isolation, read_apart
from .sampling import check_count, uniform_times
from .source import Bytes, ByteSource, open_bytes
from .timeline import Timeline

__all__ = ["FrameCount", "VideoSource", "probe_clip", "read_bytes", "read_clip"]

VideoSource: TypeAlias = ByteSource | NDArray[np.uint8] | Clip
"""A path, `bytes`, a binary file object, frames (uint8 [T, H, W, 3]) or a clip read before."""

FrameCount: TypeAlias = int | Callable[[float], int]
"""A number of frames, or the number for a clip of so many seconds."""

_DEFAULT = VideoBudget()


def read_clip(
    source: VideoSource,
    *,
    num_frames: FrameCount,
    budget: VideoBudget = _DEFAULT,
    fps: float | None = None,
    isolate: bool | Isolation = False,
) -> Clip:
    """Read `num_frames` frames, each shown at the midpoint of one of as many equal segments.

    The frame shown at a moment is the last that starts by then, so an uneven rate is right. A clip
    of fewer pictures than asked gives some of them several times: they are what is on the screen.
    Frames come upright, with square pixels, in RGB, no larger than `budget.longest_side`; a picture
    whose size changes on the way is fitted to the first one. However long the file, only the kept
    frames are held.

    Args:
        source: a path, `bytes`, a binary file object (read whole, from its start), frames in memory
            or a clip read before (from whose frames the nearest are taken).
        num_frames: at least 1, or a function that says it once the clip's duration in seconds is
            known.
        budget: what the clip may cost.
        fps: frames a second, for arrays only, where it is needed.
        isolate: decode in a child process with time and memory limits, for files from strangers;
            True means `Isolation()`. Arrays and clips are not decoded, so it changes nothing there.
            `num_frames` must then be a number.

    Raises:
        InvalidInputError: an argument is wrong.
        UnreadableClipError: not a video, damaged, encrypted, or not there.
        TruncatedClipError: it ends before its header says.
        BudgetExceededError: it costs more than the budget or the isolation allows.
    """
    if not callable(num_frames):
        check_count("num_frames", num_frames)
    if isinstance(source, Clip):
        count = _count(num_frames, source.duration)
        return clip_of_clip(source, num_frames=count, budget=budget)
    if isinstance(source, np.ndarray):
        count = _count(num_frames, array_info(source, fps).duration or 0.0)
        return clip_of_array(source, fps=fps, num_frames=count, budget=budget)
    with open_bytes(source, budget=budget) as data:
        if not callable(num_frames):
            budget.hold(data.name, "max_frames", num_frames)
        if isolate:
            count = check_count("num_frames", num_frames)
            limits = isolate if isinstance(isolate, Isolation) else Isolation()
            return read_apart(data, num_frames=count, budget=budget, limits=limits)
        return read_bytes(data, num_frames=num_frames, budget=budget)


def read_bytes(data: Bytes, *, num_frames: FrameCount, budget: VideoBudget) -> Clip:
    """`read_clip` for bytes that are open already, in this process."""
    key = data.digest()
    film = open_film(data, budget=budget)
    kept: dict[int, NDArray[np.uint8]] = {}
    times: tuple[float, ...] = ()
    chosen: list[int] = []

    def choose(timeline: Timeline) -> Sequence[int]:
        nonlocal times
        kept.clear()
        count = _count(num_frames, timeline.duration)
        budget.hold(data.name, "max_frames", count)
        times = uniform_times(timeline.duration, count)
        chosen[:] = timeline.shown_at(times)
        return sorted(set(chosen))

    timeline = film.pictures(choose, kept.__setitem__)
    return Clip(
        frames=np.stack([kept[index] for index in chosen]),
        times=times,
        duration=timeline.duration,
        key=key,
        name=data.name,
    )


def _count(num_frames: FrameCount, duration: float) -> int:
    """How many frames of a clip of so many seconds."""
    count = num_frames(duration) if callable(num_frames) else num_frames
    return check_count("num_frames", count)


def probe_clip(
    source: VideoSource, *, budget: VideoBudget = _DEFAULT, fps: float | None = None
) -> ClipInfo:
    """What a clip is: size as shown, duration, pictures, codec. One picture at most is decoded.

    The packets are walked, so that duration and count are true where the header lies. They are None
    where only decoding everything would tell (raw streams without time stamps).

    Raises:
        InvalidInputError, UnreadableClipError, TruncatedClipError, BudgetExceededError: as
            `read_clip` does.
    """
    if isinstance(source, Clip):
        count, height, width, _ = source.frames.shape
        return ClipInfo(
            name=source.name,
            width=width,
            height=height,
            duration=source.duration,
            frames=count,
            fps=count / source.duration if source.duration else None,
            codec="raw",
            container="clip",
            bytes=source.frames.nbytes,
        )
    if isinstance(source, np.ndarray):
        return array_info(source, fps)
    with open_bytes(source, budget=budget) as data:
        return open_film(data, budget=budget).info()
