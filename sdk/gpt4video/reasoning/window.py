"""Fitting a long conversation into the context of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gpt4video.reasoning.conversation import ClipPart, Message, TextPart

Messages = tuple[Message, ...]


def fitted(messages: Messages, fits: Callable[[Messages], bool]) -> Messages | None:
    """The messages, shortened until they fit; None where even the last one does not.

    The oldest exchanges go first. System messages stay, and so do the clips of exchanges that went,
    at the front of the next user message and under their old numbers; when only clips are left to
    go, the oldest go.
    """
    messages = numbered(messages)
    while not fits(messages):
        shorter = _without_oldest_exchange(messages) or _without_oldest_clip(messages)
        if shorter is None:
            return None
        messages = shorter
    return messages


def numbered(messages: Messages) -> Messages:
    """The messages with a number on each clip, so that dropping one renames no other."""
    count = 0
    done: list[Message] = []
    for message in messages:
        parts: list[TextPart | ClipPart] = []
        for part in message.parts:
            if isinstance(part, ClipPart):
                number = part.index or count + 1
                count = max(count, number)
                part = replace(part, index=number)
            parts.append(part)
        done.append(replace(message, parts=tuple(parts)))
    return tuple(done)


def _without_oldest_exchange(messages: Messages) -> Messages | None:
    users = [place for place, message in enumerate(messages) if message.role == "user"]
    if len(users) < 2:
        return None
    first, second = users[:2]
    clips = tuple(clip for message in messages[first:second] for clip in message.clips)
    heir = replace(messages[second], parts=clips + messages[second].parts)
    return (*messages[:first], heir, *messages[second + 1 :])


def _without_oldest_clip(messages: Messages) -> Messages | None:
    for place, message in enumerate(messages):
        if message.role == "user" and len(message.clips) > 1:
            gone = message.clips[0]
            parts = tuple(part for part in message.parts if part is not gone)
            return (*messages[:place], replace(message, parts=parts), *messages[place + 1 :])
    return None


__all__ = ["fitted", "numbered"]
