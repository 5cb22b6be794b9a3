"""Scripted assistants for the tests of the tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.video import VideoSource


@dataclass(frozen=True, kw_only=True)
class ScriptedVideo:
    """A made clip, as far as the tables look at it."""

    prompt: str


@dataclass(frozen=True, kw_only=True)
class ScriptedReply:
    """A reply, as far as the tables look at it."""

    text: str
    video: ScriptedVideo | None = None
    refused: bool = False


Turn = tuple[str, tuple[VideoSource, ...]]
Script = Callable[[tuple[Turn, ...]], ScriptedReply]


class ScriptedSession:
    """Answers from all turns so far."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._turns: tuple[Turn, ...] = ()

    def chat(self, text: str, videos: Sequence[VideoSource] = ()) -> ScriptedReply:
        self._turns = (*self._turns, (text, tuple(videos)))
        return self._script(self._turns)


class ScriptedTalker:
    """An assistant with sessions and nothing else."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.sessions = 0

    def session(self) -> ScriptedSession:
        self.sessions += 1
        return ScriptedSession(self._script)


class BatchTalker(ScriptedTalker):
    """One that also takes many turns together; it trips over batches that hold a certain text."""

    def __init__(self, script: Script, *, trips_over: str = "") -> None:
        super().__init__(script)
        self._trips_over = trips_over
        self.batches: list[int] = []

    def batch(
        self, texts: Sequence[str], videos: Sequence[Sequence[VideoSource]]
    ) -> list[ScriptedReply]:
        if self._trips_over and self._trips_over in texts:
            raise GPT4VideoError("one of them was too much")
        self.batches.append(len(texts))
        return [
            self._script(((text, tuple(shown)),)) for text, shown in zip(texts, videos, strict=True)
        ]


def says(text: str) -> Script:
    """Always the same words."""
    return lambda _: ScriptedReply(text=text)
