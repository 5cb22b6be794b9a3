"""Our tools in smolagents: agents that write code, and agents that call tools."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from smolagents import CodeAgent, LogLevel, ToolCallingAgent
from smolagents.models import (
    ChatMessage,
    ChatMessageToolCall,
    ChatMessageToolCallFunction,
    MessageRole,
    Model,
)
from tests.adapters.making import BLOCKED, carries_base64, only_clip, scripted_asker, scripted_maker

from gpt4video_tools.gallery import GenerationError
from gpt4video_tools.smolagents import VideoGenerationTool, VideoQuestionTool

Said = str | tuple[str, dict[str, Any]]
"""Words, or a call of a tool with its arguments."""


class ScriptedModel(Model):
    """Says one thing after the other, and remembers what it read."""

    def __init__(self, said: Sequence[Said]) -> None:
        super().__init__(model_id="scripted")
        self._said = list(said)
        self.read: list[list[ChatMessage]] = []

    def generate(self, messages: list[ChatMessage], **_: Any) -> ChatMessage:
        self.read.append(list(messages))
        said = self._said.pop(0)
        if isinstance(said, str):
            return ChatMessage(role=MessageRole.ASSISTANT, content=said)
        name, arguments = said
        function = ChatMessageToolCallFunction(name=name, arguments=arguments)
        call = ChatMessageToolCall(function=function, id=f"call-{len(self.read)}", type="function")
        return ChatMessage(role=MessageRole.ASSISTANT, content=None, tool_calls=[call])


def test_code_gets_a_handle_that_resolves_to_the_same_bytes(tmp_path: Path) -> None:
    maker = scripted_maker(tmp_path)
    model = ScriptedModel(
        ["<code>clip = generate_video(prompt='a red circle', seed=7)\nfinal_answer(clip)</code>"]
    )
    agent = CodeAgent([VideoGenerationTool(maker)], model, verbosity_level=LogLevel.OFF)
    handle = agent.run("Make a clip of a red circle.")
    assert handle == only_clip(tmp_path).as_uri()
    assert maker.store.read(handle) == only_clip(tmp_path).read_bytes()


def test_an_agent_that_calls_tools_reads_the_handle_and_no_bytes(tmp_path: Path) -> None:
    model = ScriptedModel(
        [("generate_video", {"prompt": "a red circle"}), ("final_answer", {"answer": "done"})]
    )
    maker = scripted_maker(tmp_path)
    agent = ToolCallingAgent([VideoGenerationTool(maker)], model, verbosity_level=LogLevel.OFF)
    assert agent.run("Make a clip of a red circle.") == "done"
    assert only_clip(tmp_path).as_uri() in str(model.read[-1])
    assert not carries_base64(model.read[-1])


def test_code_hands_a_clip_from_one_tool_to_the_other(tmp_path: Path) -> None:
    model = ScriptedModel(
        [
            "<code>clip = generate_video(prompt='a red circle')\nprint(clip)</code>",
            "<code>final_answer(ask_video(question='What is it?', video=clip))</code>",
        ]
    )
    maker = scripted_maker(tmp_path)
    tools = [VideoGenerationTool(maker), VideoQuestionTool(scripted_asker(maker))]
    agent = CodeAgent(tools, model, verbosity_level=LogLevel.OFF)
    assert agent.run("Make a clip and look at it.") == "I see 1 clip."
    assert not carries_base64(model.read)


@pytest.mark.parametrize(
    ("question", "video", "told"),
    [
        (f"A {BLOCKED}?", None, "unsafe"),
        ("What is it?", "/etc/passwd", "There is no such video"),
    ],
    ids=["blocked", "hostile path"],
)
def test_a_question_without_an_answer_is_told_to_the_agent(
    tmp_path: Path, question: str, video: str | None, told: str
) -> None:
    maker = scripted_maker(tmp_path)
    handle = VideoGenerationTool(maker)(prompt="a red circle")
    answer = VideoQuestionTool(scripted_asker(maker))(question=question, video=video or handle)
    assert told in answer
    assert "I see" not in answer


def test_the_tool_tells_models_what_it_takes(tmp_path: Path) -> None:
    tool = VideoGenerationTool(scripted_maker(tmp_path))
    assert tool.name == "generate_video"
    for described in tool.inputs.values():
        assert described["description"]
    assert tool.inputs["seed"]["nullable"]


@pytest.mark.parametrize(
    ("prompt", "generator", "told"),
    [
        (f"a {BLOCKED}", {}, "blocked by the safety policy"),
        ("a star", {"error": GenerationError("scripted", "/secret/path")}, "generator failed"),
    ],
    ids=["blocked", "failed"],
)
def test_where_there_is_no_clip_the_agent_reads_why_and_goes_on(
    tmp_path: Path, prompt: str, generator: dict[str, Any], told: str
) -> None:
    model = ScriptedModel(
        [("generate_video", {"prompt": prompt}), ("final_answer", {"answer": "sorry"})]
    )
    maker = scripted_maker(tmp_path, **generator)
    agent = ToolCallingAgent([VideoGenerationTool(maker)], model, verbosity_level=LogLevel.OFF)
    assert agent.run("Make it.") == "sorry"
    assert "No video was made" in str(model.read[-1])
    assert told in str(model.read[-1])
    assert "/secret" not in str(model.read[-1])
    assert not list(tmp_path.rglob("*.mp4"))


def test_an_argument_out_of_range_is_told_to_the_agent(tmp_path: Path) -> None:
    model = ScriptedModel(
        [("generate_video", {"prompt": "a", "seed": -1}), ("final_answer", {"answer": "sorry"})]
    )
    maker = scripted_maker(tmp_path)
    agent = ToolCallingAgent([VideoGenerationTool(maker)], model, verbosity_level=LogLevel.OFF)
    assert agent.run("Make it.") == "sorry"
    assert "seed" in str(model.read[-1][-1])
