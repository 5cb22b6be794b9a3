"""An answer's chunks, held back until they were judged."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from langchain_core.messages import (
    LC_ID_PREFIX,
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    message_chunk_to_message,
)
from langchain_core.utils._merge import merge_lists

from gpt4video_guards.holdback import HoldBackWindow, Unit
from gpt4video_guards.langchain._parts import parts_of
from gpt4video_guards.langchain.judging import MessageJudge, that_spell_nothing
from gpt4video_guards.subject import TextSubject
from gpt4video_guards.verdict import StageResult

Block: TypeAlias = str | dict[str, Any]

_WORDS: Final = ("text", "reasoning", "thinking")
_ON_EVERY_CHUNK: Final = ("model_provider", "output_version")
"""Readers of blocks need them to know the blocks' form."""
_BESIDE_WORDS: Final = frozenset((*_WORDS, "type", "index", "id", "signature"))


@dataclass
class _Piece:
    """Words of one chunk, or something else that waits for the end."""

    block: Block
    waiting: int
    """Characters that the window still holds."""
    text: str = ""
    """What may leave and has not left."""
    opaque: bool = False
    begun: bool = False
    """Some of it has left."""

    def taken(self) -> Block:
        """What may leave now of it, as a block of its kind."""
        text, self.text = self.text, ""
        begun, self.begun = self.begun, True
        if self.opaque:
            return self.block
        if isinstance(self.block, str):
            return text
        whole = {name: text if name in _WORDS else value for name, value in self.block.items()}
        if begun:  # a signature, said twice, would be another one
            return {name: whole[name] for name in (*_WORDS, "type", "index") if name in whole}
        return whole


def check_window(window: int | None, unit: Unit) -> None:
    """Refuse a wrong window before there is an answer to hold back.

    Raises:
        InvalidInputError: the window is below 1, or the unit unknown.
    """
    HoldBackWindow(lambda _: StageResult(stage="output_text"), window=window, unit=unit)


class HeldAnswer:
    """Lets the chunks of an answer out as far as they were judged.

    Words go through a hold-back window, whatever block they stand in. Everything else, tool calls
    first of all, waits for the end, and so does what comes after it, so that the order stays.

    Args:
        judge: of the words and of all the rest.
        before: what is answered.
        window: how much is held back; None holds back everything.
        unit: what it counts.
    """

    def __init__(
        self,
        judge: MessageJudge,
        before: Sequence[BaseMessage],
        *,
        window: int | None,
        unit: Unit,
    ) -> None:
        self._judge = judge
        self._before = before
        context = judge.context_of_answer(before)

        def judge_words(text: str) -> StageResult:
            subject = TextSubject(text=text, kind="response", context=context)
            return judge.pipeline.run("output_text", [subject])

        self._window = HoldBackWindow(judge_words, window=window, unit=unit)
        self._pieces: deque[_Piece] = deque()
        self._rest = AIMessageChunk(content="")
        """What waits for the end: all but the content."""
        self._pushed = 0
        self._let_go = 0
        self._shown: AIMessageChunk | None = None

    @property
    def blocked(self) -> bool:
        """Nothing more may leave but the refusal that `finish` gives."""
        return self._window.blocked is not None

    def push(self, message: BaseMessage) -> AIMessageChunk | None:
        """Take the next chunk, or the whole message of a model that does not stream.

        Returns:
            What may leave now, if anything.
        """
        chunk = as_chunk(message)
        self._rest += chunk.model_copy(update={"content": "", "chunk_position": None})
        released = ""
        for block in [chunk.content] if isinstance(chunk.content, str) else chunk.content:
            words = _words(block)
            self._pieces.append(_Piece(block, len(words or ""), opaque=words is None))
            if words is not None:
                self._pushed += len(words)
                released += self._window.push(words)
        self._hand_out(released)
        return self._taken()

    def finish(self) -> AIMessageChunk:
        """The answer is over, or was blocked: the last chunk."""
        shown = self._shown
        last = self._finished()
        if isinstance(last, StageResult):
            return self._refused(last, shown)
        return last

    def _finished(self) -> AIMessageChunk | StageResult:
        """The last chunk, or what blocks it."""
        self._hand_out(self._window.finish())
        if self._window.blocked is not None:
            return self._window.blocked
        words = self._taken()
        last = self._last([piece.taken() for piece in self._pieces])
        judged = self._judge.message(message_chunk_to_message(last), self._before)
        if judged.blocked is not None:
            return judged.blocked
        assert isinstance(judged.message, AIMessage)
        if judged.message.model_dump() != message_chunk_to_message(last).model_dump():
            last = as_chunk(judged.message)
        if self._window.redacted:
            last.response_metadata = that_spell_nothing(last.response_metadata)
        whole = message_chunk_to_message(self._and_shown(last))
        self._judge.passed(whole, self._before)
        judged = self._judge.message(whole, self._before)  # its blocks, read as lines
        if judged.blocked is not None:
            return judged.blocked
        return last if words is None else words + last

    def _hand_out(self, released: str) -> None:
        """Give the pieces back what the window let go of their words. Where something was taken
        out, all of it goes to the first of them."""
        gone = self._pushed - self._window.held
        count, self._let_go = gone - self._let_go, gone
        exact = len(released) == count
        for piece in self._pieces:
            take = min(piece.waiting, count)
            if take:
                piece.waiting -= take
                count -= take
                cut = take if exact else len(released)
                piece.text, released = piece.text + released[:cut], released[cut:]

    def _taken(self) -> AIMessageChunk | None:
        """What leaves now: words, up to the first thing that waits for the end."""
        blocks: list[Block] = []
        while self._pieces and not self._pieces[0].opaque:
            piece = self._pieces[0]
            if piece.text or (not piece.waiting and not piece.begun):
                blocks.append(piece.taken())
            if piece.waiting:
                break
            self._pieces.popleft()
        content = _content(blocks)
        if not content:
            return None
        told = self._rest.response_metadata
        chunk = AIMessageChunk(
            content=content,
            id=self._rest.id,
            response_metadata={name: told[name] for name in _ON_EVERY_CHUNK if name in told},
        )
        self._shown = self._and_shown(chunk)
        return chunk

    def _last(self, blocks: Sequence[Block]) -> AIMessageChunk:
        """All that waited; made anew, so that the tool calls are read whole."""
        rest = self._rest
        return AIMessageChunk(
            content=_content(blocks),
            additional_kwargs=rest.additional_kwargs,
            response_metadata=rest.response_metadata,
            tool_call_chunks=rest.tool_call_chunks,
            usage_metadata=rest.usage_metadata,
            id=rest.id,
            chunk_position="last",
        )

    def _and_shown(self, chunk: AIMessageChunk) -> AIMessageChunk:
        return chunk if self._shown is None else self._shown + chunk

    def _refused(self, result: StageResult, shown: AIMessageChunk | None) -> AIMessageChunk:
        chunk = as_chunk(self._judge.refusal(result, self._last([])))
        if shown is None:
            return chunk
        text = f"\n{chunk.content}"
        in_blocks = not isinstance(shown.content, str)
        chunk.content = [_continued(shown.content[-1], text)] if in_blocks else text
        return chunk


def as_chunk(message: BaseMessage) -> AIMessageChunk:
    """A chunk as it comes, or a whole message as the last one; without an inner run's id."""
    assert isinstance(message, AIMessage)
    own_id = None if (message.id or "").startswith(LC_ID_PREFIX) else message.id
    if isinstance(message, AIMessageChunk):
        return message.model_copy(update={"id": own_id})
    return AIMessageChunk(
        content=message.content,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        tool_calls=message.tool_calls,
        invalid_tool_calls=message.invalid_tool_calls,
        usage_metadata=message.usage_metadata,
        id=own_id,
        chunk_position="last",
    )


def _words(block: Block) -> str | None:
    """The words of a block that holds nothing else; None for other blocks."""
    if isinstance(block, str):
        return block
    if block.get("type") not in _WORDS:
        return None
    beside = {name: value for name, value in block.items() if name not in _WORDS}
    if any(value and name not in _BESIDE_WORDS for name, value in beside.items()):
        return None
    if any(part for part in parts_of(beside)):
        return None
    words = [block[name] for name in _WORDS if name in block]
    if len(words) > 1 or not all(isinstance(text, str) for text in words):
        return None
    return "".join(words)


def _content(blocks: Sequence[Block]) -> str | list[Any]:
    """Blocks as one content, pieces of the same block put together."""
    if all(isinstance(block, str) for block in blocks):
        return "".join(block for block in blocks if isinstance(block, str))
    return merge_lists([], [block for block in blocks if block]) or []


def _continued(block: Block, text: str) -> dict[str, Any]:
    """A block of text that goes on where this one, the last that was shown, ends."""
    index = block.get("index") if isinstance(block, dict) else None
    if isinstance(index, int) and isinstance(block, dict) and block.get("type") != "text":
        index += 1
    return {"type": "text", "text": text} | ({} if index is None else {"index": index})
