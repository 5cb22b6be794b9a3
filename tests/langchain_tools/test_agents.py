"""Both tools in real agents: the clip survives the trip, and progress reaches who listens."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import BaseTool

from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.langchain import PROGRESS_EVENT, VideoGenerationTool, VideoQuestionTool
from gpt4video_tools.provenance import read_manifest

ASKED = {"messages": [HumanMessage("Make a clip of a star and tell me its colour.")]}
STEP = {"tool": "generate_video", "step": 1, "total": 2}


class Brain(BaseChatModel):
    """Makes a clip, asks about the address it was told, and says what it heard."""

    prompt: str = "a red star"
    heard: list[BaseMessage] = []

    @property
    def _llm_type(self) -> str:
        return "brain"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        self.heard[:] = messages
        told = [message.text for message in messages if isinstance(message, ToolMessage)]
        match told:
            case []:
                answer = self._call("generate_video", prompt=self.prompt)
            case [made] if "file://" in made:
                question = {"question": "Which colour is it?", "video": made.split()[-1]}
                answer = self._call("ask_video", **question)
            case _:
                answer = AIMessage(told[-1])
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def _call(self, name: str, **arguments: str) -> AIMessage:
        call = {"type": "tool_call", "id": name, "name": name, "args": arguments}
        return AIMessage("", tool_calls=[call])


class Listener(BaseCallbackHandler):
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        self.events.append((name, data))


class AsyncListener(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    async def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        self.events.append((name, data))


@pytest.fixture
def store(tmp_path: Path) -> ClipStore:
    return ClipStore(tmp_path)


@pytest.fixture
def make(store: ClipStore) -> VideoGenerationTool:
    guard = ScriptedGuard(words=["bomb"])
    return VideoGenerationTool(
        generator=ScriptedGenerator(steps=2),
        pipeline=scripted_pipeline(text_guard=guard),
        store=store,
    )


@pytest.fixture
def ask(store: ClipStore) -> Iterator[VideoQuestionTool]:
    with scripted_assistant("The star is red.") as assistant:
        yield VideoQuestionTool(answerer=assistant, store=store)


def test_an_agent_makes_a_clip_and_asks_about_it(
    store: ClipStore, make: VideoGenerationTool, ask: VideoQuestionTool
) -> None:
    brain = Brain()
    state = _agent(brain, make, ask).invoke(ASKED)
    assert state["messages"][-1].text == "The star is red."
    made, answered = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert (made.artifact["status"], answered.artifact["status"]) == ("ready", "answered")
    (handle,) = store.handles()
    assert made.artifact["uri"] == handle
    data = store.read(handle)
    assert made.text.split()[-1] == handle
    assert made.artifact["manifest"]["sha256"] == _hash(data)
    assert base64.b64encode(data)[:40].decode() not in str(brain.heard)
    assert len(str([message.content for message in brain.heard])) < 1000


def test_a_blocked_call_does_not_end_the_agent_s_run(
    store: ClipStore, make: VideoGenerationTool, ask: VideoQuestionTool
) -> None:
    state = _agent(Brain(prompt="a bomb"), make, ask).invoke(ASKED)
    (made,) = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert made.artifact["status"] == "blocked"
    assert state["messages"][-1].text.startswith("No video was made")
    assert store.handles() == []


def test_arguments_that_are_no_good_do_not_end_the_agent_s_run(
    store: ClipStore, make: VideoGenerationTool
) -> None:
    state = _agent(Brain(prompt=" "), make).invoke(ASKED)
    (made,) = (m for m in state["messages"] if isinstance(m, ToolMessage))
    assert made.status == "error"
    assert store.handles() == []


def test_plain_arguments_drop_the_artifact_and_the_handle_still_resolves(
    store: ClipStore, make: VideoGenerationTool
) -> None:
    text = make.invoke({"prompt": "a red star"})
    assert isinstance(text, str)
    data = store.read(text.split()[-1])
    with store.fetch(text.split()[-1]) as path:
        assert read_manifest(path).sha256 == _hash(data)
    assert base64.b64encode(data)[:40].decode() not in text


async def test_plain_arguments_async(store: ClipStore, make: VideoGenerationTool) -> None:
    text = await make.ainvoke({"prompt": "a red star"})
    assert text.split()[-1] == store.handles()[0]


def test_progress_is_a_custom_event_of_the_run(make: VideoGenerationTool) -> None:
    listener = Listener()
    make.invoke({"prompt": "a red star"}, {"callbacks": [listener]})
    assert listener.events == [(PROGRESS_EVENT, STEP), (PROGRESS_EVENT, {**STEP, "step": 2})]


async def test_progress_is_a_custom_event_of_the_async_run(make: VideoGenerationTool) -> None:
    listener, plain = AsyncListener(), Listener()
    await make.ainvoke({"prompt": "a red star"}, {"callbacks": [listener, plain]})
    assert listener.events == [(PROGRESS_EVENT, STEP), (PROGRESS_EVENT, {**STEP, "step": 2})]
    assert plain.events == listener.events


async def test_progress_arrives_in_the_stream_of_events(make: VideoGenerationTool) -> None:
    events = [
        event["data"]
        async for event in make.astream_events({"prompt": "a red star"}, version="v2")
        if event["event"] == "on_custom_event" and event["name"] == PROGRESS_EVENT
    ]
    assert events == [STEP, {**STEP, "step": 2}]


async def test_outside_of_a_run_nobody_is_told(make: VideoGenerationTool) -> None:
    seen: list[tuple[int, int]] = []
    make.on_progress = lambda *counts: seen.append(counts)
    _, artifact = make._run("a red star")
    assert artifact["status"] == "ready"
    _, artifact = await make._arun("a red star")
    assert artifact["status"] == "ready"
    assert seen == [(1, 2), (2, 2)] * 2


def test_a_graph_s_custom_stream_gets_the_progress(make: VideoGenerationTool) -> None:
    agent = _agent(Brain(), make)
    chunks = list(agent.stream(ASKED, stream_mode="custom"))
    assert chunks == [{"type": PROGRESS_EVENT, **STEP}, {"type": PROGRESS_EVENT, **STEP, "step": 2}]


async def test_a_graph_s_async_custom_stream_gets_the_progress(make: VideoGenerationTool) -> None:
    agent = _agent(Brain(), make)
    stream = agent.astream(ASKED, stream_mode="custom")
    chunks = [chunk async for chunk in stream]
    assert chunks == [{"type": PROGRESS_EVENT, **STEP}, {"type": PROGRESS_EVENT, **STEP, "step": 2}]


def _agent(brain: Brain, *tools: BaseTool) -> Any:
    return create_agent(brain, list(tools))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
