"""The content of messages: words, and clips by address; and the blocks that carry clips.

A clip's address is a URI: `http(s):`, `data:`, `file:`, or the handle that a store gave it. Nothing
is opened here.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gpt4video_guards.errors import InvalidInputError

MP4: Final = "video/mp4"

_ADDRESS: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|(?<![^\s\"'(<])/)[^\s\"'<>]*?"
    r"\.(?:mp4|webm|mov|mkv|avi|gif|webp)\b(?:\?[^\s\"'<>()]+)?",
    flags=re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a message says and shows."""

    texts: tuple[str, ...] = ()
    clips: tuple[str, ...] = ()
    """Addresses."""

    @property
    def text(self) -> str:
        """All words, one part a line."""
        return "\n".join(self.texts)


def read_content(content: str | Sequence[str | Mapping[str, Any]], *, strict: bool) -> Content:
    """The words and clips of a message's content.

    Args:
        strict: refuse a block that is neither; without it, such blocks are passed over.

    Raises:
        InvalidInputError: a block of a type that is not understood, or a video without an address.
    """
    blocks = [content] if isinstance(content, str) else content
    texts: list[str] = []
    clips: list[str] = []
    for block in blocks:
        if isinstance(block, str):
            texts.append(block)
        elif block.get("type") == "text":
            texts.append(str(block.get("text", "")))
        elif _is_video(block):
            clips.append(_address(block))
        elif strict:
            raise InvalidInputError(
                "messages", f"a content block of type {block.get('type')!r}", "text and video only"
            )
    return Content(texts=tuple(text for text in texts if text.strip()), clips=tuple(clips))


def addresses_in(text: str) -> list[str]:
    """Addresses of clips that stand in a text: URIs and absolute paths that end as clips do."""
    return _ADDRESS.findall(text)


def without_addresses(text: str) -> str:
    """The text with the addresses of clips taken out, and the words before and after joined."""
    return re.sub(r"\s+([?.!,;:])", r"\1", " ".join(_ADDRESS.sub(" ", text).split()))


def video_block(source: str | PathLike[str] | bytes, *, mime_type: str = MP4) -> dict[str, Any]:
    """A standard `VideoContentBlock` for a message.

    Args:
        source: the bytes of a clip, a file (the model opens it only in its `folders`), or an
            address: `https://...`, `data:...`, or a store's handle.
        mime_type: of bytes.

    Raises:
        InvalidInputError: source is something else.
    """
    if isinstance(source, bytes | bytearray):
        data = base64.b64encode(source).decode("ascii")
        return {"type": "video", "base64": data, "mime_type": mime_type}
    if isinstance(source, str) and urlsplit(source).scheme:
        return {"type": "video", "url": source}
    if isinstance(source, str | PathLike):
        return {"type": "video", "url": Path(source).expanduser().resolve().as_uri()}
    raise InvalidInputError("source", source, "bytes, a path or an address")


def video_url_part(source: str | PathLike[str] | bytes, *, mime_type: str = MP4) -> dict[str, Any]:
    """The `video_url` part that OpenAI-style servers (vLLM, SGLang ...) take.

    Args:
        source: the bytes of a clip, a file, or an `http(s):` or `data:` address. Bytes and files
            are put into the part, since the server does not see our files.
        mime_type: of bytes and files.

    Raises:
        InvalidInputError: source is something else.
        OSError: the file cannot be read.
    """
    address = isinstance(source, str) and urlsplit(source).scheme in ("http", "https", "data")
    if isinstance(source, str | PathLike) and not address:
        source = Path(source).expanduser().read_bytes()
    block = video_block(source, mime_type=mime_type)
    return {"type": "video_url", "video_url": {"url": _address(block)}}


def _is_video(block: Mapping[str, Any]) -> bool:
    kind = block.get("type")
    if kind in ("video", "video_url"):
        return True
    if kind not in ("file", "media"):
        return False
    file = block.get("file")
    inner = file if isinstance(file, Mapping) else {}
    # langchain-core takes every file in OpenAI's format for a PDF; its name is in the extras.
    name = str(inner.get("filename") or (block.get("extras") or {}).get("filename") or "")
    return any(
        kind.startswith("video/")
        for kind in (
            str(block.get("mime_type") or ""),
            str(inner.get("mime_type") or ""),
            str(inner.get("file_data") or "").removeprefix("data:"),
            mimetypes.guess_type(name)[0] or "",
        )
    )


def _address(block: Mapping[str, Any]) -> str:
    """Where a video block says that its clip is."""
    inner = block.get("video_url") or block.get("file") or block
    if isinstance(inner, str):
        return inner
    data = inner.get("base64") or inner.get("data")
    if isinstance(data, str):
        mime = block.get("mime_type") or MP4
        return f"data:{mime};base64,{data}"
    for key in ("url", "file_data", "file_uri", "file_id"):
        if isinstance(inner.get(key), str):
            return str(inner[key])
    raise InvalidInputError(
        "messages", f"a video block with {sorted(inner)}", "a url, base64 data or a file_id"
    )
