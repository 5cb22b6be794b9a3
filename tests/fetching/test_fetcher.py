"""Fetching from a server on this machine, which plays every trick."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gpt4video.testing import flat_mp4
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.fetching import ClipFetcher, FetchError
from gpt4video_tools.video import BudgetExceededError, UnreadableClipError, VideoBudget, read_clip

pytestmark = pytest.mark.enable_socket

Answer = Callable[[BaseHTTPRequestHandler], None]
CLIP = flat_mp4()


class Site:
    """A server whose pages are functions. `names` says which address a host name has."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.hosts: list[str | None] = []
        """The Host header of every request."""
        self.names: dict[str, list[str]] = {}
        self.looked_up: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.hosts.append(self.headers["Host"])
                site.pages[self.path](self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str, host: str = "clips.test") -> str:
        return f"http://{host}:{self.port}{path}"

    def fetcher(self, **changes: Any) -> ClipFetcher:
        hosts = [f"{name}:{self.port}" for name in ("clips.test", "other.test")]
        return ClipFetcher(**{"hosts": hosts, "networks": ["127.0.0.1/32"], **changes})


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()
    site.names = {name: ["127.0.0.1"] for name in ("clips.test", "other.test")}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **options: Any) -> Any:
        if host not in site.names:
            return real(host, port, *rest, **options)
        site.looked_up.append(host)
        found = site.names[host]
        return real(found.pop(0) if len(found) > 1 else found[0], port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield site
    site.server.shutdown()
    site.server.server_close()


def send(data: bytes = CLIP, *, status: int = 200, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in {"Content_Length": str(len(data)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def redirect(place: str) -> Answer:
    return send(b"", status=302, Location=place)


def test_a_clip_is_fetched_byte_for_byte_and_gone_afterwards(site: Site) -> None:
    site.pages["/a.mp4?key=1"] = send()
    with site.fetcher().fetch(site.url("/a.mp4?key=1")) as path:
        assert path.read_bytes() == CLIP
        assert len(read_clip(path, num_frames=2).frames) == 2
    assert not path.parent.exists()
    assert site.hosts == [f"clips.test:{site.port}"]


def test_redirects_are_followed_up_to_a_limit(site: Site) -> None:
    site.pages["/a"] = redirect("/b")
    site.pages["/b"] = redirect(site.url("/c", "other.test"))
    site.pages["/c"] = send()
    with site.fetcher(max_redirects=2).fetch(site.url("/a")) as path:
        assert path.read_bytes() == CLIP
    with (
        pytest.raises(FetchError, match="more than 1 redirects"),
        site.fetcher(max_redirects=1).fetch(site.url("/a")),
    ):
        pass


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("http://evil.test/", "not allowed"),
        ("http://clips.test:1/", "not allowed"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://clips.test/", "scheme"),
        ("http://me:secret@clips.test/", "password"),
        ("http://inner.test/", "not a public one"),
    ],
)
def test_every_redirect_is_checked(site: Site, place: str, problem: str) -> None:
    site.names["inner.test"] = ["10.0.0.1"]
    site.pages["/a"] = redirect(place)
    fetcher = site.fetcher(hosts=[f"clips.test:{site.port}", "inner.test"])
    with pytest.raises(FetchError, match=problem), fetcher.fetch(site.url("/a")):
        pass
    assert len(site.hosts) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/"])
def test_an_address_of_this_machine_is_refused_however_it_is_spelled(url: str) -> None:
    fetcher = ClipFetcher(hosts=["*"])
    with pytest.raises(FetchError, match=r"not a public one|no address"), fetcher.fetch(url):
        pass


def test_a_name_that_leads_inside_is_refused(site: Site) -> None:
    site.pages["/a"] = send()
    fetcher = site.fetcher(networks=[])
    with pytest.raises(FetchError, match="not a public one"), fetcher.fetch(site.url("/a")):
        pass
    assert site.hosts == []


def test_a_name_that_changes_its_address_gains_nothing(site: Site) -> None:
    """Each request asks for the address once, and goes to the one that was checked."""
    site.names["clips.test"] = ["127.0.0.1", "10.0.0.1"]
    site.pages["/a"] = send()
    with site.fetcher().fetch(site.url("/a")) as path:
        assert path.read_bytes() == CLIP
    assert site.looked_up == ["clips.test"]
    with pytest.raises(FetchError, match="not a public one"), site.fetcher().fetch(site.url("/a")):
        pass


def test_a_name_without_address_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(FetchError, match="no address"), site.fetcher().fetch(site.url("/a")):
        pass


def test_too_many_bytes_are_refused_before_and_while_they_come(site: Site) -> None:
    site.pages["/promised"] = send()
    site.pages["/unsaid"] = _without_length(CLIP)
    fetcher = site.fetcher(max_bytes=len(CLIP) - 1)
    for path in ("/promised", "/unsaid"):
        with pytest.raises(BudgetExceededError, match="max_bytes"), fetcher.fetch(site.url(path)):
            pass
    with site.fetcher(max_bytes=len(CLIP)).fetch(site.url("/unsaid")) as fetched:
        assert fetched.read_bytes() == CLIP


def test_an_endless_answer_is_cut_off(site: Site) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while True:
                request.wfile.write(bytes(1 << 16))
        except OSError:
            pass

    site.pages["/endless"] = endless
    with (
        pytest.raises(BudgetExceededError, match="max_bytes"),
        site.fetcher(max_bytes=1 << 20).fetch(site.url("/endless")),
    ):
        pass


@pytest.mark.parametrize("part", ["headers", "body"])
def test_a_server_that_dawdles_is_left(site: Site, part: str) -> None:
    go_on = threading.Event()

    def dawdle(request: BaseHTTPRequestHandler) -> None:
        if part == "body":
            request.send_response(200)
            request.end_headers()
        else:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        request.wfile.flush()
        while not go_on.wait(0.01):  # a little now and then, so that no single wait is long
            try:
                request.wfile.write(b"x")
            except OSError:
                return

    site.pages["/slow"] = dawdle
    try:
        with (
            pytest.raises(FetchError, match=r"longer than 0\.2 seconds"),
            site.fetcher(seconds=0.2).fetch(site.url("/slow")),
        ):
            pass
    finally:
        go_on.set()


def test_a_look_up_that_hangs_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait() and [])
    try:
        with (
            pytest.raises(FetchError, match="longer than"),
            site.fetcher(seconds=0.05).fetch(site.url("/a")),
        ):
            pass
    finally:
        released.set()


def test_fetching_can_be_cancelled(site: Site) -> None:
    asked, released = threading.Event(), threading.Event()

    def silent(request: BaseHTTPRequestHandler) -> None:
        asked.set()
        released.wait()

    site.pages["/silent"] = silent
    try:
        with (
            pytest.raises(FetchError, match="cancelled"),
            site.fetcher(seconds=120).fetch(site.url("/silent"), cancelled=asked.is_set),
        ):
            pass
    finally:
        released.set()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (send(b"gone", status=404), "status 404"),
        (send(status=206), "status 206"),
        (send(Content_Encoding="gzip"), "compressed"),
        (send(Content_Length=str(len(CLIP) + 5)), "bytes"),
        (lambda request: request.wfile.write(b"hello\r\n\r\n"), "BadStatusLine"),
        (lambda request: None, "RemoteDisconnected"),
        (redirect("http://["), "cannot be read"),
    ],
)
def test_a_wrong_answer_is_an_error(site: Site, answer: Answer, problem: str) -> None:
    site.pages["/a"] = answer
    with pytest.raises(FetchError, match=problem), site.fetcher().fetch(site.url("/a")):
        pass


def test_what_is_no_clip_is_not_handed_out(site: Site) -> None:
    site.pages["/page"] = send(b"<html>Log in first</html>")
    with pytest.raises(UnreadableClipError), site.fetcher().fetch(site.url("/page")):
        pass
    site.pages["/long"] = send()
    short = site.fetcher(budget=VideoBudget(max_seconds=0.5))
    with pytest.raises(BudgetExceededError, match="max_seconds"), short.fetch(site.url("/long")):
        pass


def test_https_checks_the_certificate_against_the_name(site: Site, tmp_path: Path) -> None:
    certificate = _certificate(tmp_path, "clips.test")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    site.server.socket = server.wrap_socket(site.server.socket, server_side=True)
    site.pages["/a"] = send()
    site.pages["/down"] = redirect(site.url("/a"))
    trusting = site.fetcher(tls=ssl.create_default_context(cafile=str(certificate)))

    def url(host: str, path: str = "/a") -> str:
        return site.url(path, host).replace("http:", "https:")

    with trusting.fetch(url("clips.test")) as path:
        assert path.read_bytes() == CLIP
    for fetcher, address, problem in (
        (trusting, url("other.test"), "CERTIFICATE_VERIFY_FAILED"),
        (site.fetcher(), url("clips.test"), "CERTIFICATE_VERIFY_FAILED"),
        (trusting, url("clips.test", "/down"), "https to http"),
    ):
        with pytest.raises(FetchError, match=problem), fetcher.fetch(address):
            pass


@pytest.mark.parametrize(
    "wrong",
    [
        {"hosts": []},
        {"hosts": "example.com"},
        {"networks": ["10.1.0.1/16"]},
        {"max_bytes": 0},
        {"seconds": float("inf")},
        {"max_redirects": -1},
    ],
)
def test_wrong_arguments_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        ClipFetcher(**{"hosts": ["example.com"], **wrong})


def _without_length(data: bytes) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(data)

    return answer


def _certificate(folder: Path, host: str) -> Path:
    """A key, and a certificate for one host that signs itself, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
