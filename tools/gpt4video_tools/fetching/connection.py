"""One request over a connection to an address that was checked, within the time that is left."""

from __future__ import annotations

import http.client
import io
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

from gpt4video_tools.fetching.errors import FetchError
from gpt4video_tools.fetching.target import PORTS, Address, Target

_PATIENCE: Final = 0.25
"""Seconds after which somebody who waits looks whether anybody still wants the answer."""


class Deadline:
    """The time that is left for everything, and whether the caller still waits."""

    def __init__(self, seconds: float, cancelled: Callable[[], bool] | None) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._cancelled = cancelled

    def left(self, host: str) -> float:
        """Seconds, above 0.

        Raises:
            FetchError: there are none, or the caller has given up.
        """
        if self._cancelled is not None and self._cancelled():
            raise FetchError(host, "the fetching was cancelled")
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchError(host, f"it took longer than {self._seconds:g} seconds")
        return left


def look_up(target: Target, deadline: Deadline) -> list[Address]:
    """The addresses of a host, in the system's order.

    Raises:
        FetchError: it has none, or the system did not say in time.
    """
    found: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            found.put([ipaddress.ip_address(info[4][0]) for info in infos])
        except OSError as error:
            found.put(error)

    # In a thread, because the system's own look-up knows no time limit.
    threading.Thread(target=ask, name="gpt4video-look-up", daemon=True).start()
    while True:
        try:
            answer = found.get(timeout=min(deadline.left(target.host), _PATIENCE))
        except queue.Empty:
            continue
        if isinstance(answer, OSError):
            raise FetchError(target.host, "it has no address") from answer
        return answer


@contextmanager
def answer_of(
    target: Target,
    addresses: Sequence[Address],
    *,
    deadline: Deadline,
    tls: ssl.SSLContext | None,
) -> Iterator[http.client.HTTPResponse]:
    """Ask for a target at one of these addresses; the answer can be read within the context.

    Raises:
        FetchError: nobody answers, or what comes is no answer.
    """
    connection = _Connection(target, addresses, deadline, tls)
    try:
        headers = {"Accept-Encoding": "identity", "User-Agent": "gpt4video"}
        connection.request("GET", target.path, headers=headers)
        yield connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        deadline.left(target.host)  # says so where it was the time
        raise FetchError(target.host, f"{type(error).__name__}: {error}") from error
    finally:
        connection.hang_up()


class _Connection(http.client.HTTPConnection):
    def __init__(
        self,
        target: Target,
        addresses: Sequence[Address],
        deadline: Deadline,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.default_port = PORTS[target.scheme]
        super().__init__(target.host, target.port)
        self._target = target
        self._addresses = addresses
        self._deadline = deadline
        self._tls = tls
        self._line: socket.socket | None = None

    def connect(self) -> None:
        self._line = self._reached()
        if self._target.scheme == "https":
            context = self._tls or ssl.create_default_context()
            self._line.settimeout(self._left())
            self._line = context.wrap_socket(self._line, server_hostname=self._target.host)
        self.sock = cast(Any, _Line(self._line, self._left))

    def hang_up(self) -> None:
        """Close the line."""
        if self._line is not None:
            self._line.close()

    def _left(self) -> float:
        return self._deadline.left(self._target.host)

    def _reached(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            with suppress(OSError):
                return self._reach(address)
        return self._reach(last)

    def _reach(self, address: Address) -> socket.socket:
        return socket.create_connection((str(address), self._target.port), timeout=self._left())


class _Line:
    """What `http.client` uses of a socket, with no wait that is longer than the time left."""

    def __init__(self, line: socket.socket, left: Callable[[], float]) -> None:
        self._line = line
        self._left = left

    def sendall(self, data: bytes) -> None:
        self._line.settimeout(self._left())
        self._line.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._line, self._left))

    def close(self) -> None:
        """Nothing: `http.client` calls it while the answer is still to be read."""


class _Reader(io.RawIOBase):
    def __init__(self, line: socket.socket, left: Callable[[], float]) -> None:
        self._line = line
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            self._line.settimeout(min(self._left(), _PATIENCE))
            try:
                return self._line.recv_into(buffer)
            except TimeoutError:
                continue
