from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from typer.testing import Result

from gpt4video.cli._demo import BLOCKED

Invoke = Callable[..., Result]
Scripted = Callable[..., list[dict[str, Any]]]

GRAY = (110, 110, 110)
ANSWERS = [
    "It is a red circle.",
    "It moves right.",
    "There are two objects.",
    "The second video.",
    "Here: <video> a large green star moving up on a black background </video>",
    "Sure: <video> a large blue star moving up on a black background </video>",
]


def test_the_demonstration_shows_all_five_stages_and_leaves_its_pictures(
    gpt4video: Invoke, scripted: Scripted, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    calls = scripted(ANSWERS, blocked_words=["pipe bomb", "neighbour"], blocked_colours=[GRAY])
    result = gpt4video("demo", "--output-dir", folder)
    assert result.exit_code == 0, result.output
    for stage in ("input_text", "input_video", "output_text", "video_prompt", "output_video"):
        assert stage in result.stdout
    assert "<video> a large blue star moving up on a black background </video>" in result.stdout
    assert "blocked at input_text" in result.stdout
    assert "blocked at input_video" in result.stdout
    assert len(list(folder.glob("*.mp4"))) == 5  # three were drawn, two were made
    assert len(list(folder.glob("*.png"))) == 4  # none of the one that was refused
    for path in folder.glob("*.png"):
        with Image.open(path) as picture:
            assert picture.width > picture.height
    assert calls[0]["policy"] == "standard"
    assert calls[0]["blocked"] == [BLOCKED]


def test_a_demonstration_that_goes_wrong_fails(
    gpt4video: Invoke, scripted: Scripted, tmp_path: Path
) -> None:
    scripted("No.", blocked_words=["pipe bomb", "neighbour"], blocked_colours=[GRAY])
    result = gpt4video("demo", "--output-dir", tmp_path)
    assert result.exit_code == 1
    assert "did not go as it should" in result.stderr


def test_a_demonstration_whose_guards_let_a_request_through_fails(
    gpt4video: Invoke, scripted: Scripted, tmp_path: Path
) -> None:
    scripted(ANSWERS + ["I can't help with that."] * 3, blocked_words=[], blocked_colours=[GRAY])
    assert gpt4video("demo", "--output-dir", tmp_path).exit_code == 1
