"""From the outcome of a call to what goes over the wire.

A block by a guard is a normal result (`isError` is false): the call did what it is for, and there
is nothing that the model could put right. A failure, or an argument that leads nowhere, is one.

What a guard or a library said in detail stays out of the text and the structured content, because
hosts show both to the model; the verdicts travel in `_meta`, which is for the program around it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from mcp_types import (
    BlobResourceContents,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ResourceLink,
    TextContent,
)
from pydantic import BaseModel, Field

from gpt4video_tools.calls import AnswerStatus, OutcomeStatus

if TYPE_CHECKING:
    from gpt4video_tools.calls import AnswerOutcome, Outcome

MP4: Final = "video/mp4"

VERDICTS: Final = "gpt4video/verdicts"
"""Key of `_meta`: every verdict of the call, in order."""

MANIFEST: Final = "gpt4video/manifest"
"""Key of `_meta`: what the sidecar of the clip holds."""


class VideoMade(BaseModel):
    """The structured content of `generate_video`."""

    status: OutcomeStatus = Field(description="There is a video only where this is 'ready'.")
    text: str = Field(description="What happened, in words.")
    uri: str | None = Field(description="The video; read it as a resource of this server.")
    stage: str | None = Field(description="Where it was blocked: 'video_prompt', 'output_video'.")


class VideoAsked(BaseModel):
    """The structured content of `ask_video`."""

    status: AnswerStatus = Field(description="There is an answer only where this is 'answered'.")
    text: str = Field(description="The answer; or why there is none.")
    stage: str | None = Field(description="Where it was blocked, such as 'input_video'.")


@dataclass(frozen=True, kw_only=True)
class StoredClip:
    """A made clip, as a client may ask for it."""

    uri: str
    """Its handle."""
    size: int
    """Bytes."""
    inline: bytes | None = None
    """The whole file, where it is to be embedded as well as linked."""


def made_result(outcome: Outcome, clip: StoredClip | None) -> CallToolResult:
    """What `generate_video` answers; the clip is there where the outcome is `ready`."""
    text, artifact = outcome
    status, uri, stage = artifact["status"], artifact["uri"], artifact["stage"]
    meta: dict[str, Any] = {VERDICTS: artifact["verdicts"]}
    if clip is not None:
        meta[MANIFEST] = artifact["manifest"]
    return CallToolResult(
        content=[TextContent(text=text), *([] if clip is None else _blocks(clip))],
        structured_content=VideoMade(status=status, text=text, uri=uri, stage=stage).model_dump(),
        is_error=status == "failed",
        _meta=meta,
    )


def asked_result(outcome: AnswerOutcome) -> CallToolResult:
    """What `ask_video` answers."""
    text, artifact = outcome
    status, stage = artifact["status"], artifact["stage"]
    return CallToolResult(
        content=[TextContent(text=text)],
        structured_content=VideoAsked(status=status, text=text, stage=stage).model_dump(),
        is_error=status == "failed",
        _meta={VERDICTS: artifact["verdicts"]},
    )


def _blocks(clip: StoredClip) -> list[ContentBlock]:
    name = unquote(clip.uri.rsplit("/", 1)[-1])
    link = ResourceLink(uri=clip.uri, name=name, mime_type=MP4, size=clip.size)
    if clip.inline is None:
        return [link]
    blob = base64.b64encode(clip.inline).decode()
    whole = BlobResourceContents(uri=clip.uri, mime_type=MP4, blob=blob)
    return [link, EmbeddedResource(resource=whole)]
