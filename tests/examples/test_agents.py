"""The examples with agents of other frameworks on scripted parts, and one as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mcp import StdioServerParameters
from pydantic_ai.models.function import FunctionModel
from smolagents import LogLevel
from tests.adapters.making import carries_base64
from tests.shipped import require_embedded_assistant

from examples import mcp_client, pydantic_ai_agent, smolagents_agent
from gpt4video import VideoAssistant
from gpt4video.testing import scripted_assistant
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.provenance import verify_manifest
from gpt4video_tools.video import read_clip


@pytest.fixture
def assistant() -> VideoAssistant:
    return scripted_assistant(lambda asked: f"{len(asked.messages[-1].clips)} red clip.")


def test_an_agent_that_writes_code_makes_a_clip_and_looks_at_it(
    assistant: VideoAssistant, tmp_path: Path
) -> None:
    store = ClipStore(tmp_path)
    model = smolagents_agent.ScriptedModel(smolagents_agent.SCRIPT)
    agent = smolagents_agent.build_agent(assistant, store, model)
    agent.logger.level = LogLevel.OFF
    handle, answer = agent.run(smolagents_agent.TASK).split(": ")
    assert answer == "1 red clip."
    (file,) = tmp_path.rglob("*.mp4")
    assert store.read(handle) == file.read_bytes()


async def test_an_agent_that_calls_tools_makes_a_clip_and_looks_at_it(
    assistant: VideoAssistant, tmp_path: Path
) -> None:
    store = ClipStore(tmp_path)
    model = FunctionModel(pydantic_ai_agent.think)
    agent = pydantic_ai_agent.build_agent(assistant, store, model)
    result = await agent.run(pydantic_ai_agent.TASK)
    assert result.output == "1 red clip."
    (handle,) = pydantic_ai_agent.made(result.all_messages())
    (file,) = tmp_path.rglob("*.mp4")
    assert store.read(handle) == file.read_bytes()
    assert not carries_base64(result.all_messages_json())


async def test_a_client_talks_with_the_embedded_assistant_by_mcp(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require_embedded_assistant()
    command = "from gpt4video.cli import main; main()"
    clips = tmp_path / "clips"
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", command, "mcp", "--device", "cpu", "--clips-dir", str(clips)],
        env={"OMP_NUM_THREADS": "1"},
    )
    answer = await mcp_client.run(server, tmp_path / "made.mp4")
    assert answer
    (file,) = clips.rglob("*.mp4")
    assert verify_manifest(file).holds
    assert (tmp_path / "made.mp4").read_bytes() == file.read_bytes()
    assert len(read_clip(file, num_frames=2).frames) == 2
    assert "making the video" in capsys.readouterr().err
