"""A guard around any chatbot: what goes in and what comes out is judged."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.holdback import Unit
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy
from gpt4video_guards.refusals import refusal_text
from gpt4video_guards.streaming import aguard_stream, guard_stream
from gpt4video_guards.subject import TextSubject
from gpt4video_guards.verdict import StageResult, Verdict

Chatbot: TypeAlias = Callable[[str], str | Iterable[str]]
"""From a message to an answer: a string, or its pieces as they come."""
AsyncChatbot: TypeAlias = Callable[
    [str], Awaitable[str | Iterable[str] | AsyncIterable[str]] | AsyncIterable[str]
]
"""The same for an event loop: a coroutine function, or an asynchronous generator of pieces."""


@dataclass(frozen=True, kw_only=True)
class GuardedAnswer:
    """An answer that may be shown; printed, it is its text."""

    text: str
    """The chatbot's words, or a polite refusal."""
    blocked: StageResult | None = None
    """The result that led to the refusal, with stage, reason and verdicts; None where none did."""
    verdicts: tuple[Verdict, ...] = ()
    """Of the message, then of the answer."""

    def __str__(self) -> str:
        return self.text


class GuardedChat:
    """A chatbot whose messages and answers are judged.

        chat = GuardedChat(chatbot)
        print(chat("Hello!"))

    It remembers nothing, so one may serve many people: what the same person asked before is handed
    in with each message.

    Args:
        chatbot: gives an answer to a message, as a string or as pieces. What it raises is raised.
            One that is asynchronous serves `acall` and `astream`; one that is not serves all.
        policy: a preset's name, a policy file, a policy, or a pipeline of your own.
        window: how much of a streamed answer is held back; None holds back all of it.
        unit: whether the window counts characters or sentences.
    """

    def __init__(
        self,
        chatbot: Chatbot | AsyncChatbot,
        policy: str | Path | Policy | GuardPipeline = "standard",
        *,
        window: int | None = 200,
        unit: Unit = "characters",
    ) -> None:
        self.pipeline = (
            policy if isinstance(policy, GuardPipeline) else GuardPipeline.from_policy(policy)
        )
        self._chatbot = chatbot
        self._window = window
        self._unit: Unit = unit

    def __call__(self, message: str, *, earlier: Sequence[str] = ()) -> GuardedAnswer:
        """Answer a message; nothing of an answer is shown before all of it was judged.

        Args:
            message: what is asked.
            earlier: what the same person asked before, oldest first; judged together with it.

        Raises:
            InvalidInputError: the message is no string, or the chatbot gave something else.
        """
        stream = ChatStream(self, message, earlier, window=None, unit=self._unit)
        text = "".join(stream)
        return GuardedAnswer(text=text, blocked=stream.blocked, verdicts=stream.verdicts)

    def stream(self, message: str, *, earlier: Sequence[str] = ()) -> ChatStream:
        """Answer a message piece by piece, as soon as the pieces may leave; same arguments."""
        return ChatStream(self, message, earlier, window=self._window, unit=self._unit)

    async def acall(self, message: str, *, earlier: Sequence[str] = ()) -> GuardedAnswer:
        """Answer a message beside an event loop; a chatbot that is not asynchronous is asked on a
        worker thread. Arguments and errors are those of a plain call."""
        stream = AsyncChatStream(self, message, earlier, window=None, unit=self._unit)
        text = "".join([piece async for piece in stream])
        return GuardedAnswer(text=text, blocked=stream.blocked, verdicts=stream.verdicts)

    def astream(self, message: str, *, earlier: Sequence[str] = ()) -> AsyncChatStream:
        """`stream` beside an event loop; same arguments."""
        return AsyncChatStream(self, message, earlier, window=self._window, unit=self._unit)

    def _ask(self, message: str) -> Iterable[str]:
        answer = self._chatbot(message)
        if isinstance(answer, str):
            return (answer,)
        if not isinstance(answer, Iterable):
            raise InvalidInputError("chatbot", answer, "a string or its pieces as its answer")
        return answer

    async def _aask(self, message: str) -> AsyncGenerator[str]:
        answer: Any = await asyncio.to_thread(self._chatbot, message)
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, str):
            yield answer
            return
        if isinstance(answer, Iterable):
            answer = _on_threads(answer)
        if not isinstance(answer, AsyncIterable):
            raise InvalidInputError("chatbot", answer, "a string or its pieces as its answer")
        pieces = aiter(answer)
        try:
            async for piece in pieces:
                yield piece
        finally:
            if hasattr(pieces, "aclose"):
                await pieces.aclose()


async def _on_threads(pieces: Iterable[str]) -> AsyncGenerator[str]:
    """The same pieces, each awaited on a worker thread."""
    source: Iterator[Any] = iter(pieces)
    end: Any = object()
    try:
        while (piece := await asyncio.to_thread(next, source, end)) is not end:
            yield piece
    finally:
        if hasattr(source, "close"):
            source.close()


class _Chat:
    """One message, and what became of it."""

    def __init__(
        self,
        chat: GuardedChat,
        message: str,
        earlier: Sequence[str],
        *,
        window: int | None,
        unit: Unit,
    ) -> None:
        self._chat = chat
        self._asked = TextSubject(text=message, kind="prompt", context="\n".join(earlier))
        self._window = window
        self._unit: Unit = unit
        self.blocked: StageResult | None = None
        """The result that led to a refusal; None until then."""
        self.verdicts: tuple[Verdict, ...] = ()
        """Of the message, then the most severe of each guard on the answer so far."""

    def _refusal(self, result: StageResult) -> str:
        self.blocked = result
        return refusal_text(result)


class ChatStream(_Chat, Iterator[str]):
    """The pieces of an answer. After a block the last piece is a polite refusal, on a line of its
    own where something was shown already."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pieces = self._run()

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        """Stop here; the chatbot's stream is closed."""
        self._pieces.close()

    def _run(self) -> Generator[str]:
        pipeline = self._chat.pipeline
        asked = pipeline.run("input_text", [self._asked])
        self.verdicts = asked.verdicts
        if asked.blocked:
            yield self._refusal(asked)
            return
        message = asked.text(self._asked.text)
        answer = guard_stream(
            self._chat._ask(message),
            pipeline,
            context=message,
            window=self._window,
            unit=self._unit,
        )
        shown = False
        try:
            for piece in answer:
                self.verdicts = (*asked.verdicts, *answer.verdicts)
                shown = True
                yield piece
        finally:
            answer.close()
        self.verdicts = (*asked.verdicts, *answer.verdicts)
        if answer.blocked is not None:
            yield ("\n" if shown else "") + self._refusal(answer.blocked)


class AsyncChatStream(_Chat, AsyncIterator[str]):
    """The same beside an event loop."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pieces = self._run()

    async def __anext__(self) -> str:
        return await anext(self._pieces)

    async def aclose(self) -> None:
        """Stop here; the chatbot's stream is closed."""
        await self._pieces.aclose()

    async def _run(self) -> AsyncGenerator[str]:
        pipeline = self._chat.pipeline
        asked = await pipeline.arun("input_text", [self._asked])
        self.verdicts = asked.verdicts
        if asked.blocked:
            yield self._refusal(asked)
            return
        message = asked.text(self._asked.text)
        answer = aguard_stream(
            self._chat._aask(message),
            pipeline,
            context=message,
            window=self._window,
            unit=self._unit,
        )
        shown = False
        try:
            async for piece in answer:
                self.verdicts = (*asked.verdicts, *answer.verdicts)
                shown = True
                yield piece
        finally:
            await answer.aclose()
        self.verdicts = (*asked.verdicts, *answer.verdicts)
        if answer.blocked is not None:
            yield ("\n" if shown else "") + self._refusal(answer.blocked)
