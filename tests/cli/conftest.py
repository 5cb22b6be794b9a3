"""The command line on scripted parts: everything but the models is real."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gpt4video import VideoAssistant
from gpt4video.cli import _models
from gpt4video.cli._app import app
from gpt4video.testing import flat_mp4, scripted_assistant

Invoke = Callable[..., Result]


@pytest.fixture
def gpt4video() -> Invoke:
    """Calls the command line: `gpt4video("ask", "clip.mp4", "What?", input="typed")`."""

    def invoke(*arguments: object, input: str | None = None) -> Result:
        words = [str(each) for each in arguments]
        return CliRunner().invoke(app, words, input=input, env={"COLUMNS": "200"})

    return invoke


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(flat_mp4())
    return path


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[dict[str, Any]]]:
    """Puts a scripted assistant in the place of a loaded one; gives the calls that loaded it."""

    def install(*args: Any, **parts: Any) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = []

        def load(model: str, **options: Any) -> VideoAssistant:
            calls.append({"model": model, **options})
            return scripted_assistant(*args, output_dir=options.get("output_dir"), **parts)

        monkeypatch.setattr(_models, "load_assistant", load)
        return calls

    return install
