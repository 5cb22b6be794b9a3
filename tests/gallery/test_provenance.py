from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.gallery.scripted import ScriptedJudge

from gpt4video_tools.gallery import GeneratedVideo
from gpt4video_tools.provenance import (
    ManifestError,
    bind,
    clip_id,
    describe,
    manifest_path,
    read_manifest,
    verify_manifest,
    write_manifest,
)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A file with its manifest; its bytes are no mp4, which is nothing to a manifest."""
    path = tmp_path / "clip.mp4"
    content = b"bytes of a clip"
    path.write_bytes(content)
    video = GeneratedVideo(
        frames=np.zeros((4, 8, 6, 3), dtype=np.uint8),
        fps=8,
        seed=7,
        generator="scripted",
        notes=("3 frames cannot be made",),
    )
    results = [ScriptedJudge().run("video_prompt", [])]
    facts = describe(
        video,
        clip=clip_id(video, "a secret wish"),
        prompt="a secret wish",
        prompt_author="a small model",
        policy="policy-1",
        results=results,
    )
    write_manifest(path, bind(facts, content, file=path.name))
    return path


def test_a_manifest_says_that_the_clip_is_synthetic_and_how_it_was_made(clip: Path) -> None:
    content = json.loads(manifest_path(clip).read_text())
    assert content["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    assert content["generator"] == "scripted"
    assert content["prompt_author"] == "a small model"
    assert content["watermark"] is None
    assert content["signature"] is None
    assert content["seed"] == 7
    assert (content["num_frames"], content["height"], content["width"]) == (4, 8, 6)
    assert content["policy"] == "policy-1"
    assert content["notes"] == ["3 frames cannot be made"]
    assert content["verdicts"][0]["guard"] == "scripted"
    assert content["software"].startswith("gpt4video ")


def test_the_words_of_the_prompt_are_not_in_the_manifest(clip: Path) -> None:
    assert "secret" not in manifest_path(clip).read_text()


def test_a_manifest_is_read_as_it_was_written(clip: Path) -> None:
    manifest = read_manifest(clip)
    write_manifest(clip, manifest)
    assert read_manifest(clip) == manifest
    assert [path.name for path in sorted(clip.parent.iterdir())] == ["clip.mp4", "clip.mp4.json"]


def test_an_untouched_clip_holds(clip: Path) -> None:
    check = verify_manifest(clip)
    assert check.holds
    assert check.problem == ""
    assert check.manifest == read_manifest(clip)


@pytest.mark.parametrize("position", [0, 7, 14])
def test_one_changed_byte_does_not_hold(clip: Path, position: int) -> None:
    content = bytearray(clip.read_bytes())
    content[position] ^= 1
    clip.write_bytes(content)
    check = verify_manifest(clip)
    assert not check.holds
    assert "hash differs" in check.problem


def test_a_missing_clip_does_not_hold(clip: Path) -> None:
    clip.unlink()
    assert "cannot be read" in verify_manifest(clip).problem


def test_a_missing_manifest_does_not_hold(clip: Path) -> None:
    manifest_path(clip).unlink()
    check = verify_manifest(clip)
    assert not check.holds
    assert check.manifest is None
    assert "no manifest" in check.problem


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": "other"}', "\udcff", "[" * 100_000, " " * 1_100_000]
)
def test_a_broken_manifest_is_one_clear_error(clip: Path, text: str) -> None:
    manifest_path(clip).write_text(text, errors="surrogateescape")
    with pytest.raises(ManifestError, match=r"clip\.mp4\.json"):
        read_manifest(clip)
    assert not verify_manifest(clip).holds


def test_a_manifest_that_cannot_be_moved_leaves_the_old_one(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = manifest_path(clip).read_bytes()

    def broken(*_: object) -> None:
        raise OSError("no space left")

    manifest = read_manifest(clip)
    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="no space left"):
        write_manifest(clip, manifest.model_copy(update={"seed": 8}))
    assert manifest_path(clip).read_bytes() == before
    assert len(list(clip.parent.iterdir())) == 2
