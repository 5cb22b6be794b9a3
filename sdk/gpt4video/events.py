"""The events of a turn, in the order in which they may come.

    Judged*  TextDelta*  Judged*  (VideoProgress* Judged* VideoReady)?  Finished
    Judged*  TextDelta*  ...  Refused  Finished

`Finished` is always the last one. After a `Refused`, its text replaces what was shown before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpt4video.reply import Reply, VideoResult
    from gpt4video_guards import Stage, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class TextDelta:
    """More words of the assistant, judged already. Joined, they are the reply's text."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A guard said something about the turn."""

    verdict: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoProgress:
    """A clip is being made."""

    step: int
    """Steps done, from 0 to `total`."""
    total: int
    """Steps in all, at least 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoReady:
    """A clip was made, judged, and is on disk."""

    video: VideoResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The guards ended the turn; nothing of it is kept."""

    stage: Stage
    """Where it was blocked."""
    reason: str
    """Why, in a sentence for the caller."""
    text: str
    """What to show the user in place of anything shown before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """The turn is over."""

    reply: Reply


Event = TextDelta | Judged | VideoProgress | VideoReady | Refused | Finished
