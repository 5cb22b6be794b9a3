"""Scripted makers and askers, whose guards block a word, and what their clips must be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_tools.calls import ClipSources, VideoAsker, VideoMaker
from gpt4video_tools.clips import ClipStore

BLOCKED = "bomb"


def scripted_maker(folder: Path, **generator: Any) -> VideoMaker:
    """Keeps its clips in that folder."""
    return VideoMaker(
        generator=ScriptedGenerator(**generator),
        pipeline=scripted_pipeline(text_guard=ScriptedGuard(words=[BLOCKED])),
        store=ClipStore(folder),
    )


def scripted_asker(maker: VideoMaker) -> VideoAsker:
    """Answers how many clips it sees; takes the maker's handles."""
    assistant = scripted_assistant(
        lambda asked: f"I see {len(asked.messages[-1].clips)} clip.",
        blocked_words=[BLOCKED],
        generator=None,
    )
    return VideoAsker(answerer=assistant, sources=ClipSources(store=maker.store))


def only_clip(folder: Path) -> Path:
    """The one clip that was made there."""
    (path,) = folder.rglob("*.mp4")
    return path


def carries_base64(context: object) -> bool:
    """Whether what a model reads holds anything that looks like a file in base64."""
    return re.search(r"[A-Za-z0-9+/]{200,}", str(context)) is not None
