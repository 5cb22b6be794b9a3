"""Which of the tools that are bound are ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langchain_core.tools import BaseTool

from gpt4video.langchain._dialogue import Tools
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.langchain import VideoGenerationTool, VideoQuestionTool


def our_tools(
    tools: Sequence[Any],
    schemas: Sequence[dict[str, Any]],
    *,
    make: str | None = None,
    ask: str | None = None,
) -> Tools:
    """The generation tool and the question tool among bound tools.

    Args:
        tools: as they were given.
        schemas: the same as OpenAI's schemas.
        make, ask: names, for tools that are not of our own classes.

    Raises:
        InvalidInputError: the tool of that name has other arguments.
    """
    _require_arguments("generation_tool", make, ("prompt",), schemas)
    _require_arguments("question_tool", ask, ("question", "video"), schemas)
    names = {_name(schema) for schema in schemas}
    return Tools(
        make=make if make in names else _first(tools, VideoGenerationTool),
        ask=ask if ask in names else _first(tools, VideoQuestionTool),
    )


def forced_role(tools: Tools, choice: str | dict[str, Any] | bool | None) -> Tools:
    """The same tools, with the one that `tool_choice` wants called."""
    if choice in ("none", False):
        return Tools()
    if isinstance(choice, dict):
        choice = choice.get("function", choice).get("name")
    if choice in ("any", "required", True):
        choice = tools.make or tools.ask
    role = tools.role(choice if isinstance(choice, str) else None)
    return tools if role == "other" else replace(tools, forced=role)


def _require_arguments(
    argument: str, name: str | None, wanted: Sequence[str], schemas: Sequence[dict[str, Any]]
) -> None:
    for schema in schemas:
        properties = schema["function"]["parameters"].get("properties", {})
        texts = [key for key, value in properties.items() if value.get("type") == "string"]
        if _name(schema) == name and not set(wanted) <= set(texts):
            raise InvalidInputError(
                argument, f"{name} with {sorted(properties)}", f"text arguments {list(wanted)}"
            )


def _first(tools: Sequence[Any], kind: type[BaseTool]) -> str | None:
    return next((tool.name for tool in tools if isinstance(tool, kind)), None)


def _name(schema: dict[str, Any]) -> str:
    return str(schema["function"]["name"])
