"""The tool as agents call it: by a tool call, and by plain arguments as wrappers do."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import pytest
from langchain_core.messages import ToolMessage
from pydantic import ValidationError
from tests.gallery.scripted import EndlessGenerator, ScriptedGenerator, ScriptedJudge

from gpt4video_guards import GuardPipeline, Judgement, Policy, Subject
from gpt4video_tools.clips import ClipStore, ClipStoreError
from gpt4video_tools.gallery import GenerationError
from gpt4video_tools.langchain import VideoArtifact, VideoGenerationTool
from gpt4video_tools.provenance import verify_manifest


def test_a_tool_call_answers_with_a_text_and_an_artifact(tmp_path: Path) -> None:
    message, artifact = _call(_tool(tmp_path), prompt="a red circle", seed=7)
    assert artifact["status"] == "ready"
    assert artifact["mime_type"] == "video/mp4"
    assert artifact["path"] is not None
    assert verify_manifest(artifact["path"]).holds
    assert artifact["manifest"] is not None
    assert artifact["manifest"]["seed"] == 7
    assert [verdict["stage"] for verdict in artifact["verdicts"]] == [
        "video_prompt",
        "output_video",
    ]
    assert artifact["uri"] is not None
    assert artifact["uri"] in str(message.text)


def test_plain_arguments_give_a_text_whose_address_resolves(tmp_path: Path) -> None:
    text = _tool(tmp_path).invoke({"prompt": "a red circle"})
    path = Path(url2pathname(urlparse(text.split()[-1]).path))
    assert path.is_relative_to(tmp_path.resolve())
    assert verify_manifest(path).holds
    assert len(text) < 400, "no base64 in the model's context"


def test_the_model_sees_a_prompt_and_an_optional_seed_only(tmp_path: Path) -> None:
    schema = _tool(tmp_path).tool_call_schema.model_json_schema()  # type: ignore[union-attr]
    assert set(schema["properties"]) == {"prompt", "seed"}
    assert schema["required"] == ["prompt"]


@pytest.mark.parametrize("stage", ["video_prompt", "output_video"])
def test_a_block_is_an_answer_with_its_verdicts_and_no_file(tmp_path: Path, stage: Any) -> None:
    generator = ScriptedGenerator()
    judge = ScriptedJudge(decisions={stage: "block"})
    tool = _tool(tmp_path, generator=generator, pipeline=judge)
    message, artifact = _call(tool, prompt="a red circle")
    assert (artifact["status"], artifact["stage"]) == ("blocked", stage)
    assert artifact["verdicts"][-1]["decision"] == "block"
    assert artifact["path"] is None
    assert message.status == "success"
    assert "No video was made" in message.text
    assert "Too much violence." in message.text
    assert "red circle" not in message.text
    assert bool(generator.seen) == (stage == "output_video")
    assert not any(tmp_path.iterdir())


def test_a_guard_that_could_not_judge_blocks_and_keeps_its_inner_words_from_the_model(
    tmp_path: Path,
) -> None:
    tool = _tool(tmp_path, pipeline=ScriptedJudge(decisions={"output_video": "error"}))
    message, artifact = _call(tool, prompt="a red circle")
    assert artifact["status"] == "blocked"
    assert artifact["problem"] == "inner words of the guard"
    assert "inner words" not in message.text
    assert not any(tmp_path.iterdir())


def test_a_failure_is_an_answer_and_keeps_the_library_s_words_from_the_model(
    tmp_path: Path,
) -> None:
    broken = ScriptedGenerator(error=GenerationError("scripted", "/secret/path is broken"))
    message, artifact = _call(_tool(tmp_path, generator=broken), prompt="a red circle")
    assert artifact["status"] == "failed"
    assert "/secret/path" in artifact["problem"]
    assert [verdict["stage"] for verdict in artifact["verdicts"]] == ["video_prompt"]
    assert "secret" not in message.text
    assert not any(tmp_path.iterdir())


def test_a_cancelled_call_is_an_answer_and_leaves_no_file(tmp_path: Path) -> None:
    tool = _tool(tmp_path, cancelled=lambda: True)
    message, artifact = _call(tool, prompt="a red circle")
    assert artifact["status"] == "cancelled"
    assert "cancelled" in message.text
    assert not any(tmp_path.iterdir())


def test_progress_is_reported_step_by_step(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    _call(_tool(tmp_path, on_progress=lambda *counts: seen.append(counts)), prompt="a red circle")
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_the_artifact_is_plain_values(tmp_path: Path) -> None:
    for pipeline in (ScriptedJudge(), ScriptedJudge(decisions={"video_prompt": "block"})):
        _, artifact = _call(_tool(tmp_path, pipeline=pipeline), prompt="a red circle")
        assert json.loads(json.dumps(artifact)) == artifact


@pytest.mark.parametrize("arguments", [{"prompt": " "}, {"prompt": "x" * 1001}, {}])
def test_arguments_out_of_range_are_refused_by_the_schema(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    generator = ScriptedGenerator()
    with pytest.raises(ValidationError):
        _tool(tmp_path, generator=generator).invoke(arguments)
    assert generator.seen == []


def test_the_host_s_options_hold_for_every_clip(tmp_path: Path) -> None:
    generator = ScriptedGenerator()
    tool = _tool(tmp_path, generator=generator, video_options={"num_frames": 5})
    _call(tool, prompt="a red circle")
    assert [request.num_frames for request in generator.seen] == [5]
    for wrong in ({"num_frames": 0}, {"prompt": "a bomb"}, {"seed": 1}, {"colour": "red"}):
        with pytest.raises(ValidationError):
            _tool(tmp_path, video_options=wrong)


def test_the_clips_of_a_store_with_limits_go_oldest_first(tmp_path: Path) -> None:
    tool = _tool(tmp_path, store=ClipStore(tmp_path, max_clips=1))
    for seed in (1, 2):
        text = tool.invoke({"prompt": "a red circle", "seed": seed})
        assert tool.store.handles() == [text.split()[-1]]


def test_a_store_that_fails_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: ClipStore, path: Path) -> str:
        raise ClipStoreError("s3://secret", "the bucket is full")

    monkeypatch.setattr(ClipStore, "keep", full)
    message, artifact = _call(_tool(tmp_path), prompt="a red circle")
    assert artifact["status"] == "failed"
    assert "bucket" in artifact["problem"]
    assert "bucket" not in message.text


@pytest.mark.parametrize("broken", ["pipeline", "store"])
async def test_a_part_of_the_host_s_that_raises_anything_at_all_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def breaks(*_: Any, **__: Any) -> Any:
        raise LookupError("a secret")

    tool = _tool(tmp_path)
    if broken == "pipeline":
        tool.pipeline = SimpleNamespace(run=breaks)
    else:
        monkeypatch.setattr(ClipStore, "keep", breaks)
    call: Any = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"prompt": "a star"}}
    for message in (tool.invoke(call), await tool.ainvoke(call)):
        assert message.artifact["status"] == "failed"
        assert "a secret" in message.artifact["problem"] and "a secret" not in message.text
    assert tool.store.handles() == []


def test_a_far_store_gives_no_local_path(tmp_path: Path) -> None:
    store = ClipStore("memory://far")
    _, artifact = _call(_tool(tmp_path, store=store), prompt="a red circle")
    assert artifact["uri"] is not None
    assert artifact["path"] is None
    assert artifact["uri"].startswith("memory://far/")
    assert store.read(artifact["uri"])


@pytest.mark.parametrize("missing", ["generator", "pipeline", "store"])
def test_a_tool_without_its_parts_cannot_be_made(tmp_path: Path, missing: str) -> None:
    parts = {
        "generator": ScriptedGenerator(),
        "pipeline": ScriptedJudge(),
        "store": tmp_path,
    }
    with pytest.raises(ValidationError, match=missing):
        VideoGenerationTool(**{**parts, missing: None})
    del parts[missing]
    with pytest.raises(ValidationError, match=missing):
        VideoGenerationTool(**parts)


@pytest.mark.parametrize(
    ("guards", "status", "decision"),
    [
        ({}, "blocked", "error"),
        ({"frames": 0.9}, "blocked", "block"),
        ({"frames": 0.1}, "ready", "allow"),
    ],
    ids=["missing guard", "guard says no", "guard says yes"],
)
def test_a_real_pipeline_decides_and_a_missing_guard_is_a_no(
    tmp_path: Path, guards: dict[str, float], status: str, decision: str
) -> None:
    policy = Policy.model_validate(
        {
            "name": "frames only",
            "guards": {"frames": {"provider": "host", "judges": "frames"}},
            "stages": {"output_video": [{"guard": "frames", "thresholds": {"*": 0.5}}]},
            "open": ["video_prompt"],
        }
    )
    pipeline = GuardPipeline(policy, {name: _Scores(score) for name, score in guards.items()})
    _, artifact = _call(_tool(tmp_path, pipeline=pipeline), prompt="a red circle")
    assert artifact["status"] == status
    assert artifact["verdicts"][-1]["decision"] == decision
    assert any(tmp_path.iterdir()) == (status == "ready")


async def test_the_async_call_answers_the_same(tmp_path: Path) -> None:
    tool = _tool(tmp_path)
    message = await tool.ainvoke(_tool_call({"prompt": "a red circle", "seed": 7}))
    twin, artifact = _call(tool, prompt="a red circle", seed=7)
    assert message.artifact["status"] == "ready"
    assert message.text.split(" It is at ")[0] == twin.text.split(" It is at ")[0]
    assert message.artifact["manifest"]["sha256"] == artifact["manifest"]["sha256"]  # type: ignore[index]


async def test_a_cancelled_task_stops_the_generator(tmp_path: Path) -> None:
    generator = EndlessGenerator()
    started = threading.Event()
    tool = _tool(tmp_path, generator=generator, on_progress=lambda *_: started.set())
    task = asyncio.create_task(tool.ainvoke({"prompt": "a red circle"}))
    assert await asyncio.to_thread(started.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    workers = [thread for thread in threading.enumerate() if "endless" in thread.name]
    for worker in workers:
        await asyncio.to_thread(worker.join, 60)
    assert generator.stopped
    assert not any(tmp_path.iterdir())


class _Scores:
    """A guard that gives every clip the same score."""

    def __init__(self, score: float) -> None:
        self._score = score

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        return [Judgement(scores={"violence": self._score}) for _ in subjects]


def _tool(folder: Path, **changes: Any) -> VideoGenerationTool:
    parts = {"generator": ScriptedGenerator(), "pipeline": ScriptedJudge(), "store": folder}
    return VideoGenerationTool(**{**parts, **changes})


def _tool_call(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"type": "tool_call", "id": "call-1", "name": "generate_video", "args": arguments}


def _call(tool: VideoGenerationTool, **arguments: Any) -> tuple[ToolMessage, VideoArtifact]:
    message = tool.invoke(_tool_call(arguments))
    assert isinstance(message, ToolMessage)
    assert message.artifact is not None
    return message, message.artifact
