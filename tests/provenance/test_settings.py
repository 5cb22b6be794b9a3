"""The one setting, through everything that makes clips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.gallery.scripted import ScriptedGenerator as SmallGenerator
from tests.gallery.scripted import ScriptedJudge

from gpt4video.testing import ScriptedGenerator, scripted_assistant, scripted_pipeline
from gpt4video_guards import FramesSubject
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.gallery import GenerationReady, VideoRequest, generate_guarded
from gpt4video_tools.langchain import VideoGenerationTool
from gpt4video_tools.provenance import (
    ClipSigner,
    LatticeWatermark,
    Provenance,
    SigningFiles,
    read_manifest,
    verify_clip,
)


@pytest.fixture
def both(signer: ClipSigner) -> Provenance:
    return Provenance(signer=signer, watermark=LatticeWatermark())


def test_an_assistant_signs_and_marks_its_clips_and_tells_who_wrote_the_prompt(
    both: Provenance, files: SigningFiles, tmp_path: Path
) -> None:
    with scripted_assistant(
        "Here. <video> a star </video>", provenance=both, name="tiny", output_dir=tmp_path
    ) as assistant:
        video = assistant.chat("make a star").video
    assert video is not None
    assert verify_clip(video.path, trust=files.root.read_bytes()).holds
    manifest = read_manifest(video.path)
    assert manifest.prompt_author == "tiny"
    assert manifest.watermark is not None
    assert manifest.signature is not None


def test_a_tool_signs_and_marks_its_clips(
    both: Provenance, files: SigningFiles, tmp_path: Path
) -> None:
    store = ClipStore(tmp_path)
    tool = VideoGenerationTool(
        generator=ScriptedGenerator(),
        pipeline=scripted_pipeline(),
        store=store,
        provenance=both,
    )
    call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"prompt": "a star"}}
    uri = tool.invoke(call).artifact["uri"]
    with store.fetch(uri) as path:
        assert verify_clip(path, trust=files.root.read_bytes()).holds


def test_the_marked_frames_are_the_ones_that_are_judged_and_written(tmp_path: Path) -> None:
    judge = ScriptedJudge()
    ready = _made(tmp_path, judge, Provenance(watermark=LatticeWatermark()))
    (seen,) = judge.shown[-1][1]
    assert isinstance(seen, FramesSubject)
    assert seen.frames is ready.video.frames
    assert LatticeWatermark().detect(seen.frames).found
    plain = _made(tmp_path, ScriptedJudge(), None)
    assert np.unique(plain.video.frames).size < np.unique(seen.frames).size
    assert plain.path == ready.path  # a clip's id is that of its frames without the mark


def test_frames_too_small_for_the_mark_leave_nothing(tmp_path: Path) -> None:
    provenance = Provenance(watermark=LatticeWatermark())
    with pytest.raises(InvalidInputError, match="at least 32 pixels"):
        _made(tmp_path / "clips", ScriptedJudge(), provenance, generator=SmallGenerator())
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize("wrong", [{"signer": "key.pem"}, {"watermark": "please"}])
def test_wrong_parts_are_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        Provenance(**wrong)


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="provenance"):
        scripted_assistant(provenance=True)
    with pytest.raises(InvalidInputError, match="provenance"):
        _made(tmp_path, ScriptedJudge(), "signed")


def _made(
    folder: Path, judge: ScriptedJudge, provenance: Any, generator: Any = None
) -> GenerationReady:
    events = generate_guarded(
        VideoRequest(prompt="a star", seed=7),
        generator=generator or ScriptedGenerator(),
        pipeline=judge,
        output_dir=folder,
        provenance=provenance,
    )
    last = list(events)[-1]
    assert isinstance(last, GenerationReady)
    return last
