"""Chat models that say what they are told to, chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ToolMessage,
)
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

Answer = Sequence[str | AIMessageChunk]
"""The chunks of one answer."""


class ChunkedModel(BaseChatModel):
    """Gives its answers in turn, the last of them for ever; without any it fills in the tools that
    are bound to it, and talks when it has their results."""

    model: str = "chunked"
    answers: list[Any] = Field(default_factory=list)
    asked: list[list[BaseMessage]] = Field(default_factory=list)
    closed: int = 0
    read: int = 0
    temperature: float | None = None
    max_tokens: int | None = None
    streams: bool = True

    @property
    def _llm_type(self) -> str:
        return "chunked"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return super()._get_ls_params(stop=stop, **kwargs) | {"ls_provider": "tests"}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | Any],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        named = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=named, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        whole, *rest = self._chunks(messages, **kwargs)
        for chunk in rest:
            whole += chunk
        message = AIMessage(
            content=whole.content,
            tool_calls=whole.tool_calls,
            usage_metadata=whole.usage_metadata,
            response_metadata=whole.response_metadata,
            additional_kwargs=whole.additional_kwargs,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        try:
            for chunk in self._chunks(messages, **kwargs):
                self.read += 1
                if run_manager:
                    run_manager.on_llm_new_token(str(chunk.content))
                yield ChatGenerationChunk(message=chunk)
        finally:
            self.closed += 1

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages, stop, **kwargs):
            yield chunk

    def _should_stream(self, **kwargs: Any) -> bool:
        return self.streams and super()._should_stream(**kwargs)

    def _chunks(self, messages: list[BaseMessage], **kwargs: Any) -> Iterator[AIMessageChunk]:
        self.asked.append(list(messages))
        answer: Answer
        if self.answers:
            answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        elif kwargs.get("tools") and not isinstance(messages[-1], ToolMessage):
            answer = [called(kwargs["tools"][0]["function"], text=str(messages[-1].text))]
        else:
            answer = ["Hello ", "there, ", "friend."]
        for at, chunk in enumerate(answer):
            made = AIMessageChunk(content=chunk) if isinstance(chunk, str) else chunk.model_copy()
            if at == 0:
                made.usage_metadata = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
                made.response_metadata = {"model_name": kwargs.get("model", self.model)}
            yield made


def called(function: dict[str, Any], *, text: str) -> AIMessageChunk:
    """A call of this tool, with a value of the right type for each argument."""
    values: dict[str, Any] = {"integer": 3, "number": 3.0, "boolean": True, "array": []}
    given = {
        name: values.get(schema.get("type", ""), text)
        for name, schema in function["parameters"].get("properties", {}).items()
    }
    return calling(function["name"], **given)


def calling(name: str, **arguments: Any) -> AIMessageChunk:
    """A chunk that calls a tool."""
    chunk = tool_call_chunk(name=name, args=json.dumps(arguments), id=f"call_{name}", index=0)
    return AIMessageChunk(content="", tool_call_chunks=[chunk])
