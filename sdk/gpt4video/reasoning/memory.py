"""What was computed for earlier turns, used again as far as the next prompt agrees."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from transformers import DynamicCache

Trace = list[int | str]
"""Token ids, a clip's identity in the place of its placeholders: equal traces, equal inputs."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Keys and values of a conversation so far."""

    trace: Trace
    """What they were computed from."""
    cache: Any
    """transformers' cache of exactly that many positions."""


class MemoryStore:
    """Memories of the conversations spoken with last.

    Args:
        limit: conversations that may be kept; 0 keeps none.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._held: OrderedDict[str, Memory] = OrderedDict()

    def take(self, conversation_id: str, trace: Trace) -> tuple[Any, int]:
        """A cache and how many positions of `trace` it holds; it is the caller's from now on.

        At least one position is left to be computed, since its logits are wanted.
        """
        memory = self._held.pop(conversation_id, None)
        common = 0 if memory is None else min(_common(memory.trace, trace), len(trace) - 1)
        if memory is None or common == 0:
            return new_cache(), 0
        surplus = len(memory.trace) - common
        if surplus:
            memory.cache.crop(-surplus)
        return memory.cache, common

    def keep(self, conversation_id: str, memory: Memory) -> None:
        """Remember a conversation; the one longest unused goes where the limit asks for it."""
        self._held[conversation_id] = memory
        self._held.move_to_end(conversation_id)
        while len(self._held) > self.limit:
            self._held.popitem(last=False)

    def forget(self, conversation_id: str) -> None:
        """Drop a conversation; unknown ids are fine."""
        self._held.pop(conversation_id, None)

    def __contains__(self, conversation_id: str) -> bool:
        return conversation_id in self._held


def new_cache() -> Any:
    """An empty cache that keeps every position, of sliding windows too, to be cut back at will."""
    return DynamicCache()


def _common(first: Sequence[int | str], second: Sequence[int | str]) -> int:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


__all__ = ["Memory", "MemoryStore", "Trace", "new_cache"]
