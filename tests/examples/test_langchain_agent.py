"""The agent of LangChain, on scripted parts and on the assistant that is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.messages import AIMessage
from tests.shipped import require_embedded_assistant

from examples import langchain_agent
from gpt4video.reasoning import Conversation
from gpt4video.testing import scripted_assistant
from gpt4video_tools.clips import ClipStore


def _says(asked: Conversation) -> str:
    wish = "ake" in asked.messages[-1].text
    return "Here: <video> a green star </video>" if wish else "A star."


def test_the_agent_makes_a_clip_looks_at_it_and_answers(tmp_path: Path) -> None:
    with scripted_assistant(_says) as assistant:
        messages = langchain_agent.run(assistant, ClipStore(tmp_path), langchain_agent.WISHES)
    told = list(langchain_agent.transcript(messages))
    assert [line.split()[0] for line in told] == [
        "user:", "assistant:", "calls", "tool:", "calls", "tool:", "assistant:",
        "user:", "assistant:",
    ]  # fmt: skip


@pytest.mark.timeout(300)
def test_the_shipped_assistant_is_the_brain_of_an_agent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    require_embedded_assistant()
    langchain_agent.main(["--clips", str(tmp_path)])
    told = capsys.readouterr().out
    (handle,) = ClipStore(tmp_path).handles()
    assert "  calls    generate_video(prompt='" in told
    assert f"It is at {handle}" in told
    assert f"  calls    ask_video(question='What is moving in it?', video='{handle}')" in told
    *_, question, answer = told.splitlines()
    assert question == f"user:      {langchain_agent.WISHES[-1]}"
    assert answer.startswith("assistant: ")
    assert "green" in answer
    assert "tool:      The green star is moving up." in told


def test_a_refusal_stands_in_the_transcript() -> None:
    refusal = AIMessage([{"type": "text", "text": "Well."}, {"type": "refusal", "refusal": "No."}])
    assert list(langchain_agent.transcript([refusal])) == ["assistant: Well.\n\nNo."]
