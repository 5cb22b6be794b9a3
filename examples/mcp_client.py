"""A client of the MCP server: makes a clip, reads its bytes by the link, and asks about it.

python examples/mcp_client.py

It starts `gpt4video mcp` itself, and speaks with it over standard input and output.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import Sequence
from pathlib import Path

from mcp import Client, StdioServerParameters
from mcp_types import BlobResourceContents, ResourceLink, TextContent

SERVER = StdioServerParameters(command="gpt4video", args=["mcp"])


async def talk(client: Client, prompt: str, question: str, target: Path) -> str:
    """Make a clip, save it, and ask about it."""

    async def told(progress: float, total: float | None, message: str | None) -> None:
        print(message, progress, total, file=sys.stderr)

    made = await client.call_tool("generate_video", {"prompt": prompt}, progress_callback=told)
    links = [block for block in made.content if isinstance(block, ResourceLink)]
    if not links:
        return _text(made.content)
    (contents,) = (await client.read_resource(links[0].uri)).contents
    assert isinstance(contents, BlobResourceContents)
    target.write_bytes(base64.b64decode(contents.blob))
    asked = {"question": question, "video": links[0].uri}
    return _text((await client.call_tool("ask_video", asked)).content)


def _text(content: Sequence[object]) -> str:
    return " ".join(block.text for block in content if isinstance(block, TextContent))


async def run(server: StdioServerParameters = SERVER, target: Path = Path("made.mp4")) -> str:
    """One session with the embedded assistant."""
    async with Client(server) as client:
        wish = "a large red circle moving right on a black background"
        return await talk(client, wish, "What shape is it?", target)


if __name__ == "__main__":
    print(asyncio.run(run()))
