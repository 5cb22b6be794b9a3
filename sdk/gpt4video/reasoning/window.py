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
    go, the oldest go. `fits` is asked about the whole and then about short ends, so the cost grows
    with the conversation's length and not with its square.
    """
    messages = numbered(messages)
    if fits(messages):
        return messages
    exchanges = sum(message.role == "user" for message in messages) - 1
    kept = _longest(lambda count: without_exchanges(messages, count), exchanges, fits)
    if kept is not None:
        return kept
    last = without_exchanges(messages, exchanges) or messages
    clips = sum(len(message.clips) for message in last if message.role == "user") - 1
    return _longest(lambda count: without_clips(last, count), clips, fits)


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


def without_exchanges(messages: Messages, count: int) -> Messages | None:
    """The messages without their `count` oldest exchanges, the last one not counted; None where
    there are not so many."""
    users = [place for place, message in enumerate(messages) if message.role == "user"]
    if not 0 < count < len(users):
        return None
    first, heir = users[0], users[count]
    clips = tuple(clip for message in messages[first:heir] for clip in message.clips)
    inherits = replace(messages[heir], parts=clips + messages[heir].parts)
    return (*messages[:first], inherits, *messages[heir + 1 :])


def without_clips(messages: Messages, count: int) -> Messages | None:
    """The messages without the `count` oldest clips of the one user message that is left; None
    where it would keep none."""
    for place, message in enumerate(messages):
        if message.role == "user" and 0 < count < len(message.clips):
            gone = {id(clip) for clip in message.clips[:count]}
            parts = tuple(part for part in message.parts if id(part) not in gone)
            return (*messages[:place], replace(message, parts=parts), *messages[place + 1 :])
    return None


def _longest(
    shortened: Callable[[int], Messages | None], most: int, fits: Callable[[Messages], bool]
) -> Messages | None:
    """What fits with the fewest left out, 1 to `most` of them; looked for from the short end."""
    found = shortened(most)
    if found is None or not fits(found):
        return None
    good, step = most, 1  # leaving out so many fits
    bad = 0  # leaving out so many does not
    while good - bad > 1:
        count = max(bad + 1, good - step)
        longer = shortened(count)
        if longer is not None and fits(longer):
            found, good, step = longer, count, step * 2
        else:
            bad, step = count, max(1, (good - count) // 2)
    return found


__all__ = ["fitted", "numbered", "without_clips", "without_exchanges"]
