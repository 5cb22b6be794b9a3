"""A guard around any agent of LangChain: middleware for `create_agent`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, RemoveMessage, ToolMessage

from gpt4video_guards.errors import MissingExtraError
from gpt4video_guards.holdback import Unit
from gpt4video_guards.langchain._answer import check_window
from gpt4video_guards.langchain.chat_model import GuardedChatModel
from gpt4video_guards.langchain.judging import GUARDS, MessageJudge, ReadFrames
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy

try:
    from langchain.agents.middleware import types as agents
    from langchain.agents.middleware.types import (
        AgentMiddleware,
        AgentState,
        ModelRequest,
        ModelResponse,
        ToolCallRequest,
        hook_config,
    )
    from langchain.agents.structured_output import StructuredOutputValidationError
    from langgraph.runtime import Runtime
    from langgraph.types import Command
except ImportError as error:
    raise MissingExtraError("agents", "the middleware for agents") from error

from gpt4video_guards.langchain._tools import judged_answer, watched

logger = logging.getLogger(__name__)


class GuardMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """Judges all that an agent hears, says, asks of tools and gets from them.

        agent = create_agent(model, tools, middleware=[..., GuardMiddleware("standard")])

    List it last, next to the model and the tools: what other middleware does to a request is then
    judged as well, and no other middleware puts an unguarded model in the guarded one's place.

    The agent's model is guarded, so that message streams have nothing that was not judged either.
    A blocked message is replaced under its own id, and the run ends with a refusal. A tool whose
    arguments were blocked does not run; it is answered for with an error message, as it is where
    its result or artifact was blocked, and the agent goes on. The agent's own system prompt is not
    judged. A guard that fails blocks.

    Args:
        policy: a preset's name, a policy file, a policy, or a pipeline of your own.
        read_frames: reads blocks that show something, in messages and artifacts; without it none of
            them passes.
        window: how much of a streamed answer is held back; None holds back all of it.
        unit: whether the window counts characters or sentences.
        video_prompts: by a generation tool's name, the argument that holds its prompt;
            `{"generate_video": "prompt"}` unless given.
        name: tells middleware of one agent apart; made of the policy's name unless given.

    Raises:
        InvalidInputError: the window is below 1 or the unit unknown.
        MissingExtraError: `langchain` is not installed.
        PolicyError: the policy cannot be read or does not make sense.
    """

    if hasattr(agents, "TracePolicy"):
        # What the hooks are given was not judged yet: traces get none of it.
        trace_policy = agents.TracePolicy(
            process_inputs=agents.omit_payload, process_outputs=agents.omit_payload
        )

    def __init__(
        self,
        policy: str | Path | Policy | GuardPipeline = "standard",
        *,
        read_frames: ReadFrames | None = None,
        window: int | None = 200,
        unit: Unit = "characters",
        video_prompts: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self._judge = MessageJudge(policy, read_frames=read_frames, video_prompts=video_prompts)
        self._window = window
        self._unit: Unit = unit
        self._name = name or f"{type(self).__name__}[{self.pipeline.policy.name}]"
        check_window(window, unit)

    @property
    def name(self) -> str:
        return self._name

    @property
    def pipeline(self) -> GuardPipeline:
        """Who judges."""
        return self._judge.pipeline

    @hook_config(can_jump_to=["end"])
    def before_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self._update(state)

    @hook_config(can_jump_to=["end"])
    async def abefore_agent(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        return await asyncio.to_thread(self._update, state)

    @hook_config(can_jump_to=["end"])
    def before_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self._update(state)

    @hook_config(can_jump_to=["end"])
    async def abefore_model(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        return await asyncio.to_thread(self._update, state)

    @hook_config(can_jump_to=["end"])
    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self._update(state)

    @hook_config(can_jump_to=["end"])
    async def aafter_model(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        return await asyncio.to_thread(self._update, state)

    def after_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        return self._update(state)

    async def aafter_agent(
        self, state: AgentState[Any], runtime: Runtime[Any]
    ) -> dict[str, Any] | None:
        return await asyncio.to_thread(self._update, state)

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelResponse[Any]:
        model = self._guarded(request.model)
        try:
            response = handler(request.override(model=model))
            return self._settled(response, model, request.messages)
        except StructuredOutputValidationError as error:
            return self._refused(error)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        model = self._guarded(request.model)
        try:
            response = await handler(request.override(model=model))
            return await asyncio.to_thread(self._settled, response, model, request.messages)
        except StructuredOutputValidationError as error:
            return self._refused(error)

    def wrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]],
    ) -> ToolMessage | Command[Any]:
        request, withheld = self._asked(request)
        return withheld or self._answered(handler(request), request)

    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        request, withheld = await asyncio.to_thread(self._asked, request)
        if withheld is not None:
            return withheld
        return await asyncio.to_thread(self._answered, await handler(request), request)

    def _update(self, state: AgentState[Any]) -> dict[str, Any] | None:
        """Judge what of the state was not judged before; what of it has to change."""
        messages: Sequence[BaseMessage] = state["messages"]
        history = self._judge.history(messages)
        changes: list[BaseMessage] = []
        for old, new in zip(messages, history.messages, strict=True):
            if new is None:
                changes.append(RemoveMessage(id=str(old.id)))
            elif new is not old:
                changes.append(new)
        if history.blocked is None:
            return {"messages": changes} if changes else None
        if not (history.kept and isinstance(history.kept[-1], AIMessage)):
            changes.append(self._judge.refusal(history.blocked))
        return {"messages": changes, "jump_to": "end"}

    def _guarded(self, model: BaseChatModel) -> GuardedChatModel:
        return GuardedChatModel(
            model=model, judge=self._judge, window=self._window, unit=self._unit
        )

    def _settled(
        self, response: ModelResponse[Any], model: GuardedChatModel, before: Sequence[BaseMessage]
    ) -> ModelResponse[Any]:
        """The response as the state may have it: judged, if it is not the guarded model's, and with
        a refusal alone where one followed what had been streamed."""
        if not model.was_asked:
            logger.warning(
                "other middleware answered in place of the model that '%s' guards: its words are "
                "judged, but may have been streamed before; list '%s' last",
                self.name,
                self.name,
            )
        judged = [
            self._judge.message(
                self._judge.settled(message) if isinstance(message, AIMessage) else message, before
            )
            for message in response.result
        ]
        blocked = any(each.blocked is not None for each in judged)
        return ModelResponse(
            result=[each.message for each in judged],
            structured_response=None if blocked else response.structured_response,
        )

    def _refused(self, error: StructuredOutputValidationError) -> ModelResponse[Any]:
        """A refusal is no structured output, and no reason to raise."""
        if GUARDS not in error.ai_message.response_metadata:
            raise error
        return ModelResponse(result=[self._judge.settled(error.ai_message)])

    def _asked(self, request: ToolCallRequest) -> tuple[ToolCallRequest, ToolMessage | None]:
        state = request.state
        before = state.get("messages", ()) if isinstance(state, dict) else ()
        call, withheld = self._judge.call(request.tool_call, before)
        if withheld is not None:
            return request, withheld
        request = request.override(tool_call=call)
        if request.tool is not None:
            request = request.override(tool=watched(request.tool, call, self._judge))
        return request, None

    def _answered(self, answer: Any, request: ToolCallRequest) -> Any:
        return judged_answer(answer, request.tool_call, self._judge)
