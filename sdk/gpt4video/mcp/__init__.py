"""The tools as an MCP server, for any client that speaks the protocol; needs the extra `mcp`."""

from gpt4video_guards.errors import MissingExtraError

try:
    import mcp as _mcp  # noqa: F401
except ImportError as error:
    raise MissingExtraError("mcp", "the MCP server") from error

from gpt4video.mcp._results import MANIFEST, VERDICTS
from gpt4video.mcp._serving import serve_http, serve_stdio
from gpt4video.mcp.server import build_server

__all__ = ["MANIFEST", "VERDICTS", "build_server", "serve_http", "serve_stdio"]
