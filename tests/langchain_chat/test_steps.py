"""The rules by which tools are called."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from gpt4video.langchain._dialogue import Tools, digests, folded, read_dialogue
from gpt4video.langchain._steps import (
    Ask,
    Repeat,
    Step,
    Think,
    next_step,
    request_and_questions,
)

TOOLS = Tools(make="make", ask="look")
CLIP = "file:///clips/1.mp4"


@pytest.mark.parametrize(
    ("words", "request_", "questions"),
    [
        ("Make a star. What colour is it?", "Make a star.", "What colour is it?"),
        ("Can you make a star? Is it red?", "Can you make a star?", "Is it red?"),
        ("Hello! Please draw a star.\nIs it red? Is it big?", "Hello! Please draw a star.",
         "Is it red? Is it big?"),
        ("Make a star.", "Make a star.", ""),
        ("Can you make a star?", "Can you make a star?", ""),
        ("Make a star. It should be red.", "Make a star. It should be red.", ""),
        ("I like stars. Do you?", "I like stars. Do you?", ""),
        ("", "", ""),
    ],
)  # fmt: skip
def test_questions_after_a_request_are_told_from_it(
    words: str, request_: str, questions: str
) -> None:
    assert request_and_questions(words) == (request_, questions)


def _call(name: str, **arguments: str) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": name}])


def _result(name: str, text: str) -> ToolMessage:
    return ToolMessage(text, tool_call_id=name)


MADE = [_call("make", prompt="a star"), _result("make", f"Made. It is at {CLIP}")]
SEEN = [_call("look", question="Is it red?", video=CLIP), _result("look", "Yes.")]
SHOWN = HumanMessage(["Is it", f"{CLIP}?", {"type": "video", "url": CLIP}])

NONE = Tools()


@pytest.mark.parametrize(
    ("messages", "tools", "step"),
    [
        ([HumanMessage("Hello")], TOOLS, Think()),
        ([HumanMessage("Make a star. Is it red?")], TOOLS, Think(words="Make a star.")),
        ([HumanMessage("Make a star. Is it red?")], Tools(make="make"), Think()),
        ([HumanMessage("Make a star. Is it red?"), *MADE], TOOLS,
         Ask(words="Is it red?", address=CLIP)),
        ([HumanMessage("Make a star. Is it red?"), *MADE, *SEEN], TOOLS, Repeat(text="Yes.")),
        ([HumanMessage("Make a star."), *MADE], TOOLS, Repeat(text=f"Made. It is at {CLIP}")),
        ([HumanMessage("Make a star. Is it red?"), MADE[0], _result("make", "No video was made.")],
         TOOLS, Repeat(text="No video was made.")),
        ([HumanMessage(f"Is it red in {CLIP}?")], TOOLS,
         Ask(words=f"Is it red in {CLIP}?", address=CLIP)),
        ([HumanMessage(f"Is it red in {CLIP}?")], NONE, Think()),
        ([SHOWN], TOOLS, Think()),
        ([HumanMessage("Hello"), _call("other"), _result("other", "rain")], TOOLS, Think()),
        ([HumanMessage("A star."), *MADE, AIMessage("Done."), HumanMessage("And it?")],
         Tools(make="make", ask="look", forced="ask"), Ask(words="And it?", address=CLIP)),
        ([HumanMessage("And it?")], Tools(make="make", ask="look", forced="ask"), Think()),
        ([HumanMessage(f"Like {CLIP}")], Tools(make="make", ask="look", forced="make"), Think()),
    ],
)  # fmt: skip
def test_the_next_step(messages: list[HumanMessage], tools: Tools, step: Step) -> None:
    assert next_step(read_dialogue(messages, tools), tools) == step


def test_an_agents_loop_is_folded_into_what_the_assistant_would_remember() -> None:
    messages = [
        HumanMessage("Make a star. Is it red?"),
        *MADE,
        *SEEN,
        AIMessage("Yes."),
        HumanMessage("And big?"),
    ]
    dialogue = read_dialogue(messages, TOOLS)
    first, second = dialogue.past
    assert first.answer == "<video> a star </video>"
    assert [asked.text for asked in second.asked] == ["Is it red?"]
    assert (second.brought, second.answer) == ((CLIP,), "Yes.")
    assert [asked.text for asked in dialogue.open.asked] == ["And big?"]


def test_an_answer_is_the_same_history_whether_just_given_or_come_back() -> None:
    asked = HumanMessage("Make a star.")
    given = folded([asked, MADE[0]], TOOLS)
    came_back = read_dialogue([asked, *MADE, AIMessage("Fine."), HumanMessage("?")], TOOLS).past
    assert digests(given) != digests(came_back)  # another brain's closing words are words
    quiet = read_dialogue([asked, *MADE, HumanMessage("?")], TOOLS)
    assert digests(given) == digests(quiet.past)
    assert quiet.open.brought == (CLIP,)


def test_the_artifact_names_the_clip_before_the_text_does() -> None:
    made = ToolMessage("It is at /x/2.mp4", tool_call_id="make", artifact={"uri": CLIP})
    dialogue = read_dialogue([HumanMessage("A star."), MADE[0], made], TOOLS)
    assert dialogue.outcomes[0].clips == (CLIP,)
    failed = ToolMessage("It is at /x/2.mp4", tool_call_id="make", status="error")
    assert not read_dialogue([HumanMessage("A star."), MADE[0], failed], TOOLS).outcomes[0].clips


def test_other_tools_texts_open_nothing() -> None:
    other = _result("other", f"See {CLIP}")
    dialogue = read_dialogue([HumanMessage("Find one."), _call("other"), other], TOOLS)
    assert not dialogue.outcomes[0].clips
