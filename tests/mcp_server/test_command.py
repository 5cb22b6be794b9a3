"""The command `gpt4video mcp`: wrong calls end at once, and nothing stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.mcp_server.parts import scripted_parts
from typer.testing import CliRunner

from gpt4video import loading, mcp
from gpt4video.cli._app import app
from gpt4video_tools.provenance import Provenance

SCRIPT = Path(__file__).with_name("scripted_process.py")


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
    assert loaded == {}
    built["load"]()
    assert loaded.pop("policy").name == "strict"
    assert loaded == {
        "model": "shapes",
        "device": "cpu",
        "generator": "./mine",
        "blocked_concepts": ["bomb"],
    }


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("--model nothing", 1, "no assistant named 'nothing'"),
        ("--policy nothing", 1, "nothing"),
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


def test_clips_without_a_folder_of_their_own_go_with_a_server_that_is_told_to_stop(
    tmp_path: Path,
) -> None:
    command = [sys.executable, str(SCRIPT), "mcp", "--transport", "http", "--port", "0"]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "http://" in line)
        assert list(tmp_path.glob("gpt4video-*"))
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0
    assert not list(tmp_path.iterdir())
