"""How closely the guards look at a clip: more often than the model, so that a bad second of a long
clip does not fall between two of their frames.

A clip is cut into as many equal segments as the guards see frames, each shown at its midpoint. That
many is an odd multiple of what the model sees, so the model's own frames are among them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gpt4video_tools.video import Clip

FRAMES_A_SECOND: Final = 2.0
"""What the guards see of a clip: two frames, near enough to bear each other out, of each second."""
MOST_FRAMES: Final = 128
"""But no more than so many of one clip."""
LEAST_DENSITY: Final = 3
"""And for each frame of the model so many at least, however short or long the clip."""


def guarded_frames(duration: float, *, model_frames: int, most: int = MOST_FRAMES) -> int:
    """How many frames of a clip the guards see: an odd multiple of `model_frames`.

    Args:
        duration: of the clip, in seconds.
        model_frames: how many the model sees.
        most: the limit; the least density is kept even where it leads over it.
    """
    wanted = math.ceil(min(FRAMES_A_SECOND * duration, most) / model_frames)
    density = wanted + 1 - wanted % 2
    if density * model_frames > most:
        density -= 2
    return max(LEAST_DENSITY, density) * model_frames


def seen_by_model(clip: Clip, *, model_frames: int) -> slice:
    """Which frames of a clip that was read for the guards the model sees."""
    density = len(clip.times) // model_frames
    return slice(density // 2, None, density)


def gaps_between(clip: Clip) -> str:
    """What to say of a clip in which a bad second may fall between two frames; "" if it cannot."""
    gap = clip.duration / len(clip.times)
    if gap <= 1 / FRAMES_A_SECOND:
        return ""
    return (
        f"The guards saw {len(clip.times)} frames of {clip.name} ({clip.duration:.0f} s), one "
        f"every {gap:.1f} s: what lasts shorter may stand between them."
    )
