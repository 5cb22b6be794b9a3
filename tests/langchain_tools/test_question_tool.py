"""Questions about clips: what may be opened, who judges, and what the model is told."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import ToolMessage
from pydantic import ValidationError

from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    ScriptedReasoner,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.fetching import ClipFetcher, FetchError
from gpt4video_tools.langchain import AnswerArtifact, VideoQuestionTool
from gpt4video_tools.video import Clip, Isolation, VideoBudget

RED = (220, 40, 40)


@dataclass(frozen=True)
class Said:
    text: str
    refused: bool = False


@dataclass
class Answerer:
    """Answers without any guards of its own."""

    answer: Said | Exception = Said("It is red.")
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    def chat(self, text: str, videos: Sequence[Any] = ()) -> Said:
        (path,) = videos
        self.asked.append((text, Path(path).read_bytes()))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "clip.mp4").write_bytes(flat_mp4())
    (tmp_path / "secret.mp4").write_bytes(flat_mp4())
    return tmp_path / "open"


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> ClipStore:
    return ClipStore(tmp_path / "kept")


def test_the_assistant_answers_about_a_clip_of_the_store(store: ClipStore, folder: Path) -> None:
    reasoner = ScriptedReasoner("A red square.")
    with scripted_assistant(reasoner=reasoner) as assistant:
        tool = VideoQuestionTool(answerer=assistant, store=store)
        message, artifact = _ask(tool, store.keep(folder / "clip.mp4"), question="What is it?")
    assert message.text == "A red square."
    assert artifact["status"] == "answered"
    stages = [verdict["stage"] for verdict in artifact["verdicts"]]
    assert stages == ["input_text", "input_video", "output_text"]
    (conversation,) = reasoner.conversations
    assert conversation.messages[-1].text == "What is it?"
    assert len(conversation.messages[-1].clips) == 1


@pytest.mark.parametrize("form", ["handle", "name", "path", "uri", "below"])
def test_a_clip_is_known_by_its_handle_or_its_path(
    store: ClipStore, folder: Path, form: str
) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "clip.mp4").write_bytes(flat_mp4())
    video = {
        "handle": store.keep(folder / "clip.mp4"),
        "name": "clip.mp4",
        "path": str(folder / "clip.mp4"),
        "uri": (folder / "clip.mp4").as_uri(),
        "below": "sub/../sub/clip.mp4",
    }[form]
    answerer = Answerer()
    tool = _tool(answerer, store=store, folders=[folder.parent / "no such folder", folder])
    message, artifact = _ask(tool, video)
    assert (message.text, artifact["status"]) == ("It is red.", "answered")
    assert [data for _, data in answerer.asked] == [flat_mp4()]


@pytest.mark.parametrize(
    "video",
    [
        "../secret.mp4",
        "{parent}/secret.mp4",
        "file://{parent}/secret.mp4",
        "file:///{folder}/../secret.mp4",
        "link.mp4",
        "linked/secret.mp4",
        "no-such.mp4",
        ".",
        "clip.mp4\0",
        "loop.mp4",
        "data:video/mp4;base64,AAAA",
        "memory://kept/x.mp4",
    ],
)
def test_nothing_else_is_opened_and_why_is_not_told(
    store: ClipStore, folder: Path, video: str
) -> None:
    (folder / "link.mp4").symlink_to(folder.parent / "secret.mp4")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "loop.mp4").symlink_to(folder / "loop.mp4")
    answerer = Answerer()
    tool = _tool(answerer, store=store, folders=[folder])
    message, artifact = _ask(tool, video.format(parent=folder.parent, folder=folder))
    assert artifact["status"] == "failed"
    assert message.text == "There is no such video. Give its address exactly as it was given."
    assert message.status == "success"
    assert answerer.asked == []


def test_without_a_folder_or_store_nothing_can_be_asked_about(folder: Path) -> None:
    for video in (str(folder / "clip.mp4"), "http://127.0.0.1/clip.mp4"):
        _, artifact = _ask(_tool(Answerer()), video)
        assert artifact["status"] == "failed"


def test_urls_are_the_fetcher_s(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    @contextmanager
    def fetch(self: ClipFetcher, url: str, *, cancelled: Any) -> Any:
        fetched.append(url)
        if "bad" in url:
            raise FetchError("example.com", "its address is not a public one")
        yield folder / "clip.mp4"

    monkeypatch.setattr(ClipFetcher, "fetch", fetch)
    tool = _tool(Answerer(), fetcher=ClipFetcher(hosts=["example.com"]))
    message, artifact = _ask(tool, "https://example.com/clip.mp4")
    assert (message.text, artifact["status"]) == ("It is red.", "answered")
    message, artifact = _ask(tool, "HTTP://example.com/bad.mp4")
    assert message.text == "The video could not be fetched from this address."
    assert "not a public one" in artifact["problem"]
    assert fetched == ["https://example.com/clip.mp4", "HTTP://example.com/bad.mp4"]


def test_an_answerer_without_guards_needs_a_pipeline() -> None:
    with pytest.raises(ValidationError, match="pipeline"):
        VideoQuestionTool(answerer=Answerer())
    with pytest.raises(ValidationError, match="answerer"):
        VideoQuestionTool(answerer=object(), pipeline=scripted_pipeline())


@pytest.mark.parametrize(
    ("blocked", "stage", "is_asked"),
    [
        ({"words": ["which"]}, "input_text", False),
        ({"colours": [RED]}, "input_video", False),
        ({"words": ["it is red"]}, "output_text", True),
    ],
)
def test_the_tool_s_pipeline_judges_question_clip_and_answer(
    folder: Path, blocked: dict[str, Any], stage: str, is_asked: bool
) -> None:
    guard = ScriptedGuard(**blocked)
    pipeline = scripted_pipeline(
        text_guard=guard if "words" in blocked else None,
        frames_guard=guard if "colours" in blocked else None,
    )
    answerer = Answerer()
    message, artifact = _ask(_tool(answerer, folders=[folder], pipeline=pipeline), "clip.mp4")
    assert (artifact["status"], artifact["stage"]) == ("blocked", stage)
    assert artifact["verdicts"][-1]["decision"] == "block"
    assert message.text.startswith("Sorry")
    assert "red" not in message.text
    assert bool(answerer.asked) is is_asked


def test_a_guard_that_fails_blocks(folder: Path) -> None:
    pipeline = scripted_pipeline(frames_guard=ScriptedGuard(fault="raises"))
    answerer = Answerer()
    message, artifact = _ask(_tool(answerer, folders=[folder], pipeline=pipeline), "clip.mp4")
    assert (artifact["status"], artifact["stage"]) == ("blocked", "input_video")
    assert "told to fail" not in message.text
    assert answerer.asked == []


def test_guards_see_a_long_clip_densely(folder: Path) -> None:
    (folder / "long.mp4").write_bytes(flat_mp4(seconds=20.0, fps=4.0))
    guard = ScriptedGuard()
    tool = _tool(Answerer(), folders=[folder], pipeline=scripted_pipeline(frames_guard=guard))
    _ask(tool, "long.mp4")
    _ask(tool, "clip.mp4")
    assert [len(seen.times) for seen in guard.frames] == [40, 24]


def test_what_the_assistant_refuses_is_an_answer_with_its_verdicts(folder: Path) -> None:
    with scripted_assistant(blocked_words=["bomb"]) as assistant:
        tool = VideoQuestionTool(answerer=assistant, folders=[folder])
        message, artifact = _ask(tool, "clip.mp4", question="Where is the bomb?")
    assert (artifact["status"], artifact["stage"]) == ("blocked", "input_text")
    assert artifact["verdicts"][-1]["decision"] == "block"
    assert message.text.startswith("Sorry")
    assert message.status == "success"


def test_what_an_answerer_refuses_without_saying_why_is_blocked_too(folder: Path) -> None:
    tool = _tool(Answerer(Said("I won't.", refused=True)), folders=[folder])
    message, artifact = _ask(tool, "clip.mp4")
    assert (message.text, artifact["status"]) == ("I won't.", "blocked")


@pytest.mark.parametrize("error", [ValueError("/secret/path"), RuntimeError("/secret/path")])
def test_an_answerer_that_breaks_is_an_answer_without_its_words(
    folder: Path, error: Exception
) -> None:
    message, artifact = _ask(_tool(Answerer(error), folders=[folder]), "clip.mp4")
    assert artifact["status"] == "failed"
    assert "/secret/path" in artifact["problem"]
    assert message.text == "The question could not be answered."


def test_a_clip_that_is_none_or_too_large_is_told_apart(folder: Path) -> None:
    (folder / "words.mp4").write_text("no clip")
    message, _ = _ask(_tool(Answerer(), folders=[folder]), "words.mp4")
    assert message.text == "The video cannot be read."
    small = _tool(Answerer(), folders=[folder], budget=VideoBudget(max_seconds=0.5))
    message, _ = _ask(small, "clip.mp4")
    assert message.text == "The video is too large or too long to be looked at."


class Looker:
    """Answers without guards, and keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def chat(self, text: str, videos: Sequence[Any] = ()) -> Said:
        self.shown += videos
        return Said("It is red.")


@pytest.mark.parametrize("isolate", [True, Isolation(seconds=60)])
def test_decoded_apart_the_answerer_is_given_frames(
    folder: Path, monkeypatch: pytest.MonkeyPatch, isolate: Any
) -> None:
    def here(*_: Any, **__: Any) -> Any:
        raise AssertionError("decoded in this process")

    monkeypatch.setattr("gpt4video_tools.video.reading.open_film", here)
    guard, looker = ScriptedGuard(), Looker()
    tool = VideoQuestionTool(
        answerer=looker,
        pipeline=scripted_pipeline(frames_guard=guard),
        folders=[folder],
        isolate=isolate,
    )
    message, _ = _ask(tool, "clip.mp4")
    assert message.text == "It is red."
    (clip,) = looker.shown
    assert isinstance(clip, Clip) and clip.frames.shape[0] == 128
    assert np.abs(clip.frames[0, 0, 0].astype(int) - RED).max() < 16
    assert len(guard.frames) == 1
    (folder / "words.mp4").write_text("no clip")
    message, artifact = _ask(tool, "words.mp4")
    assert (message.text, artifact["status"]) == ("The video cannot be read.", "failed")


def test_the_assistant_looks_at_frames_that_were_decoded_apart(folder: Path) -> None:
    reasoner = ScriptedReasoner("A red square.")
    with scripted_assistant(reasoner=reasoner) as assistant:
        tool = VideoQuestionTool(answerer=assistant, folders=[folder], isolate=True)
        assert _ask(tool, "clip.mp4")[0].text == "A red square."
    assert len(reasoner.conversations[0].messages[-1].clips) == 1


def test_no_question_talks_an_assistant_without_its_generator_into_a_clip(folder: Path) -> None:
    generator = ScriptedGenerator()
    reasoner = ScriptedReasoner("Here. <video> a star </video>")
    with scripted_assistant(reasoner=reasoner, generator=generator) as assistant:
        twin = assistant.without_generator()
        tool = VideoQuestionTool(answerer=twin, folders=[folder])
        _, artifact = _ask(tool, "clip.mp4", question="Make a clip of it?")
        assert artifact["status"] == "answered" and generator.requests == []
        assert (twin.reasoner, twin.pipeline) == (reasoner, assistant.pipeline)
        assert twin.host.lock is assistant.host.lock  # of the one reasoner that both have
        twin.close()
        assert assistant.chat("Make a clip.").video is not None
        assert assistant.generator is generator and generator.requests


def test_the_artifact_is_plain_values(folder: Path) -> None:
    for video in ("clip.mp4", "none.mp4"):
        _, artifact = _ask(_tool(Answerer(), folders=[folder]), video)
        assert json.loads(json.dumps(artifact)) == artifact


def test_the_model_sees_a_question_and_a_video(folder: Path) -> None:
    schema = _tool(Answerer()).tool_call_schema.model_json_schema()  # type: ignore[union-attr]
    assert set(schema["properties"]) == {"question", "video"} == set(schema["required"])
    assert {each["type"] for each in schema["properties"].values()} == {"string"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"question": " ", "video": "clip.mp4"},
        {"question": "What?", "video": ""},
        {"question": "What?" * 500, "video": "clip.mp4"},
        {"question": "What?"},
    ],
)
def test_arguments_out_of_range_are_refused_by_the_schema(
    folder: Path, arguments: dict[str, str]
) -> None:
    answerer = Answerer()
    with pytest.raises(ValidationError):
        _tool(answerer, folders=[folder]).invoke(arguments)
    assert answerer.asked == []


async def test_the_async_call_answers_the_same(folder: Path) -> None:
    tool = _tool(Answerer(), folders=[folder])
    arguments = {"question": "Which colour?", "video": "clip.mp4"}
    assert await tool.ainvoke(arguments) == tool.invoke(arguments) == "It is red."


async def test_a_cancelled_task_asks_nobody(
    folder: Path, store: ClipStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching, go_on, over = threading.Event(), threading.Event(), threading.Event()

    @contextmanager
    def fetch(self: ClipFetcher, url: str, *, cancelled: Any) -> Any:
        fetching.set()
        go_on.wait()
        try:
            yield folder / "clip.mp4"
        finally:
            over.set()

    monkeypatch.setattr(ClipFetcher, "fetch", fetch)
    answerer = Answerer()
    tool = _tool(answerer, fetcher=ClipFetcher(hosts=["example.com"]))
    asked = {"question": "Which colour?", "video": "https://example.com/clip.mp4"}
    task = asyncio.create_task(tool.ainvoke(asked))
    assert await asyncio.to_thread(fetching.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(over.wait, 60)
    assert answerer.asked == []


def test_a_host_can_cancel(folder: Path) -> None:
    answerer = Answerer()
    message, artifact = _ask(_tool(answerer, folders=[folder], cancelled=lambda: True), "clip.mp4")
    assert artifact["status"] == "cancelled"
    assert "cancelled" in message.text
    assert answerer.asked == []


def _tool(answerer: Answerer, **parts: Any) -> VideoQuestionTool:
    return VideoQuestionTool(**{"answerer": answerer, "pipeline": scripted_pipeline(), **parts})


def _ask(
    tool: VideoQuestionTool, video: str, *, question: str = "Which colour is it?"
) -> tuple[ToolMessage, AnswerArtifact]:
    arguments = {"question": question, "video": video}
    message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name, "args": arguments})
    assert isinstance(message, ToolMessage)
    assert message.artifact is not None
    return message, message.artifact
