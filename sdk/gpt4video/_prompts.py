"""The prompt of a turn: as much of the session as fits into the reasoner's context."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gpt4video._host import Host
from gpt4video.memory import clips_of, number_of
from gpt4video.reasoning import GenerationOptions, Message
from gpt4video.reasoning.window import fitted
from gpt4video_guards.errors import InvalidInputError


@runtime_checkable
class LimitedReasoner(Protocol):
    """What a reasoner adds whose context has an end; without it, everything is taken to fit."""

    @property
    def context_tokens(self) -> int | None:
        """Tokens of prompt and answer together; None where there is no end."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens that these messages take in a prompt, clips included."""
        ...


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The messages that go to the reasoner, and what had to be left out of them."""

    messages: tuple[Message, ...]
    dropped_turns: int = 0
    """The oldest turns whose words were left out; their clips stay as long as they fit."""
    dropped_clips: tuple[int, ...] = ()
    """Numbers of the clips that were left out."""

    @property
    def notes(self) -> list[str]:
        """Sentences on what the model could not be shown."""
        notes = []
        if self.dropped_turns:
            turns = "turn was" if self.dropped_turns == 1 else f"{self.dropped_turns} turns were"
            notes.append(
                f"The oldest {turns} left out: the conversation is longer than the model's context."
            )
        for number in self.dropped_clips:
            notes.append(f"Video {number} was left out: the model's context has no room for it.")
        return notes


def prompt_for(host: Host, messages: tuple[Message, ...], options: GenerationOptions) -> Prompt:
    """The longest prompt that leaves room for the answer.

    Raises:
        InvalidInputError: the last message alone is too long.
    """
    reasoner = host.reasoner
    if host.system is not None:
        messages = (host.system, *messages)
    if not isinstance(reasoner, LimitedReasoner) or reasoner.context_tokens is None:
        return Prompt(messages=messages)
    # As the reasoner does it: half of the context at most is kept free for the answer.
    context = reasoner.context_tokens
    room = context - min(options.max_new_tokens, context // 2)
    kept = fitted(messages, lambda candidate: reasoner.count_tokens(candidate) <= room)
    if kept is None:
        raise InvalidInputError(
            "text", "a message too long for the model", f"at most {room} tokens, clips included"
        )
    still = {number_of(part) for part in clips_of(kept)}
    gone = {number_of(part) for part in clips_of(messages)} - still
    return Prompt(
        messages=kept,
        dropped_turns=(len(messages) - len(kept)) // 2,
        dropped_clips=tuple(sorted(gone)),
    )
