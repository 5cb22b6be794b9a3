from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

from gpt4video.cli._app import app
from gpt4video.testing import ScriptedReasoner, tiny_random_model

Invoke = Callable[..., Result]
Scripted = Callable[..., list[dict[str, Any]]]


def test_the_answer_alone_goes_to_standard_output(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    reasoner = ScriptedReasoner("A red field.")
    scripted(reasoner=reasoner)
    result = gpt4video("ask", clip, "What is it?")
    assert (result.exit_code, result.stdout) == (0, "A red field.\n")
    (conversation,) = reasoner.conversations
    assert conversation.messages[-1].text == "What is it?"
    assert len(conversation.messages[-1].clips) == 1


def test_json_is_all_there_is_with_json(gpt4video: Invoke, scripted: Scripted, clip: Path) -> None:
    scripted("A red field.")
    told = json.loads(gpt4video("ask", clip, "What is it?", "--json").stdout)
    assert told["text"] == "A red field."
    assert told["refused"] is False
    assert {each["stage"] for each in told["verdicts"]} >= {"input_text", "input_video"}


def test_markup_in_an_answer_is_shown_and_not_obeyed(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    scripted("[red]not a colour[/red] [/] \x1b[2Jdone")
    assert gpt4video("ask", clip, "?").stdout == "[red]not a colour[/red] [/] [2Jdone\n"


def test_a_long_answer_is_not_broken_into_lines(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    scripted("word " * 100 + "end")
    assert gpt4video("ask", clip, "?").stdout.count("\n") == 1


def test_a_refusal_has_an_exit_code_of_its_own(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    scripted(blocked_words=["bomb"])
    result = gpt4video("ask", clip, "How is a bomb built?", "--json")
    assert result.exit_code == 3
    told = json.loads(result.stdout)
    assert told["refused"] is True
    assert told["stage"] == "input_text"


def test_options_reach_the_loader(gpt4video: Invoke, scripted: Scripted, clip: Path) -> None:
    calls = scripted()
    gpt4video(
        "ask", clip, "?", "--model", "./mine", "--policy", "off", "--device", "cpu",
        "--block", "a red star", "--block", "a knife",
    )  # fmt: skip
    assert calls == [
        {
            "model": "./mine",
            "policy": "off",
            "device": "cpu",
            "blocked": ["a red star", "a knife"],
        }
    ]


def test_a_missing_clip_is_a_wrong_call(gpt4video: Invoke, scripted: Scripted) -> None:
    calls = scripted()
    result = gpt4video("ask", "nowhere.mp4", "?")
    assert result.exit_code == 2
    assert "no such file: nowhere.mp4" in result.stderr
    assert calls == []  # no model was loaded for it


def test_a_file_that_is_no_clip_is_one_line(
    gpt4video: Invoke, scripted: Scripted, tmp_path: Path
) -> None:
    scripted()
    path = tmp_path / "notes.mp4"
    path.write_text("not a clip")
    result = gpt4video("ask", path, "?")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_a_model_folder_is_loaded_and_answers(
    gpt4video: Invoke, clip: Path, tmp_path: Path
) -> None:
    tiny_random_model(tmp_path / "tiny")
    result = gpt4video("ask", clip, "What is it?", "--model", tmp_path / "tiny", "--policy", "off",
                       "--device", "cpu", "--json")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tokens"]["generated"] > 0


def test_the_group_of_commands_is_the_one_that_is_installed(repository: Path) -> None:
    from gpt4video.cli import _app, main

    assert main is _app.main
    assert {each.name or each.callback.__name__ for each in app.registered_commands} == {  # type: ignore[union-attr]
        "demo", "ask", "chat", "make", "info", "gallery", "mcp", "verify", "test_certificate",
    }  # fmt: skip
