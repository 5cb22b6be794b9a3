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

from gpt4video_tools.calls import OutcomeStatus

if TYPE_CHECKING:
    from gpt4video_tools.calls import Outcome

MP4: Final = "video/mp4"

VERDICTS: Final = "gpt4video/verdicts"
"""Key of `_meta`: every verdict of the call, in order."""

MANIFEST: Final = "gpt4video/manifest"
"""Key of `_meta`: what the sidecar of the clip holds."""


class VideoMade(BaseModel):
    """The structured content of `generate_video`."""

    status: OutcomeStatus = Field(description="There is a video only where this is 'ready'.")
    uri: str | None = Field(description="The video; read it as a resource of this server.")
    stage: str | None = Field(description="Where it was blocked: 'video_prompt', 'output_video'.")


@dataclass(frozen=True, kw_only=True)
class StoredClip:
    """A made clip, as a client may ask for it."""

    uri: str
    """Its handle."""
    size: int
    """Bytes."""
    inline: bytes | None = None
    """The whole file, where it is to be embedded as well as linked."""


def generation_result(outcome: Outcome, clip: StoredClip | None) -> CallToolResult:
    """What `generate_video` answers; the clip is there where the outcome is `ready`."""
    text, artifact = outcome
    content: list[ContentBlock] = [TextContent(text=text)]
    meta: dict[str, Any] = {VERDICTS: artifact["verdicts"]}
    if clip is not None:
        content += _blocks(clip)
        meta[MANIFEST] = artifact["manifest"]
    facts = VideoMade(status=artifact["status"], uri=artifact["uri"], stage=artifact["stage"])
    return CallToolResult(
        content=content,
        structured_content=facts.model_dump(mode="json"),
        is_error=artifact["status"] == "failed",
        _meta=meta,
    )


def _blocks(clip: StoredClip) -> list[ContentBlock]:
    name = unquote(clip.uri.rsplit("/", 1)[-1])
    link = ResourceLink(uri=clip.uri, name=name, mime_type=MP4, size=clip.size)
    if clip.inline is None:
        return [link]
    blob = base64.b64encode(clip.inline).decode()
    whole = BlobResourceContents(uri=clip.uri, mime_type=MP4, blob=blob)
    return [link, EmbeddedResource(resource=whole)]
