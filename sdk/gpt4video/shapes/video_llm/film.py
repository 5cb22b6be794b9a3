"""Training clips as the assistant will get them: filmed at some rate, compressed, sampled."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gpt4video.shapes.layout import Drawing
from gpt4video.shapes.render import draw
from gpt4video_tools.video import VideoBudget, encode_mp4, read_clip

RATES: Final = (8, 10, 12, 15, 16, 20, 24, 25, 30)
"""Frames per second of training clips."""
SIZES: Final = (64, 64, 64, 72, 80, 96, 112, 128, 160)
"""Sides of training clips in pixels; large ones cost more to draw and look much like 128."""
COMPRESSED_SHARE: Final = 0.5


def sampled_times(rng: np.random.Generator, num_frames: int) -> NDArray[np.float64]:
    """Moments (0 to 1) of the frames that uniform sampling picks from a clip of some length.

    The generator's own clips, 16 frames at 8 per second, make up a quarter.
    """
    count = round(float(rng.choice(RATES)) * rng.uniform(2.0, 4.0))
    if rng.random() < 0.25:
        count = 16
    picked = np.floor((np.arange(num_frames) + 0.5) / num_frames * count)
    return picked / (count - 1)


def film(drawing: Drawing, rng: np.random.Generator, num_frames: int = 16) -> NDArray[np.uint8]:
    """The sampled frames of a drawing: uint8 [num_frames, S, S, 3], half of them through H.264."""
    size = int(rng.choice(SIZES))
    frames = draw(drawing, times=sampled_times(rng, num_frames), size=size, rng=rng)
    if rng.random() >= COMPRESSED_SHARE:
        return frames
    return compressed(frames)


def compressed(frames: NDArray[Any]) -> NDArray[np.uint8]:
    """The same frames after H.264: uint8 [T, S, S, 3]."""
    clip = read_clip(
        encode_mp4(frames, fps=8.0),
        num_frames=len(frames),
        budget=VideoBudget(longest_side=max(frames.shape[1:3])),
    )
    return clip.frames
