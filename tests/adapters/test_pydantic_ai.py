"""Our tools in pydantic-ai."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Agent, ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel
from tests.adapters.making import BLOCKED, carries_base64, only_clip, scripted_asker, scripted_maker

from gpt4video.testing import ScriptedGenerator
from gpt4video_tools.gallery import GenerationError, VideoRequest
from gpt4video_tools.pydantic_ai import video_toolset


def calling(name: str, **arguments: Any) -> FunctionModel:
    """A model that calls one tool and then says what it read."""

    def say(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
        last = messages[-1].parts[-1]
        if isinstance(last, ToolReturnPart):
            return ModelResponse(parts=[TextPart(str(last.content))])
        return ModelResponse(parts=[ToolCallPart(name, arguments)])

    return FunctionModel(say)


def returned(messages: list[ModelMessage]) -> ToolReturnPart:
    (part,) = [part for each in messages for part in each.parts if isinstance(part, ToolReturnPart)]
    return part


async def test_the_model_reads_a_handle_and_the_program_gets_the_artifact(tmp_path: Path) -> None:
    maker = scripted_maker(tmp_path)
    model = calling("generate_video", prompt="a red circle", seed=7)
    result = await Agent(model, toolsets=[video_toolset(maker=maker)]).run("Make a red circle.")
    handle = only_clip(tmp_path).as_uri()
    assert result.output.endswith(handle)
    assert maker.store.read(handle) == only_clip(tmp_path).read_bytes()
    part = returned(result.all_messages())
    assert not carries_base64(part.content)
    assert isinstance(part.content, str)
    assert part.metadata["uri"] == handle
    assert part.metadata["manifest"]["seed"] == 7
    assert len(part.metadata["verdicts"]) == 2


async def test_a_made_clip_is_asked_about_by_its_handle(tmp_path: Path) -> None:
    maker = scripted_maker(tmp_path)
    _, made = maker.make(VideoRequest(prompt="a red circle"))
    model = calling("ask_video", question="What is it?", video=made["uri"])
    toolset = video_toolset(asker=scripted_asker(maker))
    result = await Agent(model, toolsets=[toolset]).run("Look at it.")
    assert result.output == "I see 1 clip."
    assert returned(result.all_messages()).metadata["status"] == "answered"


@pytest.mark.parametrize(
    ("question", "video", "status"),
    [(f"A {BLOCKED}?", None, "blocked"), ("What is it?", "/etc/passwd", "failed")],
)
async def test_a_question_without_an_answer_is_told_to_the_model(
    tmp_path: Path, question: str, video: str | None, status: str
) -> None:
    maker = scripted_maker(tmp_path)
    _, made = maker.make(VideoRequest(prompt="a red circle"))
    model = calling("ask_video", question=question, video=video or made["uri"])
    toolset = video_toolset(asker=scripted_asker(maker))
    result = await Agent(model, toolsets=[toolset]).run("Look at it.")
    assert "I see" not in result.output
    assert returned(result.all_messages()).metadata["status"] == status


def test_only_the_tools_that_can_work_are_lent(tmp_path: Path) -> None:
    maker = scripted_maker(tmp_path)
    assert set(video_toolset(maker=maker).tools) == {"generate_video"}
    assert set(video_toolset(asker=scripted_asker(maker)).tools) == {"ask_video"}


async def test_a_history_with_the_artifact_can_be_kept_as_json(tmp_path: Path) -> None:
    toolset = video_toolset(maker=scripted_maker(tmp_path))
    result = await Agent(TestModel(), toolsets=[toolset]).run("Make one.")
    told = result.all_messages_json().decode()
    assert only_clip(tmp_path).as_uri() in told
    assert not carries_base64(told)


@pytest.mark.parametrize(
    ("prompt", "generator", "status"),
    [
        (f"a {BLOCKED}", {}, "blocked"),
        ("a star", {"error": GenerationError("scripted", "/secret/path")}, "failed"),
    ],
)
async def test_where_there_is_no_clip_the_model_reads_why_and_goes_on(
    tmp_path: Path, prompt: str, generator: dict[str, Any], status: str
) -> None:
    toolset = video_toolset(maker=scripted_maker(tmp_path, **generator))
    result = await Agent(calling("generate_video", prompt=prompt), toolsets=[toolset]).run("Go.")
    assert "No video was made" in result.output
    assert "/secret" not in result.output
    assert returned(result.all_messages()).metadata["status"] == status
    assert not list(tmp_path.rglob("*.mp4"))


async def test_cancelling_the_run_stops_the_generator(tmp_path: Path) -> None:
    maker = scripted_maker(tmp_path, hangs=True)
    generator = maker.generator
    assert isinstance(generator, ScriptedGenerator)
    agent = Agent(calling("generate_video", prompt="a star"), toolsets=[video_toolset(maker=maker)])
    task = asyncio.create_task(agent.run("Go."))
    await until(lambda: bool(generator.requests))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: generator.cancelled > 0)
    assert not list(tmp_path.rglob("*.mp4"))


async def until(happened: Callable[[], bool]) -> None:
    while not happened():
        await asyncio.sleep(0.01)
