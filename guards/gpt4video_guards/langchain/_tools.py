"""What tools answer, judged before anyone hears of it."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

from langchain_core.messages import ToolCall, ToolMessage, convert_to_messages
from langchain_core.messages.tool import ToolOutputMixin
from langchain_core.tools import BaseTool, ToolException
from langchain_core.tools.base import _handle_tool_error
from langgraph.types import Command

from gpt4video_guards.langchain.judging import MessageJudge


def watched(tool: BaseTool, call: ToolCall, judge: MessageJudge) -> BaseTool:
    """The same tool for one call: what it returns is judged inside of its run, so that the end of
    the run, which streams of events tell of, has nothing in it that was blocked."""
    run: Callable[..., Any] = tool._run
    arun: Callable[..., Awaitable[Any]] = tool._arun

    def judged(answer: Any) -> Any:
        return _of_run(answer, tool, call, judge)

    def told(error: ToolException) -> Any:
        return _of_error(error, tool, call, judge)

    @wraps(run)
    def judged_run(*args: Any, **kwargs: Any) -> Any:
        try:
            return judged(run(*args, **kwargs))
        except ToolException as error:
            return told(error)

    @wraps(arun)
    async def judged_arun(*args: Any, **kwargs: Any) -> Any:
        try:
            return await asyncio.to_thread(judged, await arun(*args, **kwargs))
        except ToolException as error:
            return await asyncio.to_thread(told, error)

    found = copy.copy(tool)
    object.__setattr__(found, "_run", judged_run)  # tools are pydantic models, which refuse this
    object.__setattr__(found, "_arun", judged_arun)
    return found


def judged_answer(answer: Any, call: ToolCall, judge: MessageJudge) -> Any:
    """A tool's answer as it may go on: a message, a command or several of them. Of a command all
    messages are judged; one whose messages cannot be found is withheld."""
    if isinstance(answer, ToolMessage):
        return judge.message(answer).message
    if isinstance(answer, list):
        return [judged_answer(each, call, judge) for each in answer]
    if not isinstance(answer, Command):
        return judge.unreadable_answer(call, f"a {type(answer).__name__}")
    if answer.update is None:
        return answer
    try:
        update = dict(answer.update)
        messages = update.get("messages", [])
        several = messages if isinstance(messages, Sequence) else [messages]
        judged = [judge.message(each).message for each in convert_to_messages(several)]
    except Exception as error:
        return judge.unreadable_answer(call, f"{type(error).__name__}: {error}")
    return replace(answer, update=update | ({"messages": judged} if judged else {}))


def _of_run(answer: Any, tool: BaseTool, call: ToolCall, judge: MessageJudge) -> Any:
    """What a tool's own function returned, as it may go on."""
    two = tool.response_format == "content_and_artifact"
    if two and not (isinstance(answer, tuple) and len(answer) == 2):
        return answer  # the tool's run refuses it
    content, artifact = answer if two else (answer, None)
    several = content if isinstance(content, list) and content else [content]
    if all(isinstance(each, ToolOutputMixin) for each in several):
        judged = judged_answer(content, call, judge)
    else:
        message = ToolMessage(
            _as_content(content), artifact=artifact, tool_call_id=call["id"], name=tool.name
        )
        judged = judge.message(message).message
        if judged is message:
            return answer
    return (judged, None) if two else judged


def _of_error(error: ToolException, tool: BaseTool, call: ToolCall, judge: MessageJudge) -> Any:
    """What the tool says of an error that it handles, as its run would.

    Raises:
        ToolException: it does not handle errors.
    """
    if not tool.handle_tool_error:
        raise error
    message = ToolMessage(
        _as_content(_handle_tool_error(error, flag=tool.handle_tool_error)),
        tool_call_id=call["id"],
        name=tool.name,
        status="error",
    )
    judged = judge.message(message).message
    return (judged, None) if tool.response_format == "content_and_artifact" else judged


def _as_content(content: Any) -> str | list[str | dict[str, Any]]:
    """What langchain-core makes of it."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(each, (str, dict)) for each in content):
        return content
    try:
        return json.dumps(content, ensure_ascii=False)
    except (TypeError, ValueError):
        return str(content)
