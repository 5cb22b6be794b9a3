"""`gpt4video mcp`: the two tools as an MCP server."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gpt4video.cli._console import err

if TYPE_CHECKING:
    from gpt4video.loading import Parts
    from gpt4video_tools.clips import ClipStore
    from gpt4video_tools.provenance import Provenance

Transport = Literal["stdio", "http"]


def run_mcp(
    load: Callable[[], Parts],
    *,
    transport: Transport,
    host: str,
    port: int,
    allowed_hosts: Sequence[str],
    clips: str | None,
    folders: Sequence[Path],
    inline_bytes: int,
    provenance: Provenance | None,
    open_world: bool,
) -> None:
    """Serve until the client leaves, or the process is told to stop.

    Nothing of ours goes to standard output: there, a client expects the protocol and nothing else.
    """
    from gpt4video.mcp import build_server, serve_http, serve_stdio

    with _store(clips) as store:
        server = build_server(
            load,
            store=store,
            folders=folders,
            inline_bytes=inline_bytes,
            provenance=provenance,
            open_world=open_world,
        )
        if transport == "stdio":
            serve_stdio(server)
        else:
            with _leaving_by_the_front_door():
                serve_http(
                    server, host=host, port=port, allowed_hosts=allowed_hosts, announce=_announce
                )


@contextmanager
def _leaving_by_the_front_door() -> Iterator[None]:
    """After a clean end, the HTTP server raises its SIGTERM again; temporary clips shall go all the
    same."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _announce(address: str) -> None:
    err.print(f"MCP server at {address} (no authentication)", markup=False, soft_wrap=True)


@contextmanager
def _store(url: str | None) -> Iterator[ClipStore]:
    """The caller's store, or one that goes with the server."""
    from gpt4video_tools.clips import ClipStore

    if url is not None:
        yield ClipStore(url)
        return
    with tempfile.TemporaryDirectory(prefix="gpt4video-") as folder:
        yield ClipStore(folder)
