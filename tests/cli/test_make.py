from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gpt4video.cli import _models
from gpt4video.loading import Parts
from gpt4video.testing import ScriptedGenerator, ScriptedGuard, ScriptedReasoner, scripted_pipeline
from gpt4video_tools.gallery import GenerationError
from gpt4video_tools.provenance import manifest_path, verify_manifest
from gpt4video_tools.video import read_clip

Invoke = Callable[..., Result]


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Callable[..., ScriptedGenerator]:
    """Puts a scripted generator, and guards, in the place of the loaded ones."""

    def install(
        *, words: list[str] | None = None, colours: Any = (), **options: Any
    ) -> ScriptedGenerator:
        generator = ScriptedGenerator(**options)
        pipeline = scripted_pipeline(
            text_guard=ScriptedGuard(words=words or []), frames_guard=ScriptedGuard(colours=colours)
        )

        def load(*_: Any, **__: Any) -> Parts:
            return Parts(reasoner=ScriptedReasoner(), pipeline=pipeline, generator=generator)

        monkeypatch.setattr(_models, "load_guarded_generator", load)
        return generator

    return install


def test_the_clip_and_its_manifest_are_all_that_is_written(
    gpt4video: Invoke, maker: Callable[..., ScriptedGenerator], tmp_path: Path
) -> None:
    generator = maker()
    output = tmp_path / "new" / "star.mp4"
    result = gpt4video("make", "a [red] star", "-o", output, "--seed", 5)
    assert result.exit_code == 0, result.output
    assert generator.requests[0].prompt == "a [red] star"
    assert generator.requests[0].seed == 5
    assert sorted(output.parent.iterdir()) == [output, manifest_path(output)]
    assert len(read_clip(output, num_frames=4).frames) == 4
    check = verify_manifest(output)
    assert check.holds
    assert check.manifest is not None
    assert check.manifest.file == "star.mp4"
    assert "seed 5" in result.stdout


def test_json_tells_what_was_made(
    gpt4video: Invoke, maker: Callable[..., ScriptedGenerator], tmp_path: Path
) -> None:
    maker()
    output = tmp_path / "star.mp4"
    told = json.loads(gpt4video("make", "a star", "-o", output, "--json").stdout)
    assert told["path"] == str(output)
    assert (told["frames"], told["height"], told["width"]) == (8, 64, 64)
    assert [each["stage"] for each in told["verdicts"]] == ["video_prompt", "output_video"]


@pytest.mark.parametrize("blocked", [{"words": ["star"]}, {"colours": [(220, 40, 40)]}])
@pytest.mark.parametrize("as_json", [False, True])
def test_a_refusal_leaves_the_old_file_and_nothing_else(
    gpt4video: Invoke,
    maker: Callable[..., ScriptedGenerator],
    tmp_path: Path,
    blocked: dict[str, Any],
    as_json: bool,
) -> None:
    maker(**blocked)
    output = tmp_path / "star.mp4"
    output.write_bytes(b"old")
    result = gpt4video("make", "a star", "-o", output, *(["--json"] if as_json else []))
    assert result.exit_code == 3
    assert list(tmp_path.iterdir()) == [output]
    assert output.read_bytes() == b"old"
    if as_json:
        assert json.loads(result.stdout)["refused"] is True
    else:
        assert result.stderr.strip().startswith("error: refused at ")


def test_a_generator_that_fails_leaves_nothing_behind(
    gpt4video: Invoke, maker: Callable[..., ScriptedGenerator], tmp_path: Path
) -> None:
    maker(error=GenerationError("scripted", "no memory"))
    result = gpt4video("make", "a star", "-o", tmp_path / "star.mp4")
    assert result.exit_code == 1
    assert "no memory" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_move_that_fails_leaves_neither_clip_nor_manifest(
    gpt4video: Invoke,
    maker: Callable[..., ScriptedGenerator],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    maker()
    real = os.replace

    def replace(source: Any, target: Any) -> None:
        if str(target).endswith("star.mp4"):
            raise OSError(28, "No space left on device", str(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    result = gpt4video("make", "a star", "-o", tmp_path / "star.mp4")
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("error: No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["a star", "-o", "star.avi"], "expected the name of an .mp4 file"),
        (["  ", "-o", "star.mp4"], "prompt"),
        (["x" * 1001, "-o", "star.mp4"], "prompt"),
        (["a star"], "--output"),
        (["a star", "-o", "star.mp4", "--seed", "-1"], "--seed"),
    ],
)
def test_a_wrong_call_says_what_would_have_been_right(
    gpt4video: Invoke,
    maker: Callable[..., ScriptedGenerator],
    arguments: list[str],
    problem: str,
) -> None:
    maker()
    result = gpt4video("make", *arguments)
    assert result.exit_code == 2
    assert problem in result.stderr
