"""A reasoner whose answers end where one of some words begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gpt4video.reasoning.conversation import (
    Conversation,
    GenerationOptions,
    Message,
    Reasoner,
    TokenUsage,
)
from gpt4video_guards.errors import InvalidInputError


class StoppingReasoner:
    """Another reasoner, cut: the stop words and what follows them are never said.

    Args:
        reasoner: asked for one conversation at a time.
        stop: the words, in exact case.
    """

    def __init__(self, reasoner: Reasoner, stop: Sequence[str]) -> None:
        if isinstance(stop, str) or not stop or not all(isinstance(w, str) and w for w in stop):
            raise InvalidInputError("stop", stop, "a list of words, none of them empty")
        self._reasoner = reasoner
        self._stop = tuple(stop)

    @property
    def num_frames(self) -> int:
        """The other's."""
        return self._reasoner.num_frames

    @property
    def tokens_per_clip(self) -> int:
        """The other's."""
        return self._reasoner.tokens_per_clip

    @property
    def context_tokens(self) -> int | None:
        """The other's; None where it names none."""
        tokens: int | None = getattr(self._reasoner, "context_tokens", None)
        return tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The other's; asked only where there is an end to its context."""
        reasoner: Any = self._reasoner
        tokens: int = reasoner.count_tokens(messages)
        return tokens

    def stream(
        self, conversations: Sequence[Conversation], *, options: GenerationOptions
    ) -> Iterator[tuple[int, str]]:
        """The answer up to the first stop word; the other one is closed there."""
        (_,) = conversations
        pieces = self._reasoner.stream(conversations, options=options)
        held = ""
        try:
            for _, piece in pieces:
                held += piece
                found = [at for word in self._stop if (at := held.find(word)) >= 0]
                if found:
                    held = held[: min(found)]
                    break
                kept = _beginning(held, self._stop)
                if len(held) > kept:
                    yield 0, held[: len(held) - kept]
                    held = held[len(held) - kept :]
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        if held:
            yield 0, held

    def forget(self, conversation_id: str) -> None:
        """The other's."""
        self._reasoner.forget(conversation_id)

    def usage(self, conversation_id: str) -> TokenUsage:
        """The other's."""
        return self._reasoner.usage(conversation_id)


def _beginning(text: str, words: Sequence[str]) -> int:
    """Length of the longest end of `text` with which one of the words may begin."""
    longest = max(map(len, words)) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(word.startswith(text[-length:]) for word in words):
            return length
    return 0


__all__ = ["StoppingReasoner"]
