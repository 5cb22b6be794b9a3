from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gpt4video.cli._chat import split_paths
from gpt4video.reasoning import Conversation
from gpt4video.testing import ScriptedReasoner

Invoke = Callable[..., Result]
Scripted = Callable[..., list[dict[str, Any]]]


def test_turns_remember_each_other_until_the_end_of_the_input(
    gpt4video: Invoke, scripted: Scripted
) -> None:
    reasoner = ScriptedReasoner(["Hello.", "You greeted me."])
    scripted(reasoner=reasoner)
    result = gpt4video("chat", input="hi\nwhat did I do?\n")
    assert result.exit_code == 0
    assert "Hello." in result.stdout
    assert "You greeted me." in result.stdout
    assert [message.text for message in reasoner.conversations[-1].messages] == [
        "hi",
        "Hello.",
        "what did I do?",
    ]


def test_clips_of_the_call_are_shown_with_the_first_words(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    reasoner = ScriptedReasoner()
    scripted(reasoner=reasoner)
    gpt4video("chat", clip, input="look\nand now?\n/quit\nnot read\n")
    counts = [len(each.messages[-1].clips) for each in reasoner.conversations]
    assert counts == [1, 0]


def test_a_path_in_the_words_shows_the_clip(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    reasoner = ScriptedReasoner()
    scripted(reasoner=reasoner)
    result = gpt4video("chat", input=f"what moves in {clip} ?\n/clips\n")
    (conversation,) = reasoner.conversations
    assert conversation.messages[-1].text == "what moves in ?"
    assert "video 1: 4 frames of 64 x 64" in result.stdout


def test_a_path_alone_asks_for_a_description(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    reasoner = ScriptedReasoner()
    scripted(reasoner=reasoner)
    gpt4video("chat", input=f"{clip}\n")
    assert reasoner.conversations[0].messages[-1].text == "Describe the clip."


def test_reset_forgets_everything(gpt4video: Invoke, scripted: Scripted) -> None:
    reasoner = ScriptedReasoner()
    scripted(reasoner=reasoner)
    gpt4video("chat", input="one\n/reset\ntwo\n")
    assert len(reasoner.conversations[-1].messages) == 1


def test_a_made_clip_is_named_and_a_refusal_is_told(
    gpt4video: Invoke, scripted: Scripted, tmp_path: Path
) -> None:
    scripted("Here: <video> a [red] star </video>", blocked_words=["bomb"])
    result = gpt4video("chat", "--output-dir", tmp_path, input="make one\nnow a bomb\n")
    (made,) = tmp_path.glob("*.mp4")
    assert str(made) in result.stdout
    assert "Sorry, I can't help with that request" in result.stdout


def test_what_was_shown_before_a_refusal_stays_on_a_line_of_its_own(
    gpt4video: Invoke, scripted: Scripted
) -> None:
    scripted("fine words " * 60 + "bomb", blocked_words=["bomb"])
    result = gpt4video("chat", input="talk\n")
    assert "\nSorry, I'd rather not give the answer I had in mind" in result.stdout
    assert "bomb" not in result.stdout


def test_a_turn_that_fails_is_one_line_and_its_clip_is_shown_again(
    gpt4video: Invoke, scripted: Scripted, clip: Path
) -> None:
    reasoner = ScriptedReasoner()
    scripted(reasoner=reasoner)
    broken = clip.with_name("broken.mp4")
    broken.write_bytes(b"nothing")
    result = gpt4video("chat", clip, input=f"{broken}\nhello\n")
    assert result.exit_code == 0
    assert "error: " in result.stderr
    assert len(reasoner.conversations[-1].messages[-1].clips) == 1


def test_an_interrupt_stops_the_turn_and_not_the_conversation(
    gpt4video: Invoke, scripted: Scripted
) -> None:
    def answer(conversation: Conversation) -> str | Iterator[str]:
        return _interrupted() if conversation.messages[-1].text == "one" else "Two."

    scripted(answer)
    result = gpt4video("chat", input="one\ntwo\n")
    assert "the turn was stopped" in result.stderr
    assert "Two." in result.stdout


def _interrupted() -> Iterator[str]:
    yield "On"
    raise KeyboardInterrupt


@pytest.mark.parametrize("mark", ["", '"', "'"])
def test_paths_are_found_bare_and_quoted(tmp_path: Path, mark: str) -> None:
    name = "a clip.mov" if mark else "clip.MOV"
    path = tmp_path / name
    path.touch()
    assert split_paths(f"see {mark}{path}{mark} now") == ("see now", [path])


def test_words_that_only_look_like_a_path_stay_words() -> None:
    assert split_paths("what is absent.mp4?") == ("what is absent.mp4?", [])
