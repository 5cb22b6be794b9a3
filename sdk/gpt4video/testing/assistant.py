"""A whole assistant on a script: for tests of whatever is built around one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gpt4video.assistant import VideoAssistant
from gpt4video.reasoning import Conversation
from gpt4video.testing.generator import RED, ScriptedGenerator
from gpt4video.testing.guards import Colour, ScriptedGuard, scripted_pipeline
from gpt4video.testing.reasoner import Answer, ScriptedReasoner
from gpt4video_tools.video import Clip, encode_mp4


def scripted_assistant(
    replies: str | Sequence[str] | Callable[[Conversation], Answer] = "OK.",
    *,
    blocked_words: Sequence[str] = (),
    blocked_colours: Sequence[Colour] = (),
    **parts: Any,
) -> VideoAssistant:
    """An assistant that answers from a script, judges by a list, and makes clips of one colour.

    All of `VideoAssistant` is real; only the reasoner, the guards and the generator are scripted.

    Args:
        replies: see `ScriptedReasoner`; `<video> ... </video>` in them asks for a clip.
        blocked_words: blocked in every text that goes in or out.
        blocked_colours: blocked in every clip that goes in or out.
        parts: arguments of `VideoAssistant`, in place of the scripted ones or beside them.
    """
    parts.setdefault("reasoner", ScriptedReasoner(replies))
    parts.setdefault("generator", ScriptedGenerator())
    if "pipeline" not in parts:
        parts["pipeline"] = scripted_pipeline(
            text_guard=ScriptedGuard(words=blocked_words),
            frames_guard=ScriptedGuard(colours=blocked_colours),
        )
    return VideoAssistant(**parts)


def flat_clip(colour: Colour = RED, *, seconds: float = 1.0, fps: float = 8.0) -> Clip:
    """A clip of one colour, in memory, 64 x 64 pixels."""
    count = max(1, round(seconds * fps))
    frames = _flat_frames(colour, count)
    times = tuple(index / fps for index in range(count))
    key = f"flat-{colour}-{count}-{fps}"
    return Clip(frames=frames, times=times, duration=count / fps, key=key, name="flat")


def flat_mp4(colour: Colour = RED, *, seconds: float = 1.0, fps: float = 8.0) -> bytes:
    """The same clip as the bytes of an mp4 file."""
    return encode_mp4(_flat_frames(colour, max(1, round(seconds * fps))), fps=fps)


def _flat_frames(colour: Colour, count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.broadcast_to(np.array(colour, dtype=np.uint8), (count, 64, 64, 3)).copy()
