"""From a prompt to a judged file: what is shown to whom, in which order, and what is left."""

from __future__ import annotations

import hashlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.gallery.scripted import EndlessGenerator, ScriptedGenerator, ScriptedJudge

from gpt4video_guards import FramesSubject, TextSubject
from gpt4video_tools.gallery import (
    GenerationBlocked,
    GenerationCancelledError,
    GenerationError,
    GenerationEvent,
    GenerationJudged,
    GenerationProgress,
    GenerationReady,
    VideoRequest,
    generate_guarded,
    guarded,
)
from gpt4video_tools.provenance import manifest_path, read_manifest, verify_manifest
from gpt4video_tools.video import read_clip

REQUEST = VideoRequest(prompt="a red circle", seed=7)


def test_events_come_in_the_order_of_the_work(tmp_path: Path) -> None:
    judge = ScriptedJudge()
    events = _events(tmp_path, pipeline=judge, context="please make a clip")
    assert [type(event) for event in events] == [
        GenerationJudged,
        *[GenerationProgress] * 3,
        GenerationJudged,
        GenerationReady,
    ]
    assert events[1:4] == [GenerationProgress(step=step, total=3) for step in (1, 2, 3)]
    assert judge.stages == ["video_prompt", "output_video"]


def test_the_prompt_is_judged_with_its_context_and_all_frames_with_their_times(
    tmp_path: Path,
) -> None:
    judge = ScriptedJudge()
    ready = _events(tmp_path, pipeline=judge, context="please make a clip")[-1]
    assert isinstance(ready, GenerationReady)
    (_, (words,)), (_, (frames,)) = judge.shown
    assert words == TextSubject(
        text="a red circle", kind="t2v_prompt", context="please make a clip"
    )
    assert isinstance(frames, FramesSubject)
    assert frames.frames is ready.video.frames
    assert frames.times == (0.0, 0.125, 0.25, 0.375)


def test_the_file_can_be_read_back_as_the_frames_that_were_judged(tmp_path: Path) -> None:
    ready = _events(tmp_path, generator=ScriptedGenerator(level=90))[-1]
    assert isinstance(ready, GenerationReady)
    clip = read_clip(ready.path, num_frames=4)
    assert clip.frames.shape == (4, 16, 16, 3)
    assert abs(clip.frames.astype(int) - 90).max() <= 2
    assert clip.duration == pytest.approx(0.5, abs=0.01)


def test_a_ready_clip_lies_on_disk_with_a_manifest_that_holds(tmp_path: Path) -> None:
    ready = _events(tmp_path / "new" / "folder")[-1]
    assert isinstance(ready, GenerationReady)
    assert ready.path.suffix == ".mp4"
    assert sorted(ready.path.parent.iterdir()) == [ready.path, manifest_path(ready.path)]
    assert verify_manifest(ready.path).holds
    manifest = read_manifest(ready.path)
    assert manifest == ready.manifest
    assert manifest.prompt_sha256 == hashlib.sha256(b"a red circle").hexdigest()
    assert [verdict.stage for verdict in manifest.verdicts] == ["video_prompt", "output_video"]
    assert "red circle" not in manifest_path(ready.path).read_text()


def test_the_same_request_gives_the_same_file(tmp_path: Path) -> None:
    first, second = (_events(tmp_path / name)[-1] for name in ("one", "two"))
    assert isinstance(first, GenerationReady)
    assert isinstance(second, GenerationReady)
    assert first.path.name == second.path.name
    assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.parametrize("decision", ["block", "error"])
def test_a_blocked_prompt_never_reaches_the_generator(tmp_path: Path, decision: str) -> None:
    generator = ScriptedGenerator()
    judge = ScriptedJudge(decisions={"video_prompt": decision})
    events = _events(tmp_path, generator=generator, pipeline=judge)
    assert [type(event) for event in events] == [GenerationJudged, GenerationBlocked]
    assert generator.seen == []
    assert _nothing_in(tmp_path)


@pytest.mark.parametrize("decision", ["block", "error"])
def test_a_blocked_clip_never_reaches_the_disk(
    tmp_path: Path, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []
    monkeypatch.setattr("gpt4video_tools.video.encode_mp4", lambda *a, **k: written.append(a))
    events = _events(tmp_path, pipeline=ScriptedJudge(decisions={"output_video": decision}))
    assert isinstance(events[-1], GenerationBlocked)
    assert events[-1].result.stage == "output_video"
    assert written == []
    assert _nothing_in(tmp_path)


def test_a_prompt_that_was_judged_before_is_not_judged_again(tmp_path: Path) -> None:
    judge = ScriptedJudge(decisions={"video_prompt": "block"})
    events = _events(tmp_path, pipeline=judge, judge_prompt=False)
    assert judge.stages == ["output_video"]
    assert isinstance(events[-1], GenerationReady)


def test_progress_arrives_while_the_generator_works(tmp_path: Path) -> None:
    generator = EndlessGenerator()  # it ends only because we close after its first report
    with closing(_iterate(tmp_path, generator=generator)) as events:
        assert isinstance(next(events), GenerationJudged)
        assert next(events) == GenerationProgress(step=1, total=2)
        assert not generator.stopped
    assert generator.stopped
    assert _nothing_in(tmp_path)


def test_who_is_told_to_cancel_raises_and_leaves_nothing(tmp_path: Path) -> None:
    generator = ScriptedGenerator()
    with pytest.raises(GenerationCancelledError):
        _events(tmp_path, generator=generator, cancelled=lambda: True)
    assert generator.stopped
    assert _nothing_in(tmp_path)


def test_a_cancellation_while_the_frames_are_judged_leaves_nothing(tmp_path: Path) -> None:
    judge = ScriptedJudge()
    with pytest.raises(GenerationCancelledError):
        _events(tmp_path, pipeline=judge, cancelled=lambda: "output_video" in judge.stages)
    assert judge.stages == ["video_prompt", "output_video"]
    assert _nothing_in(tmp_path)


@pytest.mark.parametrize(
    "generator",
    [
        ScriptedGenerator(error=RuntimeError("the card is on fire")),
        ScriptedGenerator(error=GenerationError("scripted", "the card is on fire")),
    ],
    ids=["foreign", "ours"],
)
def test_a_failing_generator_raises_our_error_and_leaves_nothing(
    tmp_path: Path, generator: ScriptedGenerator
) -> None:
    with pytest.raises(GenerationError, match="on fire"):
        _events(tmp_path, generator=generator)
    assert _nothing_in(tmp_path)


def test_a_generator_that_answers_nonsense_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="expected GeneratedVideo"):
        _events(tmp_path, generator=ScriptedGenerator(answer="a clip"))
    assert _nothing_in(tmp_path)


def test_a_clip_whose_manifest_cannot_be_written_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(guarded, "write_manifest", full)
    with pytest.raises(OSError, match="no space left"):
        _events(tmp_path)
    assert _nothing_in(tmp_path)


def _iterate(folder: Path, **changes: Any) -> Any:
    options = {"generator": ScriptedGenerator(), "pipeline": ScriptedJudge(), **changes}
    return generate_guarded(REQUEST, output_dir=folder, **options)


def _events(folder: Path, **changes: Any) -> list[GenerationEvent]:
    return list(_iterate(folder, **changes))


def _nothing_in(folder: Path) -> bool:
    return not any(folder.iterdir())
