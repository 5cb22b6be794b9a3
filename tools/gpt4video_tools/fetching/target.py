"""What an address says, and whether it may be gone to. Nothing here touches the network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from gpt4video_tools.fetching.errors import FetchError

Address = IPv4Address | IPv6Address

PORTS: Final = {"http": 80, "https": 443}

_LONGEST_URL: Final = 2048
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_PLACE: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\[\]@:]+)(:(?P<port>[0-9]{1,5}))?")
_SAFE: Final = "/%:@!$&'()*+,;=~"
_NAT64: Final = IPv6Network("64:ff9b::/96")
_UNICAST: Final = IPv6Network("2000::/3")
"""All that was ever given out for the open internet; beyond it lie the special addresses, those of
old standards too, which `ipaddress` takes for global."""
_PROTOCOLS: Final = IPv4Network("192.0.0.0/24")
"""For protocols between neighbours; at least one cloud has its metadata there."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """An http or https URL that was taken apart."""

    scheme: str
    host: str
    """Lower case, ASCII, no dot at the end; an IPv6 address without brackets."""
    port: int
    path: str
    """With its query, as it is sent."""

    @property
    def url(self) -> str:
        """The whole address again."""
        return f"{self.scheme}://{_shown(self.host)}:{self.port}{self.path}"


def parse_url(url: str, *, base: str = "") -> Target:
    """Take an http or https URL apart.

    Args:
        url: whole, or relative to `base`.
        base: where a redirect came from.

    Raises:
        FetchError: it is not one, or one that programs understand in different ways.
    """
    if len(url) > _LONGEST_URL or any(c <= " " or c in '\\\x7f<>"' for c in url):
        raise FetchError("url", f"it is longer than {_LONGEST_URL} characters, or holds wrong ones")
    try:
        parts = urlsplit(urljoin(base, url))
    except ValueError as error:
        raise FetchError("url", f"it cannot be read: {error}") from error
    if parts.scheme not in PORTS:
        raise FetchError("url", f"its scheme is {parts.scheme!r}, expected http or https")
    if "@" in parts.netloc:
        raise FetchError("url", "it holds a user name or password")
    place = _PLACE.fullmatch(parts.netloc)
    if place is None or int(place["port"] or 0) > 65535:
        raise FetchError("url", "it names no host, or no port")
    path = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_SAFE + "?")
    port = int(place["port"] or PORTS[parts.scheme])
    return Target(scheme=parts.scheme, host=_host(place["host"]), port=port, path=path)


def host_allowed(target: Target, hosts: Sequence[str]) -> bool:
    """Whether the host is among those that were named, and its port the usual or a named one."""
    usual = target.port == PORTS[target.scheme]
    return any(
        _host_fits(target.host, host) if usual else host == f"{_shown(target.host)}:{target.port}"
        for host in hosts
    )


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet: not private, local or otherwise special.

    An IPv4 address that hides inside an IPv6 one is taken for what it is.
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if hidden is not None:
            return is_public(hidden)
        return address in _UNICAST and address.is_global
    if address in _PROTOCOLS:
        return False
    return address.is_global and not address.is_multicast


def _host(name: str) -> str:
    try:
        if name.startswith("["):
            return str(IPv6Address(name[1:-1]))
        host = name.rstrip(".").encode("idna").decode("ascii").lower()
    except ValueError as error:
        raise FetchError("url", f"it names no host: {error}") from error
    if not _NAME.fullmatch(host):
        raise FetchError("url", "it names no host")
    return host


def _host_fits(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:])
    return allowed in ("*", _shown(host))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
