"""A conversation with memory."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from gpt4video._engine import run_turn
from gpt4video._host import Host, Request, is_text
from gpt4video._talk import Talk
from gpt4video._turn import SessionState
from gpt4video.errors import SessionBusyError
from gpt4video.events import Event
from gpt4video.memory import Memory, Turn
from gpt4video.reasoning import Message, TextPart
from gpt4video_guards.errors import InvalidInputError

if TYPE_CHECKING:
    from gpt4video.assistant import VideoAssistant
    from gpt4video.reasoning import ClipPart


class Session(Talk):
    """Turns that know of each other; made by `VideoAssistant.session`.

    A session keeps the words of its turns and the sampled frames of its clips, those that it made
    included; a clip is decoded, judged and encoded once, however many turns talk about it. Turns
    that were refused, stopped or failed leave nothing behind.
    """

    def __init__(self, assistant: VideoAssistant, host: Host, state: SessionState) -> None:
        self._assistant = assistant  # also keeps its temporary folder alive
        self._host = host
        self._state = state

    @property
    def id(self) -> str:
        """Names the session; the reasoner knows its conversation by it."""
        return self._state.id

    @property
    def history(self) -> tuple[Message, ...]:
        """User and assistant in turn, oldest first."""
        return self._state.memory.messages

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The same by turns, with the clips that were made."""
        return self._state.memory.turns

    @property
    def clips(self) -> tuple[ClipPart, ...]:
        """The clips that users may speak of, by number, as the frames that the model sees."""
        return self._state.memory.clips

    def reset(self) -> None:
        """Forget everything.

        Raises:
            SessionBusyError: a turn is running.
        """
        if not self._state.lock.acquire(blocking=False):
            raise SessionBusyError
        try:
            self._state.memory, self._state.unjudged = Memory(), ()
            with self._host.lock:
                self._host.reasoner.forget(self._state.id)
        finally:
            self._state.lock.release()

    def _events(self, request: Request, cancelled: threading.Event) -> Generator[Event, None, None]:
        self._assistant.require_open()
        yield from run_turn(self._host, self._state, request, cancelled=cancelled)

    def __repr__(self) -> str:
        return f"Session(id={self.id!r}, turns={len(self.turns)}, clips={len(self.clips)})"


def told_history(history: Iterable[tuple[str, str]]) -> Memory:
    """A memory of what a host tells: pairs of role and text, user and assistant in turn.

    Raises:
        InvalidInputError: another role or order, or the last message is the user's.
    """
    told = list(history)
    for pair in told:
        if not isinstance(pair, list | tuple) or len(pair) != 2 or not is_text(pair[1]):
            raise InvalidInputError("history", pair, "pairs of role and text, of valid Unicode")
    roles = [role for role, _ in told]
    if roles != ["user", "assistant"] * (len(told) // 2):
        raise InvalidInputError(
            "history", roles, "user and assistant in turn, ending with the assistant"
        )
    texts = [(TextPart(text=text),) for _, text in told]
    turns = [
        Turn(
            user=Message(role="user", parts=asked), assistant=Message(role="assistant", parts=said)
        )
        for asked, said in zip(texts[::2], texts[1::2], strict=True)
    ]
    return Memory(turns=tuple(turns))
