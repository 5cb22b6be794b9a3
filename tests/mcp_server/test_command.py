"""The command `gpt4video mcp`: wrong calls end at once, and nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
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


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_gives_up_its_calls_and_leaves_nothing(
    tmp_path: Path, told: signal.Signals
) -> None:
    with _server(tmp_path, "stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in SPOKEN:
            process.stdin.write(f"{json.dumps({'jsonrpc': '2.0', **line})}\n")
        process.stdin.flush()
        next(line for line in process.stdout if "making the video" in line)
        assert len(list(tmp_path.glob("gpt4video-*"))) == 2  # the store, and a clip to be
        process.send_signal(told)
        process.wait(60)  # its input stays open
    assert process.returncode == 0
    assert not list(tmp_path.iterdir())


async def test_no_client_over_http_holds_a_server_that_is_told_to_stop(tmp_path: Path) -> None:
    started = anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        if progress >= 1:
            started.set()

    with _server(tmp_path, "http") as process:
        assert process.stderr is not None
        told = next(line for line in process.stderr if "http://" in line)
        found = re.search(r"http://127\.0\.0\.1:\d+/mcp", told)
        assert found is not None
        with suppress(Exception):  # the client's own, whose line is cut
            async with Client(found[0]) as client, anyio.create_task_group() as tasks:
                call = {"prompt": ENDLESS}
                tasks.start_soon(
                    lambda: client.call_tool("generate_video", call, progress_callback=note)
                )
                await started.wait()
                process.terminate()
                await anyio.to_thread.run_sync(process.wait, 60)
                tasks.cancel_scope.cancel()
        assert process.poll() == 0
    assert not list(tmp_path.iterdir())


SPOKEN: list[dict[str, Any]] = [
    {
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    },
    {"method": "notifications/initialized"},
    {
        "id": 2,
        "method": "tools/call",
        "params": {
            "name": "generate_video",
            "arguments": {"prompt": ENDLESS},
            "_meta": {"progressToken": "steps"},
        },
    },
]
"""What a client says until a call has begun."""


@contextmanager
def _server(folder: Path, transport: str, **pipes: int) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, with its temporary files in that folder."""
    command = [sys.executable, str(SCRIPT), "mcp", "--transport", transport, "--port", "0"]
    env = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command,
        text=True,
        env=env,
        stderr=subprocess.PIPE,
        stdin=pipes.get("stdin"),
        stdout=pipes.get("stdout"),
    ) as process:
        try:
            yield process
        finally:
            process.kill()
