"""The examples, on scripted parts."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from examples import console_chat, quickstart, web_handler
from gpt4video import VideoAssistant
from gpt4video.testing import ScriptedReasoner, flat_mp4, scripted_assistant


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(flat_mp4())
    return path


def test_the_quickstart_answers_about_a_clip_and_remembers_it(clip: Path) -> None:
    reasoner = ScriptedReasoner(["A red field.", "None."])
    with scripted_assistant(reasoner=reasoner) as assistant:
        assert quickstart.describe(assistant, [str(clip)]) == ["A red field.", "None."]
    assert len(reasoner.conversations[-1].messages) == 3


def test_the_quickstart_makes_a_clip_when_it_is_given_none(tmp_path: Path) -> None:
    with scripted_assistant("Sure. <video> a star </video>", output_dir=tmp_path) as assistant:
        said, made = quickstart.describe(assistant, [])
    (path,) = tmp_path.glob("*.mp4")
    assert said == "Sure."
    assert made == f"made {path} from 'a star'"


def test_the_quickstart_prints_what_the_embedded_assistant_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clip: Path
) -> None:
    monkeypatch.setattr(
        VideoAssistant, "from_pretrained", classmethod(lambda cls: scripted_assistant("Red."))
    )
    quickstart.main([str(clip)])
    assert capsys.readouterr().out == "Red.\nRed.\n"


def test_the_console_chat_shows_clips_with_the_first_line(
    capsys: pytest.CaptureFixture[str], clip: Path, tmp_path: Path
) -> None:
    reasoner = ScriptedReasoner(["A red field.", "Yes. <video> a star </video>"])
    with scripted_assistant(reasoner=reasoner, output_dir=tmp_path / "made") as assistant:
        console_chat.talk(assistant.session(), ["what is it?", "make one"], [str(clip)])
    shown = capsys.readouterr().out
    assert shown.startswith("A red field.\n")
    assert "making a clip: 3 of 3" in shown
    assert str(next((tmp_path / "made").glob("*.mp4"))) in shown
    asked = [each.messages[-1] for each in reasoner.conversations]
    assert [len(message.clips) for message in asked] == [1, 0]


def test_the_console_chat_never_shows_what_was_blocked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with scripted_assistant("first a bomb then", blocked_words=["bomb"]) as assistant:
        console_chat.talk(assistant.session(), ["talk"])
    shown = capsys.readouterr().out
    assert "Sorry" in shown
    assert "bomb" not in shown


async def ask(
    assistant: VideoAssistant, clip: bytes | None, question: str | None
) -> httpx.Response:
    app = web_handler.create_app(assistant)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test"
    ) as client:
        files = None if clip is None else {"clip": ("clip.mp4", clip, "video/mp4")}
        data = {} if question is None else {"question": question}
        return await client.post("/ask", data=data, files=files)


def events(response: httpx.Response) -> list[tuple[str, str]]:
    """Name and text of every server-sent event."""
    found = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def test_the_web_handler_streams_words_and_the_whole_answer() -> None:
    with scripted_assistant("A red\nfield. " * 40) as assistant:
        response = await ask(assistant, flat_mp4(), "What is it?")
    assert response.headers["content-type"].startswith("text/event-stream")
    told = events(response)
    *words, (last, answer) = told
    assert {name for name, _ in words} == {"text"}
    assert len(words) > 1
    assert last == "done"
    assert "".join(text for _, text in words) == answer


async def test_the_web_handler_tells_a_refusal() -> None:
    with scripted_assistant(blocked_words=["bomb"]) as assistant:
        told = events(await ask(assistant, flat_mp4(), "A bomb?"))
    assert [name for name, _ in told] == ["refused", "done"]


async def test_the_web_handler_tells_that_a_file_is_no_clip() -> None:
    with scripted_assistant() as assistant:
        ((name, text),) = events(await ask(assistant, b"nonsense", "What is it?"))
    assert name == "error"
    assert "clip" in text or "bytes" in text


@pytest.mark.parametrize(("clip", "question"), [(None, "What?"), (b"clip", None)])
async def test_the_web_handler_says_what_is_missing(
    clip: bytes | None, question: str | None
) -> None:
    with scripted_assistant() as assistant:
        assert (await ask(assistant, clip, question)).status_code == 422


async def test_the_web_handler_refuses_large_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_handler, "LARGEST_CLIP", 10)
    with scripted_assistant() as assistant:
        assert (await ask(assistant, flat_mp4(), "What?")).status_code == 413


async def test_a_client_that_leaves_ends_the_turn() -> None:
    reasoner = ScriptedReasoner("word " * 400)
    with scripted_assistant(reasoner=reasoner) as assistant:
        async with aclosing(web_handler.answer(assistant, flat_mp4(), "What?")) as stream:
            async for _ in stream:
                break
    assert reasoner.closed == 1
