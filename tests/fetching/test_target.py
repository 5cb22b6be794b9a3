"""What an address says, and where it may lead, decided without a network."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from gpt4video_tools.fetching import FetchError
from gpt4video_tools.fetching.target import host_allowed, is_public, parse_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Example.COM./a b".replace(" ", "%20"), ("http", "example.com", 80, "/a%20b")),
        ("https://example.com", ("https", "example.com", 443, "/")),
        ("https://example.com:8443/a?b=c&d=%20#e", ("https", "example.com", 8443, "/a?b=c&d=%20")),
        ("HTTPS://bücher.example/ä", ("https", "xn--bcher-kva.example", 443, "/%C3%A4")),
        ("http://[::1]:80/", ("http", "::1", 80, "/")),
        ("http://[0:0::1]/", ("http", "::1", 80, "/")),
    ],
)
def test_a_url_is_taken_apart(url: str, expected: tuple[str, str, int, str]) -> None:
    target = parse_url(url)
    assert (target.scheme, target.host, target.port, target.path) == expected


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.com/a.mp4",
        "gopher://example.com",
        "data:video/mp4;base64,AAAA",
        "//example.com/a.mp4",
        "example.com/a.mp4",
        "http:///a.mp4",
        "http://user:secret@example.com/",
        "http://allowed.com@evil.com/",
        "http://@evil.com/",
        "http://evil.com\\@allowed.com/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: evil.com",
        "http://example.com\t.evil.com/",
        "http://example.com:99999/",
        "http://example.com:0x50/",
        "http://[::1/",
        "http://[fe80::1%25eth0]x/",
        "http://%31%32%37.0.0.1/",
        "http://a..b/",
        "http://example.com/" + "a" * 3000,
        "",
    ],
)
def test_what_programs_may_understand_in_different_ways_is_refused(url: str) -> None:
    with pytest.raises(FetchError):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "hosts", "allowed"),
    [
        ("https://example.com/", ["example.com"], True),
        ("https://EXAMPLE.com./", ["example.com"], True),
        ("https://a.example.com/", ["example.com"], False),
        ("https://a.b.example.com/", ["*.example.com"], True),
        ("https://example.com/", ["*.example.com"], False),
        ("https://evilexample.com/", ["*.example.com"], False),
        ("https://example.com.evil.com/", ["example.com", "*.example.com"], False),
        ("https://anything.net/", ["*"], True),
        ("https://anything.net:22/", ["*"], False),
        ("https://example.com:8443/", ["example.com"], False),
        ("https://example.com:8443/", ["example.com:8443"], True),
        ("https://example.com/", ["example.com:8443"], False),
        ("http://example.com:443/", ["example.com"], False),
        ("http://[::1]:81/", ["[::1]:81"], True),
    ],
)
def test_a_host_is_allowed_by_its_whole_name_and_port(
    url: str, hosts: list[str], allowed: bool
) -> None:
    assert host_allowed(parse_url(url), hosts) is allowed


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b:1::7f00:1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "fec0::2",
        "4000::1",
        "192.0.0.192",
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))
