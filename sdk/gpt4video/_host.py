"""What all turns of one assistant share, and what one turn is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gpt4video.memory import CLIP_BYTES
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery import VideoRequest
from gpt4video_tools.video import Clip

if TYPE_CHECKING:
    from gpt4video.reasoning import GenerationOptions, Message, Reasoner
    from gpt4video_guards import GuardPipeline, TextKind
    from gpt4video_tools.gallery import VideoGenerator
    from gpt4video_tools.provenance import Provenance
    from gpt4video_tools.video import VideoBudget, VideoSource

HOLD_BACK_CHARS = 200
"""Default window of characters that are held back until what follows them was judged too."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Host:
    """The parts that a turn works with."""

    reasoner: Reasoner
    pipeline: GuardPipeline
    generator: VideoGenerator | None
    budget: VideoBudget
    output_dir: Callable[[], Path]
    """Gives the folder for made clips; called when there is something to put in."""
    options: GenerationOptions
    system: Message | None = None
    window: int | None = HOLD_BACK_CHARS
    clip_bytes: int = CLIP_BYTES
    shows_made_clips: bool = True
    provenance: Provenance | None = None
    name: str | None = None
    """Of who writes the video prompts, for manifests."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held for each single step of the reasoner: turns of several threads may interleave. The
    garbage collector may close an abandoned turn in the middle of another one's step, so a thread
    may take it twice."""


def is_text(value: object) -> bool:
    """A string of whole characters: half of a surrogate pair is none, and no tokenizer takes it."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """What one turn is asked; checked when it is built."""

    texts: tuple[str, ...]
    videos: tuple[VideoSource, ...] = ()
    options: GenerationOptions | None = None
    video_options: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[TextKind, ...] = ()
    """What each of `texts` is to the guards; empty where all are prompts."""
    hands_over: bool = False
    """A clip that the model asks for is made by the caller: the reply names its prompt."""

    @classmethod
    def checked(
        cls,
        text: str | Sequence[str],
        videos: Sequence[VideoSource],
        *,
        options: GenerationOptions | None,
        video_options: Mapping[str, Any] | None,
        limits: Mapping[str, Any] | None,
    ) -> Request:
        """Build a request of a caller's arguments.

        Raises:
            InvalidInputError: text is not a string or some strings, there is neither a word nor a
                clip, or videos is a single clip rather than a list.
        """
        if not isinstance(text, Iterable):
            raise InvalidInputError("text", text, "a string, or a list of strings")
        texts = (text,) if isinstance(text, str) else tuple(text)
        if not all(is_text(part) for part in texts):
            raise InvalidInputError(
                "text", text, "a string, or a list of strings, of valid Unicode"
            )
        if (
            isinstance(videos, str | bytes | bytearray | PathLike | np.ndarray | Clip)
            or hasattr(videos, "read")
            or not isinstance(videos, Iterable)
        ):
            raise InvalidInputError("videos", videos, "a list of clips, such as [clip]")
        if not videos and not any(part.strip() for part in texts):
            raise InvalidInputError("text", text, "at least one word, or a clip in videos")
        fields = video_options or {}
        if (
            not isinstance(fields, Mapping)
            or "prompt" in fields
            or not all(isinstance(name, str) for name in fields)
        ):
            raise InvalidInputError(
                "video_options", video_options, "fields of VideoRequest other than the prompt"
            )
        VideoRequest(prompt="checked now rather than when the clip is made", **fields)
        return cls(
            texts=tuple(part for part in texts if part.strip()),
            videos=tuple(videos),
            options=options,
            video_options=dict(fields),
            limits=dict(limits or {}),
        )

    @property
    def text(self) -> str:
        """All parts, one a line."""
        return "\n".join(self.texts)
