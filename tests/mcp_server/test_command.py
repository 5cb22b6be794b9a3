"""The command `gpt4video mcp`: wrong calls end at once, and nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.mcp_server.parts import ENDLESS, scripted_parts
from typer.testing import CliRunner

from gpt4video import loading, mcp
from gpt4video.cli._app import app
from gpt4video_tools.provenance import Provenance

SCRIPT = Path(__file__).with_name("scripted_process.py")

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the server was put together of; it serves nobody."""
    seen: dict[str, Any] = {}

    def build(load: Any, **options: Any) -> str:
        seen.update(load=load, **options)
        return "a server"

    monkeypatch.setattr(mcp, "build_server", build)
    monkeypatch.setattr(mcp, "serve_stdio", lambda server: seen.update(server=server))
    return seen


def test_options_reach_the_server_and_the_models_load_later(
    built: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loaded: dict[str, Any] = {}

    def load_parts(model: str, **options: Any) -> loading.Parts:
        loaded.update(model=model, **options)
        return scripted_parts()

    monkeypatch.setattr(loading, "load_parts", load_parts)
    words = (
        "mcp --policy strict --block bomb --generator ./mine --device cpu --inline-bytes 7 "
        f"--clips-dir {tmp_path / 'clips'} --allow-folder {tmp_path} --watermark"
    )
    result = CliRunner().invoke(app, words.split())
    assert (result.exit_code, result.stdout) == (0, "")
    assert built["server"] == "a server"
    assert built["store"].url == (tmp_path / "clips").as_uri()
    assert built["folders"] == [tmp_path]
    assert built["inline_bytes"] == 7
    assert isinstance(built["provenance"], Provenance)
    assert not built["open_world"]
    assert loaded == {}
    built["load"]()
    assert loaded.pop("policy").name == "strict"
    assert loaded == {
        "model": "shapes",
        "device": "cpu",
        "generator": "./mine",
        "blocked_concepts": ["bomb"],
    }


def test_a_remote_generator_is_told_to_clients(built: dict[str, Any]) -> None:
    assert CliRunner().invoke(app, ["mcp", "--generator", "remote"]).exit_code == 0
    assert built["open_world"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("--model nothing", 1, "no assistant named 'nothing'"),
        ("--policy nothing", 1, "nothing"),
        ("--generator nothing", 1, "no video generator named 'nothing'"),
        ("--allow-folder nowhere", 2, "nowhere"),
        ("--transport smoke", 2, "smoke"),
        ("--port 70000", 2, "--port"),
        ("--inline-bytes -1", 2, "--inline-bytes"),
        ("--clips-dir nosuch://bucket", 1, "nosuch"),
        ("--sign-key key.pem", 2, "--sign-cert"),
    ],
)
def test_a_wrong_call_ends_before_anything_is_served(
    built: dict[str, Any], words: str, code: int, told: str
) -> None:
    result = CliRunner().invoke(app, ["mcp", *words.split()], env={"COLUMNS": "200"})
    assert result.exit_code == code
    assert told in result.stderr
    assert "server" not in built


@pytest.mark.parametrize(
    ("transport", "told"),
    [("stdio", signal.SIGTERM), ("stdio", signal.SIGINT), ("http", signal.SIGTERM)],
)
def test_a_server_that_is_told_to_stop_gives_up_its_calls_and_leaves_nothing(
    tmp_path: Path, transport: str, told: signal.Signals
) -> None:
    command = [sys.executable, str(SCRIPT), "mcp", "--transport", transport, "--port", "0"]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, env=env, **pipes) as process:
        call = _spoken if transport == "stdio" else _posted
        with call(process):
            assert len(list(tmp_path.glob("gpt4video-*"))) == 2  # the store, and a clip to be
            process.send_signal(told)
            _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    assert not list(tmp_path.iterdir()), said


def _request(id: int, method: str, **params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})


HELLO = _request(
    1,
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "test", "version": "1"},
)
READY = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
GENERATE: dict[str, Any] = {"name": "generate_video", "arguments": {"prompt": ENDLESS}}
STEPS = {"progressToken": "steps"}
ALONE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
"""What a request says that is part of no session."""


@contextmanager
def _spoken(process: subprocess.Popen[str]) -> Iterator[None]:
    """A call over standard input that has begun; the input stays open."""
    assert process.stdin is not None
    assert process.stdout is not None
    for line in (HELLO, READY, _request(2, "tools/call", **GENERATE, _meta=STEPS)):
        process.stdin.write(f"{line}\n")
    process.stdin.flush()
    next(line for line in process.stdout if "making the video" in line)
    yield


@contextmanager
def _posted(process: subprocess.Popen[str]) -> Iterator[None]:
    """A call over HTTP that has begun; its answer's stream stays open."""
    assert process.stderr is not None
    told = next(line for line in process.stderr if "http://" in line)
    found = re.search(r"http://127\.0\.0\.1:\d+/mcp", told)
    assert found is not None
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "Mcp-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": "generate_video",
    }
    call = _request(1, "tools/call", **GENERATE, _meta=STEPS | ALONE)
    with httpx.stream("POST", found[0], content=call, headers=headers, timeout=60) as answer:
        next(line for line in answer.iter_lines() if "making the video" in line)
        yield
