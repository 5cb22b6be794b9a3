"""The examples and the demonstration on the assistant that is shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.shipped import require_embedded_assistant
from typer.testing import CliRunner

from examples import quickstart
from gpt4video import VideoAssistant
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


def test_the_clips_that_the_demonstration_makes_show_what_their_prompts_say(
    demonstration: tuple[Path, str],
) -> None:
    folder, told = demonstration
    prompts = re.findall(r"<video> (.+?) </video>", told)
    assert len(prompts) == 2
    read = [seen(path) for path in folder.glob("video-*.mp4")]
    assert sorted(read) == sorted(named(prompt) for prompt in prompts)
    assert {colour for colour, _ in read} == {"green", "blue"}


def test_a_change_of_colour_keeps_the_background(demonstration: tuple[Path, str]) -> None:
    assert {background for _, background in map(seen, demonstration[0].glob("video-*.mp4"))} == {
        "black"
    }


def test_a_polite_request_in_the_midst_of_a_talk_is_served(
    demonstration: tuple[Path, str], tmp_path: Path
) -> None:
    folder, _ = demonstration
    with VideoAssistant.from_pretrained(output_dir=tmp_path, device="cpu") as assistant:
        session = assistant.session()
        session.chat(
            "What shape is in the video, and what colour is it?", videos=[folder / "watched-1.mp4"]
        )
        session.chat("How does it move?")
        session.chat("How many objects are in the second video?", videos=[folder / "watched-2.mp4"])
        session.chat("Which of the two videos has a white background?")
        wish = "Please make a video of a large green star moving up on a black background."
        assert session.chat(wish).video is not None


def seen(path: Path) -> tuple[str, str]:
    """Colour and background of a clip with one object."""
    reading = read_pixels(read_clip(path, num_frames=16).frames)
    return str(reading.objects[0].colour), str(reading.background)


def named(prompt: str) -> tuple[str, str]:
    """Colour and background that a canonical prompt names."""
    words = prompt.split()
    return words[2], words[-2]


@pytest.mark.timeout(300)
def test_the_quickstart_tells_what_is_in_a_clip(
    demonstration: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    quickstart.main([str(demonstration[0] / "watched-1.mp4")])
    described, _ = capsys.readouterr().out.splitlines()
    assert "red" in described
    assert "circle" in described


def test_the_shipped_assistant_counts_one_object(demonstration: tuple[Path, str]) -> None:
    with VideoAssistant.from_pretrained() as assistant:
        clip = demonstration[0] / "watched-1.mp4"
        answer = assistant.chat("How many objects are there?", videos=[clip]).text
    assert "one" in answer.lower()


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
