"""Putting questions to anything with the assistant's sessions, one by one or many at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.video import VideoSource

Progress = Callable[[int, int], None]
"""Told how many are done, and how many there are."""


class Made(Protocol):
    """A clip that was made, as far as an evaluation looks at it."""

    @property
    def prompt(self) -> str:
        """The words that went to the generator."""


class Answer(Protocol):
    """A reply, as far as an evaluation looks at it."""

    @property
    def text(self) -> str:
        """The assistant's words."""

    @property
    def video(self) -> Made | None:
        """The clip that was made, if one was."""

    @property
    def refused(self) -> bool:
        """Whether the guards ended the turn."""


class Conversation(Protocol):
    """A session."""

    def chat(self, text: str, videos: Sequence[VideoSource] = ()) -> Answer:
        """Take a turn."""


class Answering(Protocol):
    """Anything with sessions: `VideoAssistant` is one."""

    def session(self) -> Conversation:
        """A fresh conversation."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came back for the last turn of a conversation."""

    text: str = ""
    prompt: str | None = None
    """The video prompt, if a clip was made."""
    refused: bool = False
    """The guards ended the turn."""
    error: str = ""
    """An error of ours, if the turn ended in one."""


def converse(
    assistant: Answering, turns: Sequence[tuple[str, Sequence[VideoSource]]]
) -> list[Outcome]:
    """The outcomes of the turns of one fresh conversation; it stops at the first error."""
    session = assistant.session()
    outcomes: list[Outcome] = []
    for text, videos in turns:
        try:
            reply = session.chat(text, videos)
        except GPT4VideoError as error:
            return [*outcomes, Outcome(error=f"{type(error).__name__}: {error}")]
        outcomes.append(_outcome(reply))
    return outcomes


def answer_each(
    assistant: Answering,
    turns: Sequence[tuple[str, Sequence[VideoSource]]],
    *,
    batch_size: int = 16,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Each turn (text and clips) in a fresh conversation of its own.

    Assistants with a `batch` method are given `batch_size` turns at a time; where a batch ends in
    an error its turns are put one by one.
    """
    together = getattr(assistant, "batch", None)
    outcomes: list[Outcome] = []
    for start in range(0, len(turns), batch_size):
        chunk = list(turns[start : start + batch_size])
        try:
            replies = None if together is None else together(*_transposed(chunk))
        except GPT4VideoError:
            replies = None
        if replies is None:
            outcomes += [converse(assistant, [turn])[-1] for turn in chunk]
        else:
            outcomes += [_outcome(reply) for reply in replies]
        if progress is not None:
            progress(len(outcomes), len(turns))
    return outcomes


def _transposed(
    turns: Sequence[tuple[str, Sequence[VideoSource]]],
) -> tuple[list[str], list[Sequence[VideoSource]]]:
    return [text for text, _ in turns], [videos for _, videos in turns]


def _outcome(reply: Answer) -> Outcome:
    prompt = None if reply.video is None else reply.video.prompt
    return Outcome(text=reply.text, prompt=prompt, refused=reply.refused)
