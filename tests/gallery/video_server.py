"""A little server in the shape of `/v1/videos`, on this machine, that can be told to misbehave."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class VideoServer:
    """What it answers, and what it was asked."""

    content: bytes = b""
    """The file that a job ends in."""
    statuses: list[dict[str, Any]] = field(default_factory=list)
    """Answers to one look after the other; the last one again and again."""
    faults: dict[str, list[int]] = field(default_factory=dict)
    """Status codes to answer first, by method and path such as "POST /videos"."""
    error: str = '{"error": {"message": "no"}}'
    """The body of a fault."""
    job_id: Any = "video_1"
    created: bytes | None = None
    """The answer to a new job, where it shall be odd."""
    endless: bool = False
    """Whether the content never ends."""
    drips: bool = False
    """Whether the answer to a look comes byte by byte, and never as a whole."""
    cut: bool = False
    """Whether the connection breaks off in the middle of the content."""
    hangs: bool = False
    """Whether nobody answers a look at a job."""
    url: str = ""
    asked: list[str] = field(default_factory=list)
    """Methods and paths, in order."""
    forms: list[dict[str, str]] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    closing: threading.Event = field(default_factory=threading.Event)

    def status(self) -> dict[str, Any]:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def running(server: VideoServer) -> Iterator[VideoServer]:
    """The server on a free port of this machine, until the end of the context."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    httpd.daemon_threads = True
    server.url = f"http://127.0.0.1:{httpd.server_address[1]}/v1"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does; pytest's own limit ends it."""
    while not condition():
        time.sleep(0.005)


def _handler(server: VideoServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.forms.append(_form(self.headers, body))
            if self._faulty("POST /videos"):
                return
            job = {"id": server.job_id, "object": "video", "status": "queued", "progress": 0}
            self._send(200, server.created or json.dumps(job).encode())

        def do_GET(self) -> None:
            if self.path.endswith("/content"):
                if not self._faulty("GET content"):
                    self._send_content()
                return
            if server.hangs:
                server.closing.wait()
                return
            if not self._faulty("GET job"):
                answer = {"id": server.job_id, "object": "video", **server.status()}
                self._send(200, json.dumps(answer).encode(), drips=server.drips)

        def do_DELETE(self) -> None:
            if not self._faulty("DELETE job"):
                self._send(200, b'{"deleted": true}')

        def _faulty(self, what: str) -> bool:
            server.asked.append(f"{self.command} {self.path}")
            server.keys.add(self.headers["Authorization"])
            codes = server.faults.get(what, [])
            if codes:
                self._send(codes.pop(0), server.error.encode())
            return bool(codes) or self._answered

        _answered = False

        def _send(self, code: int, body: bytes, *, drips: bool = False) -> None:
            self._answered = True
            self.send_response(code)
            if 300 <= code < 400:
                self.send_header("Location", "https://elsewhere.example/")
            self.send_header("Content-Length", str(len(body) + (1 << 16 if drips else 0)))
            self.end_headers()
            self.wfile.write(body)
            with suppress(OSError):  # who has waited enough hangs up
                while drips and not server.closing.wait(0.01):
                    self.wfile.write(b" ")

        def _send_content(self) -> None:
            self.send_response(200)
            if not server.endless:
                self.send_header("Content-Length", str(len(server.content)))
            self.end_headers()
            if server.cut:
                self.wfile.write(server.content[: len(server.content) // 2])
                return
            try:
                self.wfile.write(server.content)
                while server.endless and not server.closing.is_set():
                    self.wfile.write(bytes(1 << 16))
            except OSError:
                pass  # who has read enough hangs up

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def _form(headers: Message, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + body).get_payload()
    assert isinstance(parts, list)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(
            decode=True
        ).decode()  # type: ignore[union-attr]
        for part in parts
        if isinstance(part, Message)
    }
