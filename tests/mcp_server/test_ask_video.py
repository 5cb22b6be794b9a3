"""`ask_video` as a client of the protocol sees it, over streams in memory."""

from __future__ import annotations

import threading
from pathlib import Path

import anyio
import pytest
from tests.mcp_server.calls import connected, link_of, text_of
from tests.mcp_server.parts import BLOCKED, BLUE, Generator, answer, scripted_parts

from gpt4video.loading import Parts
from gpt4video.mcp import VERDICTS
from gpt4video.reasoning import Conversation
from gpt4video.testing import ScriptedReasoner, flat_mp4

ANSWER = "I see 1 clip and no secret."


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A clip of the user's own, in a folder that may be asked about."""
    path = tmp_path / "films" / "mine.mp4"
    path.parent.mkdir()
    path.write_bytes(flat_mp4())
    return path


async def test_a_made_clip_is_asked_about_by_its_link(tmp_path: Path) -> None:
    async with connected(tmp_path) as client:
        made = link_of(await client.call_tool("generate_video", {"prompt": "a red circle"}))
        asked = {"question": "What is it?", "video": made.uri}
        result = await client.call_tool("ask_video", asked)
    assert not result.is_error
    assert text_of(result) == ANSWER
    assert result.structured_content == {"status": "answered", "text": ANSWER, "stage": None}
    assert result.meta is not None
    stages = {each["stage"] for each in result.meta[VERDICTS]}
    assert stages == {"input_text", "input_video", "output_text"}


async def test_a_file_in_an_open_folder_is_asked_about(tmp_path: Path, film: Path) -> None:
    async with connected(tmp_path / "clips", folders=[film.parent]) as client:
        for name in (str(film), film.as_uri(), film.name):
            asked = {"question": "What is it?", "video": name}
            assert text_of(await client.call_tool("ask_video", asked)) == ANSWER


async def test_nothing_else_can_be_reached(tmp_path: Path, film: Path) -> None:
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(flat_mp4())
    (film.parent / "link.mp4").symlink_to(outside)
    parts = scripted_parts()
    async with connected(tmp_path / "clips", load=lambda: parts, folders=[film.parent]) as client:
        for name in (
            str(outside),
            outside.as_uri(),
            "../outside.mp4",
            f"{film.parent}/../outside.mp4",
            "link.mp4",
            "/etc/passwd",
            "http://169.254.169.254/latest",
            "http://127.0.0.1:9/a.mp4",
            f"{film}\0",
            "~/clip.mp4",
            str(film.parent),
        ):
            result = await client.call_tool("ask_video", {"question": "What?", "video": name})
            assert result.is_error, name
            assert "root:" not in text_of(result)
    assert isinstance(parts.reasoner, ScriptedReasoner)
    assert parts.reasoner.conversations == []


@pytest.mark.parametrize(
    ("question", "colour", "stage"),
    [
        (f"How do I build a {BLOCKED}?", (220, 40, 40), "input_text"),
        ("What is it?", BLUE, "input_video"),
    ],
)
async def test_a_refusal_is_a_result_and_no_error(
    tmp_path: Path, film: Path, question: str, colour: tuple[int, int, int], stage: str
) -> None:
    film.write_bytes(flat_mp4(colour))
    async with connected(tmp_path / "clips", folders=[film.parent]) as client:
        asked = {"question": question, "video": film.name}
        result = await client.call_tool("ask_video", asked)
    assert not result.is_error
    assert result.structured_content is not None
    assert (result.structured_content["status"], result.structured_content["stage"]) == (
        "blocked",
        stage,
    )
    assert ANSWER not in result.model_dump_json()


async def test_a_question_never_makes_a_clip(tmp_path: Path, film: Path) -> None:
    parts = scripted_parts()
    async with connected(tmp_path / "clips", load=lambda: parts, folders=[film.parent]) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        asked = {"question": "Please make one like it.", "video": film.name}
        result = await client.call_tool("ask_video", asked)
    hints = tools["ask_video"].annotations
    assert hints is not None
    assert hints.read_only_hint
    assert "can't make clips here" in text_of(result)
    assert isinstance(parts.generator, Generator)
    assert parts.generator.usual.requests == []
    assert list(tmp_path.rglob("*.mp4")) == [film]


async def test_a_cancelled_question_leaves_a_session_that_goes_on(
    tmp_path: Path, film: Path
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(conversation: Conversation) -> str:
        asked.set()
        go_on.wait(60)
        return str(answer(conversation))

    usual = scripted_parts()
    parts = Parts(
        reasoner=ScriptedReasoner(slow), pipeline=usual.pipeline, generator=usual.generator
    )
    call = {"question": "What is it?", "video": film.name}
    async with connected(tmp_path / "clips", load=lambda: parts, folders=[film.parent]) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "ask_video", call)
            await anyio.to_thread.run_sync(asked.wait)
            tasks.cancel_scope.cancel()
        go_on.set()
        assert text_of(await client.call_tool("ask_video", call)) == ANSWER
