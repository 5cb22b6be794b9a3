"""Messages in either form, our own values or transformers' dictionaries, brought into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from gpt4video.reasoning.conversation import ClipPart, Message, Role, TextPart
from gpt4video_guards.errors import InvalidInputError


@dataclass(frozen=True, kw_only=True)
class ClipMark:
    """Where a clip stands in a conversation."""

    index: int
    """Its number in the conversation, from 1."""
    source: Any
    """Frames, a clip, or a path; None where the clip is given elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn of one speaker, its clips numbered."""

    role: Role
    parts: tuple[str | ClipMark, ...]
    reasoning: str = ""
    """What the assistant wrote for itself before its words."""
    learnt: bool = True
    """Whether an assistant's turn is to be learnt, or only stands before those that are."""


def as_turns(messages: Sequence[Message | Mapping[str, Any]]) -> list[Turn]:
    """Turns of messages such as `Message(...)` or `{"role": "user", "content": [{"type":
    "video"}]}`.

    An assistant's may have a `reasoning_content`, as in transformers' templates, and a `weight` of
    0 where it is not to be learnt, as in fine-tuning formats.

    Raises:
        InvalidInputError: an unknown role, or content that is neither words nor a clip.
    """
    turns: list[Turn] = []
    count = 0
    for message in messages:
        role, contents, extra = _opened(message)
        if role not in get_args(Role):
            raise InvalidInputError("role", role, f"one of {', '.join(get_args(Role))}")
        parts: list[str | ClipMark] = []
        for content in contents:
            part = _part(content, count + 1)
            if isinstance(part, ClipMark):
                count = max(count, part.index)
            parts.append(part)
        turns.append(Turn(role=role, parts=tuple(parts), **extra))
    return turns


def clip_sources(turns: Sequence[Turn]) -> list[Any]:
    """What was given for the clips, in the order of their places."""
    return [part.source for turn in turns for part in turn.parts if isinstance(part, ClipMark)]


def _opened(message: Message | Mapping[str, Any]) -> tuple[Role, Sequence[Any], dict[str, Any]]:
    if isinstance(message, Message):
        return message.role, message.parts, {}
    if not isinstance(message, Mapping) or "role" not in message or "content" not in message:
        raise InvalidInputError("messages", message, "messages with a role and a content")
    content, reasoning = message["content"], message.get("reasoning_content") or ""
    if not isinstance(reasoning, str):
        raise InvalidInputError("reasoning_content", reasoning, "words")
    contents = [content] if isinstance(content, str) else list(content or ())
    extra = {"reasoning": reasoning, "learnt": bool(message.get("weight", 1))}
    return message["role"], contents, extra


def _part(content: Any, next_index: int) -> str | ClipMark:
    if isinstance(content, str):
        return content
    if isinstance(content, TextPart):
        return content.text
    if isinstance(content, ClipPart):
        return ClipMark(index=content.index or next_index, source=content.frames)
    kind = content.get("type") if isinstance(content, Mapping) else type(content).__name__
    if kind == "text" and isinstance(content["text"], str):
        return str(content["text"])
    if kind == "video":
        if "url" in content:
            raise InvalidInputError(
                "content", "a video by url", "frames, or the path of a local file"
            )
        source = content.get("video", content.get("path"))
        return ClipMark(index=content.get("index") or next_index, source=source)
    raise InvalidInputError("content", kind, "blocks of type 'text' or 'video'")


__all__ = ["ClipMark", "Turn", "as_turns", "clip_sources"]
