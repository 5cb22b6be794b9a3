"""Frames that are in memory already, read as if they were a clip."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from gpt4video_guards.errors import InvalidInputError

from .budget import VideoBudget
from .clip import Clip, ClipInfo, check_frames
from .sampling import uniform_times
from .sizes import fit

__all__ = ["array_info", "check_rate", "clip_of_array", "clip_of_clip", "scaled"]


def check_rate(fps: float | Fraction | None) -> float:
    """The same rate, known to be finite and positive."""
    if fps is None or isinstance(fps, bool) or not (math.isfinite(fps) and fps > 0):
        raise InvalidInputError("fps", fps, "frames a second, positive (arrays carry no times)")
    return float(fps)


def array_info(frames: NDArray[np.uint8], fps: float | None) -> ClipInfo:
    """What an array of frames is, as a clip."""
    rate = check_rate(fps)
    count, height, width, _ = check_frames("source", frames).shape
    return ClipInfo(
        name="array",
        width=width,
        height=height,
        duration=count / rate,
        frames=count,
        fps=rate,
        codec="raw",
        container="array",
        bytes=frames.nbytes,
    )


def clip_of_array(
    frames: NDArray[np.uint8], *, fps: float | None, num_frames: int, budget: VideoBudget
) -> Clip:
    """`num_frames` uniform samples of an array of frames at that rate."""
    info = array_info(frames, fps)
    budget.check(budget.cost(info, num_frames=num_frames), source=info.name)
    rate, duration = check_rate(fps), info.duration or 0.0
    times = uniform_times(duration, num_frames)
    chosen = [min(len(frames) - 1, int(time * rate + 1e-9)) for time in times]
    digest = hashlib.sha256(repr((frames.shape, rate)).encode())
    for frame in frames:
        digest.update(np.ascontiguousarray(frame).data)
    return Clip(
        frames=scaled(frames[chosen], budget.longest_side),
        times=times,
        duration=duration,
        key=digest.hexdigest(),
        name=info.name,
    )


def clip_of_clip(clip: Clip, *, num_frames: int, budget: VideoBudget) -> Clip:
    """`num_frames` uniform samples of a clip that was read before."""
    budget.hold(clip.name, "max_frames", num_frames)
    budget.hold(clip.name, "max_seconds", clip.duration)
    times = uniform_times(clip.duration, num_frames)
    taken = clip.take(times)
    return Clip(
        frames=scaled(taken.frames, budget.longest_side),
        times=taken.times,
        duration=clip.duration,
        key=clip.key,
        name=clip.name,
    )


def scaled(frames: NDArray[np.uint8], longest_side: int) -> NDArray[np.uint8]:
    """Frames brought down to that longest side, [T, H, W, 3] to [T, H', W', 3]; never up."""
    from PIL import Image

    height, width = frames.shape[1:3]
    size = fit(width, height, longest_side)
    if size == (width, height):
        return np.ascontiguousarray(frames)
    resized = [Image.fromarray(frame).resize(size, Image.Resampling.BICUBIC) for frame in frames]
    return np.stack([np.asarray(image) for image in resized])
