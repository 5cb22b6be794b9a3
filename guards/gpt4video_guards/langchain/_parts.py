"""What there is to judge in a message: its words and its media, wherever they stand.

A message is taken as nested plain values. Whatever is neither words, nor media, nor plainly
harmless (numbers, ids) is reported as something that nobody can read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from numbers import Number
from pathlib import PurePath
from typing import Any, Final, TypeAlias
from uuid import UUID

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from pydantic import BaseModel

from gpt4video_guards.text.decode import decoded

Place: TypeAlias = tuple[Any, ...]
"""The way to a value from its message: `("content", 0, "text")`."""

_MEDIA_TYPES: Final = (
    *("video", "video_url", "image", "image_url", "input_image", "media", "document"),
    *("audio", "audio_url", "input_audio", "file", "input_file"),
)
_MEDIA_PAYLOADS: Final = (
    *("base64", "data", "url", "uri", "path", "source", "bytes", "inline_data", "s3Location"),
    *("file", "file_id", "file_uri", "file_data", "image_url", "video_url", "audio_url"),
    *("video", "image", "audio", "input_image", "input_audio"),
)
_NAMES_MEDIA: Final = re.compile(r"video|image|audio|inline_data|base64|file_data", re.IGNORECASE)
"""In a message's content, blocks of such types or with such entries show or sound something."""
_TOKENS: Final = ("type", "id", "index", "mime_type", "media_type", "tool_call_id", "source_type")
_SEALED: Final = ("signature", "thought_signature", "encrypted_content")
"""What a provider signs or encrypts: nobody but the provider can read it."""
_TOKEN: Final = re.compile(r"[\w.:/+-]{0,128}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=_-]*")
_ENGLISH: Final = re.compile(r"(?<!\S)[\"'(]*[A-Za-z]+[\"').,;:!?]*(?!\S)")
_PERSONAL: Final = re.compile(r"@|(?<![0-9A-Za-z])(?:[0-9][ .-]?){9,19}(?![0-9A-Za-z])")


@dataclass(frozen=True, kw_only=True)
class Words:
    """A text."""

    place: Place
    text: str
    fixed: bool = False
    """It cannot be rewritten where it stands."""


@dataclass(frozen=True, kw_only=True)
class Media:
    """A block that shows or sounds something, or a value of a kind that nobody knows."""

    place: Place
    block: Mapping[str, Any] | None
    """None for the value of an unknown kind."""


Part: TypeAlias = Words | Media


def fields_of(message: BaseMessage) -> dict[str, Any]:
    """What of a message may hold words or media."""
    fields: dict[str, Any] = {
        **(message.model_extra or {}),
        "content": message.content,
        "additional_kwargs": message.additional_kwargs,
        "response_metadata": message.response_metadata,
    }
    if isinstance(message, ToolMessage):
        fields["artifact"] = message.artifact
    elif isinstance(message, AIMessage):
        fields["tool_calls"] = message.tool_calls
        fields["invalid_tool_calls"] = message.invalid_tool_calls
    elif message.name:
        fields["name"] = message.name
    return {name: value for name, value in fields.items() if value}


def parts_of_message(message: BaseMessage) -> list[Part]:
    """All of it. Of the metadata words only: they show nothing, and the chances of each token are
    the answer over again."""
    fields = fields_of(message)
    told = fields.get("response_metadata", {})
    fields["response_metadata"] = {name: told[name] for name in told if name != "logprobs"}
    return [
        part
        for part in parts_of(fields)
        if isinstance(part, Words) or part.place[0] != "response_metadata"
    ]


def parts_of(value: object, place: Place = (), *, fixed: bool = False) -> Iterator[Part]:
    """All words and media of a value, in order."""
    match value:
        case None | Number():
            return
        case str():
            if value.strip() and not _is_token(value, place):
                yield Words(place=place, text=value, fixed=fixed)
        case Enum():
            yield from parts_of(value.value, place, fixed=True)
        case PurePath() | UUID() | date() | time() | timedelta():
            yield Words(place=place, text=str(value), fixed=True)
        case Mapping():
            yield from _parts_of_mapping(value, place, fixed)
        case BaseModel():
            yield from parts_of(value.model_dump(), place, fixed=True)
        case _ if is_dataclass(value) and not isinstance(value, type):
            yield from parts_of(asdict(value), place, fixed=True)
        case list():
            for at, item in enumerate(value):
                yield from parts_of(item, (*place, at), fixed=fixed)
        case tuple() | Set():
            for at, item in enumerate(value):
                yield from parts_of(item, (*place, at), fixed=True)
        case _:
            yield Media(place=place, block=None)


def rewritten(value: Any, texts: Mapping[Place, str], place: Place = ()) -> Any:
    """The value with other texts at some places; what it is made of is left as it was."""
    if place in texts:
        return texts[place]
    if isinstance(value, Mapping):
        return {name: rewritten(item, texts, (*place, name)) for name, item in value.items()}
    if isinstance(value, list):
        return [rewritten(item, texts, (*place, at)) for at, item in enumerate(value)]
    return value


def _parts_of_mapping(value: Mapping[Any, Any], place: Place, fixed: bool) -> Iterator[Part]:
    media = _is_media(value, place)
    if media:
        # Of two clips in one block, nobody knows which the model is shown.
        yield Media(place=place, block=None if _is_ambiguous(value, place) else value)
    yield from _parts_beside(value, place, fixed, media)


def _parts_beside(
    value: Mapping[Any, Any], place: Place, fixed: bool, media: bool
) -> Iterator[Part]:
    """What a mapping says, without the media that it shows."""
    for name, item in value.items():
        here = (*place, name)
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            yield from parts_of(name, (*place, "a name"), fixed=True)
        if media and name in _MEDIA_PAYLOADS and isinstance(item, Mapping):
            yield from _parts_beside(item, here, fixed, media)
        elif not (media and name in _MEDIA_PAYLOADS and _is_payload(item)):
            yield from parts_of(item, here, fixed=fixed or not isinstance(name, str))


def _is_media(block: Mapping[Any, Any], place: Place) -> bool:
    if _has_its_words_in_it(block):
        return False
    kind = block.get("mime_type") or block.get("media_type")
    if isinstance(kind, str) and kind.startswith(("video/", "image/", "audio/")):
        return True
    kind = block.get("type")
    if kind in _MEDIA_TYPES:
        return True
    names = [kind, *(name for name, item in block.items() if item)]
    return (
        len(place) == 2
        and place[0] == "content"
        and any(isinstance(name, str) and _NAMES_MEDIA.search(name) for name in names)
    )


def _has_its_words_in_it(block: Mapping[Any, Any]) -> bool:
    """A document that is a text, or blocks of content."""
    source = block.get("source")
    return (
        block.get("type") == "document"
        and isinstance(source, Mapping)
        and source.get("type") in ("text", "content")
        and _payloads(block) == ["source"]
    )


def _is_ambiguous(block: Mapping[Any, Any], place: Place) -> bool:
    found = _payloads(block)
    inner = block[found[0]] if len(found) == 1 else None
    return place[:1] == ("content",) and (
        len(found) > 1 or (isinstance(inner, Mapping) and _is_ambiguous(inner, place))
    )


def _payloads(block: Mapping[Any, Any]) -> list[str]:
    return [name for name in _MEDIA_PAYLOADS if block.get(name)]


def _is_payload(value: object) -> bool:
    return isinstance(value, bytes) or (isinstance(value, str) and not re.search(r"\s", value))


def _is_token(text: str, place: Place) -> bool:
    """An id and the like: no words that a model or a person would read."""
    name = place[-1] if place else ""
    if name in _SEALED:
        return _BASE64.fullmatch(text) is not None
    return name in _TOKENS and _TOKEN.fullmatch(text) is not None


def is_speech(words: Words) -> bool:
    """Whether there is something said for guards to judge.

    Artifacts and metadata are data of a program: names, numbers, ids and addresses are no language,
    and guards that know language take some of them for harm. So of these what counts is: two words
    or more, letters beyond ASCII, what could be personal, and codes that hide a text.
    """
    text = words.text
    if words.place[0] not in ("artifact", "response_metadata") or not text.isascii():
        return True
    return (
        len(_ENGLISH.findall(text)) > 1
        or _PERSONAL.search(text) is not None
        or decoded(text) is not None
    )


def text_of(message: BaseMessage) -> str:
    """The words of a message's content, a block a line."""
    parts = parts_of(message.content, ("content",))
    return "\n".join(part.text for part in parts if isinstance(part, Words))


def without_tool_calls_of(
    messages: Sequence[BaseMessage | None], caller: BaseMessage
) -> list[BaseMessage | None]:
    """The messages, with None for the results of tools that this message called."""
    if not isinstance(caller, AIMessage):
        return list(messages)
    calls = {call["id"] for call in (*caller.tool_calls, *caller.invalid_tool_calls)}
    return [
        None if isinstance(message, ToolMessage) and message.tool_call_id in calls else message
        for message in messages
    ]
