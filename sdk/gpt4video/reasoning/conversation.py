"""The values that a reasoner works on: conversations of words and clips, and how to answer them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from gpt4video_guards.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np

Role = Literal["system", "user", "assistant"]
"""Who speaks: the host app, the person, or the model."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextPart:
    """Words."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClipPart:
    """A clip as the frames that the model looks at."""

    frames: np.ndarray = field(repr=False)
    """uint8 [T, H, W, 3], RGB."""
    times: tuple[float, ...] = ()
    """Seconds from the clip's start, one for each frame; empty where unknown."""
    key: str = ""
    """Content hash of the clip; equal keys and times mean equal frames. Empty where unknown."""
    index: int | None = None
    """Number under which the conversation knows the clip, from 1; None counts along."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One turn of one speaker."""

    role: Role
    parts: tuple[TextPart | ClipPart, ...]

    @property
    def text(self) -> str:
        """Its words, joined by spaces."""
        return " ".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def clips(self) -> tuple[ClipPart, ...]:
        """Its clips."""
        return tuple(part for part in self.parts if isinstance(part, ClipPart))


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """What was said so far; the last message is to be answered."""

    id: str
    """Names the conversation across calls, so that work for earlier turns is used again."""
    messages: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GenerationOptions:
    """How an answer is drawn.

    Raises:
        InvalidInputError: a value is out of its range.
    """

    max_new_tokens: int = 256
    """Tokens after which an answer is cut; at least 1."""
    temperature: float = 0.0
    """0 takes the likeliest token each time; higher draws more freely."""
    top_p: float = 1.0
    """Draw among the likeliest tokens that together hold this probability; in (0, 1]."""
    seed: int | None = None
    """Makes drawing repeatable."""

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise InvalidInputError("max_new_tokens", self.max_new_tokens, "at least 1")
        if not 0.0 <= self.temperature < float("inf"):
            raise InvalidInputError("temperature", self.temperature, "a number from 0")
        if not 0.0 < self.top_p <= 1.0:
            raise InvalidInputError("top_p", self.top_p, "a number in (0, 1]")


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenUsage:
    """What the last answer of a conversation cost."""

    prompt_tokens: int = 0
    """Tokens of the prompt, clip embeddings included."""
    reused_tokens: int = 0
    """Those of them that were still known from earlier turns."""
    generated_tokens: int = 0
    """Tokens of the answer."""
    encoded_clips: int = 0
    """Clips that had to be encoded for it."""


class Reasoner(Protocol):
    """From conversations to words. Knows nothing of guards, files or generators."""

    @property
    def num_frames(self) -> int:
        """Frames that it wants of each clip."""
        ...

    @property
    def tokens_per_clip(self) -> int:
        """Tokens that a clip costs."""
        ...

    def stream(
        self, conversations: Sequence[Conversation], *, options: GenerationOptions
    ) -> Iterator[tuple[int, str]]:
        """Yield (index of the conversation, text piece) until all conversations are answered.

        Joined, the pieces of an index are its answer. Closing the iterator early leaves nothing
        behind.
        """
        ...

    def forget(self, conversation_id: str) -> None:
        """Drop everything that is kept for a conversation; unknown ids are fine."""
        ...

    def usage(self, conversation_id: str) -> TokenUsage:
        """What the last answer cost; zeros where there was none."""
        ...


__all__ = [
    "ClipPart",
    "Conversation",
    "GenerationOptions",
    "Message",
    "Reasoner",
    "Role",
    "TextPart",
    "TokenUsage",
]
