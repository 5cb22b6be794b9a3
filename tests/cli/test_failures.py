from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gpt4video.cli import _models
from gpt4video.cli._commands import told_failure
from gpt4video.cli._console import printable, safe

Invoke = Callable[..., Result]


@pytest.mark.parametrize("command", [["ask", "CLIP", "?"], ["chat"], ["demo"]])
def test_an_unknown_model_or_a_missing_folder_is_one_line(
    gpt4video: Invoke, clip: Path, tmp_path: Path, command: list[str]
) -> None:
    words = [str(clip) if word == "CLIP" else word for word in command]
    if command == ["demo"]:
        result = gpt4video(*words, "--output-dir", tmp_path, "--device", "nonsense")
    else:
        result = gpt4video(*words, "--model", "no-such-model")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_markup_in_an_error_is_shown(gpt4video: Invoke, clip: Path) -> None:
    result = gpt4video("ask", clip, "?", "--model", "[red]")
    assert "no assistant named '[red]'; known: shapes" in result.stderr


def test_a_bug_keeps_its_traceback(
    gpt4video: Invoke, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(_models, "load_assistant", load)
    assert isinstance(gpt4video("ask", clip, "?").exception, ZeroDivisionError)


class OutOfMemoryError(RuntimeError):
    """Named like torch's own."""


@pytest.mark.parametrize("error", [MemoryError(), OutOfMemoryError("CUDA out of memory")])
def test_lack_of_memory_says_what_to_do(error: Exception) -> None:
    told = told_failure(error)
    assert told is not None
    assert told.startswith("out of memory")


def test_a_file_that_cannot_be_written_is_named() -> None:
    assert told_failure(PermissionError(13, "Permission denied", "/x")) == "Permission denied: /x"


def test_a_closed_pipe_is_left_to_the_shell() -> None:
    assert told_failure(BrokenPipeError()) is None


def test_control_characters_never_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\rc\n\td\ud800") == "a[31mbc\n\td"
    assert printable("10\u00a0%, 👩‍🚀") == "10\u00a0%, 👩‍🚀"
    assert safe("[bold]x") == "\\[bold]x"


def test_help_needs_no_models() -> None:
    code = (
        "import sys\n"
        "from gpt4video.cli._app import app\n"
        "for words in ([], ['ask'], ['make'], ['train', 'shapes'], ['eval', 'safety']):\n"
        "    try:\n"
        "        app([*words, '--help'])\n"
        "    except SystemExit as end:\n"
        "        assert end.code == 0\n"
        "heavy = {'torch', 'transformers', 'diffusers', 'av', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Ask one question about a clip." in done.stdout
