"""A guard around any chat model of LangChain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import (
    Runnable,
    RunnableBinding,
    RunnableConfig,
    RunnableParallel,
    RunnableSequence,
)
from langchain_core.tools import BaseTool
from langchain_core.tracers.context import _configure_hooks
from langsmith import tracing_context
from pydantic import PrivateAttr

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.holdback import Unit
from gpt4video_guards.langchain._answer import HeldAnswer, as_chunk, check_window
from gpt4video_guards.langchain.judging import History, MessageJudge, ReadFrames
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy

_UNHEARD: Final[RunnableConfig] = {"callbacks": []}
"""For the inner model: whoever listens to the run (a message stream, a trace) hears the guarded
model only."""


@contextmanager
def _unheard() -> Iterator[None]:
    """The same for those who listen by a `with`, such as `get_usage_metadata_callback`."""
    with ExitStack() as stack:
        stack.enter_context(tracing_context(enabled=False))
        for listener, *_ in _configure_hooks:
            stack.callback(listener.reset, listener.set(None))
        yield


def guarded(
    model: BaseChatModel,
    policy: str | Path | Policy | GuardPipeline = "standard",
    *,
    window: int | None = 200,
    unit: Unit = "characters",
    read_frames: ReadFrames | None = None,
) -> GuardedChatModel:
    """Any chat model, with what goes in and what comes out judged.

        model = guarded(chat_model)
        print(model.invoke("Hello!").text)

    Args:
        model: whatever it raises is raised. Callbacks that it was made with hear the guarded model.
        policy: a preset's name, a policy file, a policy, or a pipeline of your own.
        window: how much of a streamed answer is held back; None holds back all of it.
        unit: whether the window counts characters or sentences.
        read_frames: reads blocks that show something; without it none of them passes.

    Raises:
        InvalidInputError: `model` is no chat model, the window is below 1 or the unit unknown.
        PolicyError: the policy cannot be read or does not make sense.
    """
    if not isinstance(model, BaseChatModel):
        raise InvalidInputError("model", type(model).__name__, "a LangChain chat model")
    judge = MessageJudge(policy, read_frames=read_frames)
    return GuardedChatModel(model=model, judge=judge, window=window, unit=unit)


class GuardedChatModel(BaseChatModel):
    """A chat model whose messages and answers are judged; `guarded` makes one.

    Every message is judged, but for a system message at the very beginning, which is the host's.
    A request whose newest turn is blocked is answered with a refusal, and the model is not asked.
    What is blocked further back is replaced. An answer is judged whole by `invoke`; streamed, its
    words leave behind a hold-back window, tool calls and all else at its end. A refusal carries
    `response_metadata["gpt4video_guards"]` and no tool calls; it is an answer, not an error.
    """

    model: BaseChatModel
    judge: MessageJudge
    window: int | None = 200
    unit: Unit = "characters"
    _was_asked: bool = PrivateAttr(default=False)

    def __init__(self, **fields: Any) -> None:
        inner = fields.get("model")
        if isinstance(inner, BaseChatModel):
            fields.setdefault("cache", False)  # the inner model's cache serves; all is judged anew
            for name in ("tags", "metadata", "disable_streaming"):
                fields.setdefault(name, getattr(inner, name))
            if inner.callbacks:
                fields.setdefault("callbacks", inner.callbacks)
                fields["model"] = inner.model_copy(update={"callbacks": None})
        super().__init__(**fields)
        check_window(self.window, self.unit)

    @property
    def was_asked(self) -> bool:
        """Something was asked of it since it was made."""
        return self._was_asked

    @property
    def _llm_type(self) -> str:
        return f"guarded-{self.model._llm_type}"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {**self.model._identifying_params, "guarded_by": self.judge.pipeline.policy.id}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return self.model._get_ls_params(stop=stop, **kwargs)

    def _resolve_model_profile(self) -> Any:
        return self.model.profile

    def get_token_ids(self, text: str) -> list[int]:
        return self.model.get_token_ids(text)

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        return self.model.get_num_tokens_from_messages(messages, tools)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self._in_place(self.model.bind_tools(tools, tool_choice=tool_choice, **kwargs))

    def with_structured_output(
        self, schema: dict[str, Any] | type, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        return self._in_place(self.model.with_structured_output(schema, **kwargs))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        history = self._judged(messages)
        if history.blocked is not None:
            return _result(self.judge.refusal(history.blocked))
        with _unheard():
            answer = self.model.invoke(history.kept, _UNHEARD, stop=stop, **kwargs)
        return _result(self.judge.message(answer, history.kept).message)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        history = await asyncio.to_thread(self._judged, messages)
        if history.blocked is not None:
            return _result(self.judge.refusal(history.blocked))
        with _unheard():
            answer = await self.model.ainvoke(history.kept, _UNHEARD, stop=stop, **kwargs)
        judged = await asyncio.to_thread(self.judge.message, answer, history.kept)
        return _result(judged.message)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        history = self._judged(messages)
        if history.blocked is not None:
            yield _chunk(self.judge.refusal(history.blocked))
            return
        held = HeldAnswer(self.judge, history.kept, window=self.window, unit=self.unit)
        pieces = self.model.stream(history.kept, _UNHEARD, stop=stop, **kwargs)
        with ExitStack() as stack:
            if hasattr(pieces, "close"):
                stack.callback(pieces.close)
            while not held.blocked:
                with _unheard():
                    piece = next(pieces, None)
                if piece is None:
                    break
                if (released := held.push(piece)) is not None:
                    yield _chunk(released)
        yield _chunk(held.finish())

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        history = await asyncio.to_thread(self._judged, messages)
        if history.blocked is not None:
            yield _chunk(self.judge.refusal(history.blocked))
            return
        held = HeldAnswer(self.judge, history.kept, window=self.window, unit=self.unit)
        pieces = self.model.astream(history.kept, _UNHEARD, stop=stop, **kwargs)
        async with AsyncExitStack() as stack:
            if hasattr(pieces, "aclose"):
                stack.push_async_callback(pieces.aclose)
            while not held.blocked:
                with _unheard():
                    piece = await anext(pieces, None)
                if piece is None:
                    break
                if (released := await asyncio.to_thread(held.push, piece)) is not None:
                    yield _chunk(released)
        yield _chunk(await asyncio.to_thread(held.finish))

    def _judged(self, messages: Sequence[BaseMessage]) -> History:
        """All but a system message at the beginning."""
        self._was_asked = True
        if not messages or not isinstance(messages[0], SystemMessage):
            return self.judge.history(messages)
        rest = self.judge.history(messages[1:])
        return History(messages=(messages[0], *rest.messages), blocked=rest.blocked)

    def _in_place(self, chain: Runnable[Any, Any]) -> Runnable[Any, Any]:
        """A chain that was built around the inner model, around this one.

        Raises:
            InvalidInputError: the inner model is not where chains have it.
        """
        found = _replaced(chain, self.model, self)
        if found is chain:
            raise InvalidInputError(
                "model", f"{type(self.model).__name__} that binds in its own way", "a plain binding"
            )
        return found


def _replaced(
    chain: Runnable[Any, Any], old: Runnable[Any, Any], new: Runnable[Any, Any]
) -> Runnable[Any, Any]:
    """The chain with `new` where it has `old`; the chain itself where it has not."""
    if chain is old:
        return new
    if isinstance(chain, RunnableBinding):
        bound = _replaced(chain.bound, old, new)
        return chain if bound is chain.bound else chain.model_copy(update={"bound": bound})
    if isinstance(chain, RunnableSequence):
        steps = [_replaced(step, old, new) for step in chain.steps]
        changed = any(a is not b for a, b in zip(steps, chain.steps, strict=True))
        return RunnableSequence(*steps, name=chain.name) if changed else chain
    if isinstance(chain, RunnableParallel):
        named = {name: _replaced(step, old, new) for name, step in chain.steps__.items()}
        changed = any(named[name] is not step for name, step in chain.steps__.items())
        return RunnableParallel(named) if changed else chain
    return chain


def _result(message: BaseMessage) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunk(message: BaseMessage) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=as_chunk(message))
