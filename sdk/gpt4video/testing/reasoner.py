"""A reasoner that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from gpt4video.reasoning import Conversation, GenerationOptions, Message, TokenUsage
from gpt4video_guards.errors import InvalidInputError

Answer = str | Iterable[str]
"""Words to say: whole, or already in pieces. A generator may also wait, or raise."""


@dataclass(frozen=True, kw_only=True)
class _Speech:
    conversation: Conversation
    pieces: Iterator[str]


class ScriptedReasoner:
    """Answers from a script, in pieces, and remembers what it was asked.

    Args:
        replies: one answer for all turns, a list with one for each turn in order, or a function
            from the conversation to the answer.
        piece_chars: how many characters come at once; the size of the last piece may be smaller.
        num_frames: frames that it wants of each clip.
        tokens_per_clip: what a clip costs; a word costs one token.
        context_tokens: length of its context.
    """

    def __init__(
        self,
        replies: str | Sequence[str] | Callable[[Conversation], Answer] = "OK.",
        *,
        piece_chars: int = 3,
        num_frames: int = 4,
        tokens_per_clip: int = 5,
        context_tokens: int = 1_000_000,
    ) -> None:
        self._replies = replies
        self._turn = 0
        self.piece_chars = piece_chars
        self.num_frames = num_frames
        self.tokens_per_clip = tokens_per_clip
        self.context_tokens = context_tokens
        self.conversations: list[Conversation] = []
        """Every conversation that it was asked, in order."""
        self.options: list[GenerationOptions] = []
        """The options of every call."""
        self.kept: dict[str, str] = {}
        """What it keeps of each conversation, as a real one keeps a cache: all words so far."""
        self.forgotten: list[str] = []
        """Ids that it was told to forget, in order."""
        self.encoded: list[str] = []
        """Keys of the clips that it had to encode, once for each content."""
        self.closed = 0
        """How many calls were closed before their end."""
        self._usage: dict[str, TokenUsage] = {}

    def stream(
        self, conversations: Sequence[Conversation], *, options: GenerationOptions
    ) -> Iterator[tuple[int, str]]:
        """The answers, piece by piece, in turn."""
        self.options.append(options)
        live = {index: self._begin(one) for index, one in enumerate(conversations)}
        try:
            while live:
                for index, speech in list(live.items()):
                    piece = next(speech.pieces, None)
                    if piece is None:
                        del live[index]
                        continue
                    self._note(speech.conversation.id, piece)
                    yield index, piece
        except GeneratorExit:
            self.closed += 1
            raise

    def forget(self, conversation_id: str) -> None:
        """Drop what is kept of a conversation."""
        self.forgotten.append(conversation_id)
        self.kept.pop(conversation_id, None)

    def usage(self, conversation_id: str) -> TokenUsage:
        """What the last answer cost, in words and clips."""
        return self._usage.get(conversation_id, TokenUsage())

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """One for each word, and `tokens_per_clip` for each clip."""
        words = sum(len(message.text.split()) for message in messages)
        clips = sum(len(message.clips) for message in messages)
        return words + clips * self.tokens_per_clip

    def _begin(self, conversation: Conversation) -> _Speech:
        self.conversations.append(conversation)
        new = 0
        for message in conversation.messages:
            for clip in message.clips:
                if clip.key not in self.encoded:
                    self.encoded.append(clip.key)
                    new += 1
        self.kept[conversation.id] = "\n".join(m.text for m in conversation.messages) + "\n"
        self._usage[conversation.id] = TokenUsage(
            prompt_tokens=self.count_tokens(conversation.messages), encoded_clips=new
        )
        answer = self._answer(conversation)
        pieces = self._cut(answer) if isinstance(answer, str) else iter(answer)
        return _Speech(conversation=conversation, pieces=pieces)

    def _answer(self, conversation: Conversation) -> Answer:
        if callable(self._replies):
            return self._replies(conversation)
        if isinstance(self._replies, str):
            return self._replies
        if self._turn >= len(self._replies):
            raise InvalidInputError(
                "replies", f"{len(self._replies)} replies", "one for each turn that is taken"
            )
        self._turn += 1
        return self._replies[self._turn - 1]

    def _cut(self, answer: str) -> Iterator[str]:
        for start in range(0, len(answer), self.piece_chars):
            yield answer[start : start + self.piece_chars]

    def _note(self, conversation_id: str, piece: str) -> None:
        self.kept[conversation_id] += piece
        used = self._usage[conversation_id]
        self._usage[conversation_id] = TokenUsage(
            prompt_tokens=used.prompt_tokens,
            generated_tokens=used.generated_tokens + 1,
            encoded_clips=used.encoded_clips,
        )
