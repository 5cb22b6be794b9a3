"""`ChatVideoAssistant`: the assistant as a chat model of LangChain."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr, SkipValidation, model_validator

from gpt4video._prompts import LimitedReasoner
from gpt4video.assistant import VideoAssistant
from gpt4video.events import Event, Finished, Refused, TextDelta
from gpt4video.langchain._answers import (
    PROVIDER,
    last_chunk,
    message_of,
    refusal_chunk,
    words_chunk,
)
from gpt4video.langchain._binding import forced_role, our_tools
from gpt4video.langchain._call import Call
from gpt4video.langchain._content import read_content
from gpt4video.langchain._conversations import Conversations
from gpt4video.langchain._dialogue import Tools
from gpt4video.langchain._sources import MessageClips
from gpt4video.reasoning import GenerationOptions, Message, TextPart
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.calls import ClipSources
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.fetching import ClipFetcher
from gpt4video_tools.threads import on_worker_thread

_GIVEN: Final = "given assistant"
"""The model's name where an assistant is given without one."""
_TOOLS: Final = "video_tools"
_STORE: Final = "video_store"


class ChatVideoAssistant(BaseChatModel):
    """A chat model that watches clips, makes them through tools, and lets out judged words only.

        model = ChatVideoAssistant()
        model.invoke([HumanMessage([{"type": "text", "text": "What moves here?"},
                                    video_block(Path("clip.mp4"))])])

    Weights are loaded at the first call. Clips may stand in any message; each is decoded, judged
    and encoded once, however often the conversation comes back. What the guards block is answered
    by a refusal, never by an exception: `response_metadata["refused"]` is true, and the exchange is
    left out of later calls.

    With a generation tool bound, a clip that the model asks for becomes a call of that tool; with
    a question tool bound, so does a question about a clip that is only named. The rules are in
    `gpt4video.langchain._steps`. Other tools may be bound, but the model never calls them: it was
    not taught to. Without a generation tool, the assistant makes clips itself, if it can, and the
    answer holds a video block.

    `timeout`, `max_retries` and `api_key` are taken so that models can be exchanged, and mean
    nothing here: no service is called.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    model: str = "shapes"
    """Name or folder, as of `VideoAssistant.from_pretrained`. A call may name another one by
    `model=...`, where no assistant is given."""
    assistant: Annotated[VideoAssistant | None, SkipValidation] = Field(
        default=None, exclude=True, repr=False
    )
    """What answers, in place of one that is loaded by name."""
    policy: str = "standard"
    """Of assistants loaded by name."""
    device: str = "auto"
    """Of assistants loaded by name."""

    temperature: float | None = None
    """0 takes the likeliest word each time; None for the assistant's own."""
    max_tokens: int | None = None
    """Of an answer; None for the assistant's own."""
    top_p: float | None = None
    seed: int | None = None
    stop: list[str] | None = None
    """Answers end where one of these begins."""
    streaming: bool = False
    """Run `invoke` through the stream, too."""
    timeout: float | None = None
    max_retries: int | None = None
    api_key: SecretStr | None = Field(default=None, exclude=True, repr=False)

    store: Annotated[ClipStore | None, SkipValidation] = Field(
        default=None, exclude=True, repr=False
    )
    """Where handles and file ids lead; where there is none, the store of a bound tool serves."""
    folders: list[Path] = []
    """Files are opened below these only; none by default."""
    fetcher: Annotated[ClipFetcher | None, SkipValidation] = Field(
        default=None, exclude=True, repr=False
    )
    """Opens `http(s)` addresses; without it they are refused."""
    generation_tool: str | None = None
    """Name of the tool with a `prompt` that makes clips; None for a bound `VideoGenerationTool`."""
    question_tool: str | None = None
    """Name of the tool with a `question` and a `video`; None for a bound `VideoQuestionTool`."""
    kept_conversations: int = 32
    """Whose clips and judged words are remembered; the longest unused are told anew."""

    _assistants: dict[str, VideoAssistant] = PrivateAttr(default_factory=dict)
    _conversations: Conversations = PrivateAttr()
    _loading: Any = PrivateAttr(default_factory=threading.Lock)

    @model_validator(mode="after")
    def _settle(self) -> ChatVideoAssistant:
        if self.assistant is not None and "model" not in self.model_fields_set:
            self.model = _GIVEN
        self._conversations = Conversations(self.kept_conversations)
        return self

    @property
    def model_name(self) -> str:
        """The same as `model`."""
        return self.model

    @property
    def _llm_type(self) -> str:
        return "gpt4video-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = ("model", "policy", "temperature", "max_tokens", "top_p", "seed", "stop")
        return {name: getattr(self, name) for name in names}

    def _resolve_model_profile(self) -> ModelProfile:
        return ModelProfile(
            text_inputs=True,
            video_inputs=True,
            image_inputs=False,
            audio_inputs=False,
            pdf_inputs=False,
            text_outputs=True,
            tool_calling=False,
        )

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_provider"] = PROVIDER
        return params

    def get_num_tokens(self, text: str) -> int:
        """Tokens of a text in this model's prompt; loads the weights.

        Raises:
            NotImplementedError: the assistant's reasoner does not count.
        """
        return self._count([TextPart(text=text)])

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Tokens of messages in this model's prompt, clips included; tools take none.

        Raises:
            NotImplementedError: the assistant's reasoner does not count.
        """
        contents = [read_content(message.content, strict=False) for message in messages]
        clips = sum(len(content.clips) for content in contents)
        return (
            self._count([TextPart(text=text) for content in contents for text in content.texts])
            + clips * self._assistant(self.model).reasoner.tokens_per_clip
        )

    def _count(self, parts: Sequence[TextPart]) -> int:
        reasoner = self._assistant(self.model).reasoner
        if not isinstance(reasoner, LimitedReasoner):
            raise NotImplementedError(f"{type(reasoner).__name__} does not count tokens")
        return reasoner.count_tokens([Message(role="user", parts=tuple(parts))])

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools, of which the model calls those for clips only.

        Args:
            tools: in any form that LangChain takes.
            tool_choice: "any" or a tool's name makes a tool for clips be called; "none" forbids it.
                It has no effect on other tools.

        Raises:
            InvalidInputError: the tool named by `generation_tool` has no `prompt`, or that named by
                `question_tool` no `question` and `video`.
        """
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        ours = our_tools(tools, schemas, make=self.generation_tool, ask=self.question_tool)
        ours = forced_role(ours, tool_choice)
        stores = [store for tool in tools if (store := getattr(tool, "store", None)) is not None]
        bound = {
            _TOOLS: {"make": ours.make, "ask": ours.ask, "forced": ours.forced},
            _STORE: next(iter(stores), None),
        }
        return self.bind(tools=schemas, tool_choice=tool_choice, **bound, **kwargs)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        """Not there: the model writes free text and calls no tool but those for clips."""
        raise NotImplementedError(
            "ChatVideoAssistant has no structured output: it calls no tools but those for clips"
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        run = _Run(self, messages, stop, kwargs)
        with closing(run.events(threading.Event())) as events:
            replies = [event.reply for event in events if isinstance(event, Finished)]
        return run.result(replies)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        run, cancelled = _Run(self, messages, stop, kwargs), threading.Event()
        async with aclosing(on_worker_thread(run.events(cancelled), stop=cancelled.set)) as events:
            replies = [event.reply async for event in events if isinstance(event, Finished)]
        return run.result(replies)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        run = _Run(self, messages, stop, kwargs)
        with closing(run.events(threading.Event())) as events:
            for event in events:
                if (chunk := run.chunk(event)) is not None:
                    yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        run, cancelled = _Run(self, messages, stop, kwargs), threading.Event()
        async with aclosing(on_worker_thread(run.events(cancelled), stop=cancelled.set)) as events:
            async for event in events:
                if (chunk := run.chunk(event)) is not None:
                    yield ChatGenerationChunk(message=chunk)

    def _call_of(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Call:
        name = kwargs.get("model") or self.model
        assistant = self._assistant(name)
        assistant.require_open()
        return Call(
            host=assistant.host,
            model=name,
            messages=messages,
            tools=Tools(**kwargs.get(_TOOLS, {})),
            options=self._options(assistant.host.options, kwargs),
            stop=stop or self.stop or (),
            clips=MessageClips(
                sources=ClipSources(
                    store=self.store or kwargs.get(_STORE),
                    folders=tuple(self.folders),
                    fetcher=self.fetcher,
                ),
                own_folder=assistant.host.output_dir,
            ),
            conversations=self._conversations,
        )

    def _options(self, options: GenerationOptions, kwargs: dict[str, Any]) -> GenerationOptions:
        names = {
            "max_tokens": "max_new_tokens",
            "temperature": "temperature",
            "top_p": "top_p",
            "seed": "seed",
        }
        wanted = {ours: kwargs.get(name, getattr(self, name)) for name, ours in names.items()}
        return replace(options, **{n: value for n, value in wanted.items() if value is not None})

    def _assistant(self, name: str) -> VideoAssistant:
        if self.assistant is not None:
            if name != self.model:
                raise InvalidInputError("model", name, f"{self.model!r}, the given assistant")
            return self.assistant
        with self._loading:
            if name not in self._assistants:
                self._assistants[name] = VideoAssistant.from_pretrained(
                    name, policy=self.policy, device=self.device
                )
            return self._assistants[name]


class _Run:
    """A call on its way: from the assistant's events to LangChain's results."""

    def __init__(
        self,
        model: ChatVideoAssistant,
        messages: list[BaseMessage],
        stop: list[str] | None,
        kwargs: dict[str, Any],
    ) -> None:
        self._begin = lambda: model._call_of(messages, stop, kwargs)
        self._call: Call | None = None
        self._spoke = False

    def events(self, cancelled: threading.Event) -> Generator[Event, None, None]:
        """The turn; loads the assistant where that is still to be done."""
        self._call = self._begin()
        yield from self._call.events(cancelled)

    def chunk(self, event: Event) -> AIMessageChunk | None:
        """What a consumer is told of an event."""
        assert self._call is not None
        match event:
            case TextDelta(text=text):
                self._spoke = True
                return words_chunk(text)
            case Refused(text=text):
                return refusal_chunk(text, after_words=self._spoke)
            case Finished(reply=reply):
                return last_chunk(reply, self._call.tool_call, model=self._call.model)
            case _:
                return None

    def result(self, replies: Sequence[Any]) -> ChatResult:
        """The answer of a finished turn."""
        assert self._call is not None
        (reply,) = replies
        message = message_of(reply, self._call.tool_call, model=self._call.model)
        return ChatResult(generations=[ChatGeneration(message=message)])
