"""What was said and seen before, found again by what led there.

A chat model is given the whole conversation each time. Here it finds what it remembers of it, so
that clips are decoded, judged and encoded once, and words are judged once.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gpt4video._turn import SessionState
from gpt4video.langchain._dialogue import Exchange, digests
from gpt4video.memory import Memory, Turn
from gpt4video.reasoning import Message, TextPart
from gpt4video_guards.errors import InvalidInputError


@dataclass(frozen=True, kw_only=True)
class Recalled:
    """Where a conversation stands before its next turn."""

    state: SessionState
    """What is remembered of it, and then the words that are not, still to be judged."""
    unseen: tuple[str, ...] = ()
    """Addresses of earlier clips that are not remembered."""


class Conversations:
    """The memories of the conversations spoken with last. Threads may share it.

    Args:
        limit: how many are kept; the one longest unused goes first.
    """

    def __init__(self, limit: int) -> None:
        if limit < 0:
            raise InvalidInputError("kept_conversations", limit, "0 or more")
        self._limit = limit
        self._kept: OrderedDict[str, tuple[str, Memory]] = OrderedDict()
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def recall(self, model: str, past: Sequence[Exchange]) -> Recalled:
        """The memory of as many of these exchanges as are known, the others told as words.

        The state's id is this caller's until `release`.
        """
        keys = digests(past, model)
        with self._lock:
            known = next((at for at in range(len(past), 0, -1) if keys[at] in self._kept), 0)
            id, memory = uuid.uuid4().hex, Memory()
            if known:
                kept, memory = self._kept[keys[known]]
                self._kept.move_to_end(keys[known])
                id = id if kept in self._running else kept
            self._running.add(id)
        told = tuple(_turn(exchange) for exchange in past[known:])
        memory = replace(memory, turns=(*memory.turns, *told))
        unjudged = memory.messages[len(memory.messages) - 2 * len(told) :]
        unseen = [
            clip
            for exchange in past[known:]
            for clip in (*exchange.brought, *exchange.clips, *exchange.made)
        ]
        return Recalled(
            state=SessionState(id=id, memory=memory, unjudged=unjudged), unseen=tuple(unseen)
        )

    def keep(self, model: str, exchanges: Sequence[Exchange], state: SessionState) -> None:
        """Remember a conversation as it stands after these exchanges."""
        key = digests(exchanges, model)[-1]
        with self._lock:
            self._kept[key] = (state.id, state.memory)
            self._kept.move_to_end(key)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)

    def release(self, state: SessionState) -> None:
        """The turn is over: the next one may go on under the same id."""
        with self._lock:
            self._running.discard(state.id)


def _turn(exchange: Exchange) -> Turn:
    asked = "\n".join(said.text for said in exchange.asked)
    return Turn(
        user=Message(role="user", parts=(TextPart(text=asked),)),
        assistant=Message(role="assistant", parts=(TextPart(text=exchange.answer),)),
    )
