"""`ClipFetcher`: from a URL to a local file, or to a clear no."""

from __future__ import annotations

import ipaddress
import math
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPResponse
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import BinaryIO, Final

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools import video  # PyAV is loaded when the first clip was fetched
from gpt4video_tools.fetching.connection import Deadline, answer_of, look_up
from gpt4video_tools.fetching.errors import FetchError
from gpt4video_tools.fetching.target import Target, host_allowed, is_public, parse_url
from gpt4video_tools.video import BudgetExceededError, VideoBudget

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CHUNK: Final = 1 << 16


class ClipFetcher:
    """Fetches clips over http and https from hosts that were named. Threads may share one.

    Args:
        hosts: who may be asked: `"example.com"`, `"*.example.com"` for its subdomains, `"*"` for
            every host with a public address. They are asked at the usual port of the scheme;
            `"example.com:8443"` names another one. Names in ASCII.
        networks: networks that are not public and may be reached all the same, such as
            `"10.1.0.0/16"`. Loopback, private, link-local and other special addresses are refused
            otherwise, whatever name leads to them.
        max_bytes: of one clip; watched while the bytes come.
        seconds: for all of it: look-up, redirects and bytes.
        max_redirects: how many of them are followed; never one from https to http.
        budget: what the clip may cost; the file is looked at before it is handed out.
        tls: for hosts whose certificates are of your own authority; None for the system's.

    Raises:
        InvalidInputError: an argument is out of range, or no host is named.
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        networks: Sequence[str] = (),
        max_bytes: int = 100 * 2**20,
        seconds: float = 30.0,
        max_redirects: int = 3,
        budget: VideoBudget | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if isinstance(hosts, str) or not hosts:
            raise InvalidInputError("hosts", hosts, 'a list of names, such as ["example.com"]')
        for name, value in (("max_bytes", max_bytes), ("seconds", seconds)):
            if not 0 < value < math.inf:
                raise InvalidInputError(name, value, "a positive number")
        if max_redirects < 0:
            raise InvalidInputError("max_redirects", max_redirects, "0 or more")
        self._hosts = tuple(host.lower() for host in hosts)
        self._networks = tuple(_network(network) for network in networks)
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._max_redirects = max_redirects
        self._budget = budget or VideoBudget()
        self._tls = tls

    @contextmanager
    def fetch(self, url: str, *, cancelled: Callable[[], bool] | None = None) -> Iterator[Path]:
        """A local file with the clip, for as long as the context lasts.

        Args:
            url: http or https.
            cancelled: asked now and then; true ends in `FetchError`.

        Raises:
            FetchError: it may not be fetched, or could not be in time.
            BudgetExceededError: it is larger than `max_bytes`, or over the budget.
            ClipError: what came is no clip.
        """
        deadline = Deadline(self._seconds, cancelled)
        with tempfile.TemporaryDirectory(prefix="gpt4video-") as folder:
            path = Path(folder) / "fetched"
            with path.open("xb") as file:
                self._follow(url, file, deadline)
            video.probe_clip(path, budget=self._budget)
            yield path

    def _follow(self, url: str, file: BinaryIO, deadline: Deadline) -> None:
        target = parse_url(url)
        for _ in range(self._max_redirects + 1):
            with self._ask(target, deadline) as answer:
                if answer.status == 200:
                    self._copy(answer, file, target.host)
                    return
                if answer.status not in _REDIRECTS:
                    raise FetchError(target.host, f"it answered with status {answer.status}")
                place = answer.getheader("Location", "")
            before, target = target, parse_url(place, base=target.url)
            if before.scheme == "https" != target.scheme:
                raise FetchError(before.host, "a redirect leads from https to http")
        raise FetchError(target.host, f"there are more than {self._max_redirects} redirects")

    def _ask(self, target: Target, deadline: Deadline) -> AbstractContextManager[HTTPResponse]:
        if not host_allowed(target, self._hosts):
            raise FetchError(target.host, "this host, or its port, is not allowed")
        addresses = [
            address
            for address in look_up(target, deadline)
            if is_public(address) or any(address in network for network in self._networks)
        ]
        if not addresses:
            raise FetchError(target.host, "its address is not a public one")
        return answer_of(target, addresses, deadline=deadline, tls=self._tls)

    def _copy(self, answer: HTTPResponse, file: BinaryIO, host: str) -> None:
        if answer.getheader("Content-Encoding", "identity").lower() != "identity":
            raise FetchError(host, "it sent compressed bytes, which were not asked for")
        promised, size = answer.length, 0
        self._hold(host, promised or 0)
        while piece := answer.read(_CHUNK):
            size += len(piece)
            self._hold(host, size)
            file.write(piece)
        if promised is not None and size < promised:
            raise FetchError(host, f"it sent {size} of {promised} bytes")

    def _hold(self, host: str, size: int) -> None:
        if size > self._max_bytes:
            raise BudgetExceededError(host, "max_bytes", self._max_bytes, size)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise InvalidInputError("networks", text, "a network, such as 10.1.0.0/16") from error
