"""Turns in which the language model has no say, judged like all others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gpt4video.reasoning import Conversation, GenerationOptions, TokenUsage


@dataclass(frozen=True, kw_only=True)
class Echo:
    """A reasoner that says again what it was told last, as the guards let it pass, or nothing."""

    silent: bool = False
    num_frames: int = 1
    tokens_per_clip: int = 0

    def stream(
        self, conversations: Sequence[Conversation], *, options: GenerationOptions
    ) -> Iterator[tuple[int, str]]:
        """The last message of each conversation."""
        for index, conversation in enumerate(conversations):
            if not self.silent:
                yield index, conversation.messages[-1].text

    def forget(self, conversation_id: str) -> None:
        """There is nothing to forget."""

    def usage(self, conversation_id: str) -> TokenUsage:
        """Nothing."""
        return TokenUsage()
