"""What a session remembers: its turns and its clips.

Values in, new values out: a turn that is blocked, cancelled or fails is simply never put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gpt4video.reasoning import ClipPart, Message, TextPart

CLIP_BYTES = 256 * 2**20
"""Default limit for the sampled frames that a session keeps."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One question with its answer; everything in it was judged and allowed."""

    user: Message
    """The clips that were shown, in order, then the text."""
    assistant: Message
    """The assistant's words; a prompt for a clip stands in it as `<video> prompt </video>`."""
    made: ClipPart | None = None
    """The clip that was made in this turn."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Turns and clips of one session."""

    turns: tuple[Turn, ...] = ()
    """Oldest first."""
    pending: tuple[ClipPart, ...] = ()
    """Clips that the assistant made and no message has introduced yet."""
    clip_count: int = 0
    """How many clips the session has seen, forgotten ones included: the last number given."""

    @property
    def messages(self) -> tuple[Message, ...]:
        """User and assistant in turn, oldest first."""
        return tuple(message for turn in self.turns for message in (turn.user, turn.assistant))

    @property
    def clips(self) -> tuple[ClipPart, ...]:
        """The clips that are kept, by number."""
        return _by_number([*clips_of(self.messages), *self.pending])

    def with_turn(self, turn: Turn) -> Memory:
        """The memory after a turn that introduced all pending clips."""
        made = () if turn.made is None else (turn.made,)
        shown = clips_of([turn.user])
        count = max([self.clip_count, *(number_of(part) for part in (*shown, *made))])
        return Memory(turns=(*self.turns, turn), pending=made, clip_count=count)

    def in_words(self, words: Iterable[str]) -> Memory:
        """The same turns, the last of them in other words: one text for each of their messages."""
        texts = tuple(words)
        kept = len(self.turns) - len(texts) // 2
        turns = tuple(
            replace(
                turn,
                user=_in_words(turn.user, asked),
                assistant=_in_words(turn.assistant, said),
            )
            for turn, asked, said in zip(self.turns[kept:], texts[::2], texts[1::2], strict=True)
        )
        return replace(self, turns=(*self.turns[:kept], *turns))

    def within(self, limit: int) -> tuple[Memory, tuple[int, ...]]:
        """The memory with at most `limit` bytes of frames, and the numbers of the clips left out.

        The oldest clips go first; the newest one always stays.
        """
        kept = list(self.clips)
        gone: list[int] = []
        while len(kept) > 1 and sum(part.frames.nbytes for part in kept) > limit:
            gone.append(number_of(kept.pop(0)))
        if not gone:
            return self, ()
        turns = tuple(replace(turn, user=_without(turn.user, gone)) for turn in self.turns)
        pending = tuple(part for part in self.pending if number_of(part) not in gone)
        return replace(self, turns=turns, pending=pending), tuple(gone)


def user_message(text: str, clips: Iterable[ClipPart]) -> Message:
    """A user's message: clips first, then the text."""
    return Message(role="user", parts=(*clips, TextPart(text=text)))


def clips_of(messages: Iterable[Message]) -> list[ClipPart]:
    """The clips in these messages, in order."""
    return [part for message in messages for part in message.clips]


def number_of(part: ClipPart) -> int:
    """The clip's number in its session; clips of a session always have one."""
    assert part.index is not None
    return part.index


def _by_number(parts: Iterable[ClipPart]) -> tuple[ClipPart, ...]:
    numbered = {number_of(part): part for part in parts}
    return tuple(numbered[number] for number in sorted(numbered))


def _in_words(message: Message, text: str) -> Message:
    return replace(message, parts=(*message.clips, TextPart(text=text)))


def _without(message: Message, numbers: Sequence[int]) -> Message:
    gone = [part for part in message.clips if number_of(part) in numbers]
    return replace(message, parts=tuple(part for part in message.parts if part not in gone))
