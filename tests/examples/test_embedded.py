"""The examples and the demonstration on the assistant that is shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.shipped import require_embedded_assistant
from typer.testing import CliRunner

from examples import quickstart
from gpt4video.cli._app import app
from gpt4video.evaluation import read_pixels
from gpt4video_tools.video import read_clip


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Its folder, and what it told."""
    require_embedded_assistant()
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(app, ["demo", "--output-dir", str(folder), "--device", "cpu"])
    assert result.exit_code == 0, result.output
    return folder, result.stdout


def test_the_demonstration_does_what_it_says(demonstration: tuple[Path, str]) -> None:
    folder, told = demonstration
    for stage in ("input_text", "input_video", "output_text", "video_prompt", "output_video"):
        assert stage in told
    assert len(list(folder.glob("*.mp4"))) == 5
    assert len(list(folder.glob("*.png"))) == 4


def test_the_clips_that_the_demonstration_makes_show_what_was_asked(
    demonstration: tuple[Path, str],
) -> None:
    made = demonstration[0].glob("video-*.mp4")
    readings = [read_pixels(read_clip(path, num_frames=16).frames) for path in made]
    colours = {reading.objects[0].colour for reading in readings if reading.objects}
    assert colours == {"green", "blue"}
    assert {reading.background for reading in readings} == {"black"}


@pytest.mark.timeout(300)
def test_the_quickstart_tells_what_is_in_a_clip(
    demonstration: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    quickstart.main([str(demonstration[0] / "watched-1.mp4")])
    described, counted = capsys.readouterr().out.splitlines()
    assert "red" in described
    assert "circle" in described
    assert "one" in counted.lower() or "1" in counted


def test_the_same_prompt_and_seed_make_the_same_file(tmp_path: Path) -> None:
    require_embedded_assistant()
    prompt = "a small red circle moving right on a white background"
    for name in ("one.mp4", "two.mp4"):
        words = ["make", prompt, "-o", str(tmp_path / name), "--seed", "3", "--device", "cpu"]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_generation_is_measured_by_one_command(tmp_path: Path) -> None:
    require_embedded_assistant()
    file = tmp_path / "generation.json"
    words = ["eval", "generation", "--n", "2", "--json", str(file), "--device", "cpu"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert json.loads(file.read_text())["figures"]["repeatable"] == 1.0
