"""A client of the server, and what its calls gave."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp_types import BlobResourceContents, CallToolResult, ResourceLink, TextContent
from tests.mcp_server.parts import scripted_parts

from gpt4video.loading import Parts
from gpt4video.mcp import build_server
from gpt4video_tools.clips import ClipStore


@asynccontextmanager
async def connected(
    folder: Path, *, load: Callable[[], Parts] = scripted_parts, mode: str = "auto", **options: Any
) -> AsyncIterator[Client]:
    server = build_server(load, store=ClipStore(folder), **options)
    async with Client(server, mode=mode) as client:
        yield client


def link_of(result: CallToolResult) -> ResourceLink:
    (link,) = [block for block in result.content if isinstance(block, ResourceLink)]
    return link


def text_of(result: CallToolResult) -> str:
    (block,) = [block for block in result.content if isinstance(block, TextContent)]
    return block.text


async def bytes_of(client: Client, uri: str) -> bytes:
    (contents,) = (await client.read_resource(uri)).contents
    assert isinstance(contents, BlobResourceContents)
    assert contents.mime_type == "video/mp4"
    return base64.b64decode(contents.blob)
