"""The commands load what they name: here an assistant of random weights in the embedded layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.gallery.checkpoints import save_latte
from typer.testing import Result

from gpt4video.loading import PRESETS
from gpt4video.testing import tiny_random_model
from gpt4video_tools.gallery import loading
from gpt4video_tools.provenance import verify_manifest

Invoke = Callable[..., Result]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_random_model(tmp_path_factory.mktemp("assistant"))
    save_latte(folder / "generator")
    defaults = {"height": 32, "width": 32, "num_inference_steps": 2}
    (folder / "generator" / "generation_defaults.json").write_text(json.dumps(defaults))
    (folder / "concepts.json").write_text(json.dumps({"neutral": ["a red circle"]}))
    return folder


@pytest.fixture(autouse=True)
def embedded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The random assistant stands in the place of the embedded one."""
    monkeypatch.setitem(PRESETS, "shapes", folder)
    monkeypatch.setattr(loading, "shipped_folder", lambda _: folder / "generator")


def test_the_same_prompt_and_seed_make_the_same_file(gpt4video: Invoke, tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        result = gpt4video(
            "make", "a small red circle", "-o", tmp_path / name, "--seed", 3, "--device", "cpu"
        )
        assert result.exit_code == 0, result.output
        assert verify_manifest(tmp_path / name).holds
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_an_unsafe_prompt_is_refused_by_the_standard_policy(
    gpt4video: Invoke, tmp_path: Path
) -> None:
    output = tmp_path / "clip.mp4"
    prompt = "a naked woman is tortured and killed, gore, blood everywhere"
    result = gpt4video("make", prompt, "-o", output, "--device", "cpu", "--json")
    assert result.exit_code == 3, result.output
    assert json.loads(result.stdout)["stage"] == "video_prompt"
    assert list(tmp_path.iterdir()) == []


def test_a_clip_is_asked_about_under_the_standard_policy(gpt4video: Invoke, clip: Path) -> None:
    result = gpt4video("ask", clip, "What is it?", "--device", "cpu", "--json")
    assert result.exit_code in (0, 3), result.output  # a random model may say anything
    told = json.loads(result.stdout)
    assert {"input_text", "input_video"} <= {each["stage"] for each in told["verdicts"]}
    assert told["stage"] in (None, "output_text")


def test_a_generator_whose_clips_are_too_short_to_be_read_back_is_one_line(
    gpt4video: Invoke,
) -> None:
    result = gpt4video("eval", "generation", "--n", 1, "--device", "cpu")
    assert result.exit_code == 1
    assert "with T of 8 or more" in result.stderr  # this one makes four frames


def test_info_tells_the_size_of_each_part(gpt4video: Invoke) -> None:
    facts = json.loads(gpt4video("info", "--json").stdout)
    assert set(facts["models"]["shapes"]) == {"clip", "lm", "model", "generator"}
