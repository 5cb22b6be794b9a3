"""The two ways to the server: standard input and output, and HTTP on a port."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from mcp.server.transport_security import TransportSecuritySettings

from gpt4video.mcp._standard_input import ended_by_signals

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

PATH: Final = "/mcp"
"""Where the server is on its port."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

_GRACE: Final = 2
"""Seconds that calls have left when the process is told to stop; then they are cancelled."""


def serve_stdio(server: MCPServer[None]) -> None:
    """Serve the one client that started this process, until it closes standard input, or until
    SIGINT or SIGTERM. However it ends, calls that are running are cancelled.

    Nothing but the protocol goes to standard output: what libraries print there meanwhile is sent
    to standard error.
    """
    with ended_by_signals():
        server.run("stdio")


def serve_http(
    server: MCPServer[None],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    allowed_hosts: Sequence[str] = (),
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve streamable HTTP until the process is told to stop. There is no authentication.

    Args:
        server: see `build_server`.
        host: the address to listen at.
        port: 0 for any free one.
        allowed_hosts: names, besides the loopback ones, under which clients may call this server
            (`"clips.example.org"`, with `":8000"` where the port is in the address). Requests for
            another `Host`, or from a page of another origin, are turned away: a web page could
            otherwise reach a local server by its visitor's browser (DNS rebinding).
        announce: told the address as soon as connections are taken.

    Raises:
        OSError: the address cannot be listened at.
    """
    import uvicorn

    app = server.streamable_http_app(
        streamable_http_path=PATH, host=host, transport_security=security(allowed_hosts)
    )
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_GRACE)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        name = f"[{host}]" if ":" in host else host
        announce(f"http://{name}:{listening.getsockname()[1]}{PATH}")
        uvicorn.Server(config).run(sockets=[listening])


def security(allowed_hosts: Sequence[str] = ()) -> TransportSecuritySettings:
    """Which `Host` and `Origin` headers are taken: the loopback names at any port, and these."""
    hosts = [f"{name}:*" for name in LOOPBACK] + list(allowed_hosts)
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[
            *(f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts),
        ],
    )
