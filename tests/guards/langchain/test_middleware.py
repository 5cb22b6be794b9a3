"""Middleware for agents: what is judged, what stands in for what was blocked, and who hears."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.agents.structured_output import ProviderStrategy
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.tools import BaseTool, ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BaseModel
from tests.guards.doubles import CallGuard
from tests.guards.langchain.doubles import Answer, ChunkedModel, calling

from gpt4video.testing import ScriptedGenerator, ScriptedGuard, scripted_pipeline
from gpt4video.testing.guards import Fault
from gpt4video_guards import (
    Evidence,
    GuardPipeline,
    InvalidInputError,
    Judgement,
    Policy,
    TextSubject,
)
from gpt4video_guards.langchain import GuardMiddleware, ReadFrames
from gpt4video_guards.langchain.judging import GUARDS
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.langchain import VideoGenerationTool
from gpt4video_tools.video import read_clip

BAD = "vile"
CONFIG: Any = {"configurable": {"thread_id": "1"}}
RED = (200, 0, 0)


class Setup:
    """An agent with one middleware, its model and its guards."""

    def __init__(
        self,
        *answers: Answer,
        tools: Sequence[BaseTool] = (),
        read_frames: ReadFrames | None = None,
        others: Sequence[AgentMiddleware[Any, Any, Any]] = (),
        **options: Any,
    ) -> None:
        self.words = ScriptedGuard(words=[BAD])
        self.frames = ScriptedGuard(colours=[RED])
        self.pipeline = scripted_pipeline(text_guard=self.words, frames_guard=self.frames)
        self.model = ChunkedModel(answers=list(answers or [["fine"]]))
        self.saver = InMemorySaver()
        self.guard = GuardMiddleware(self.pipeline, read_frames=read_frames)
        self.agent: Any = create_agent(
            self.model,
            tools,
            middleware=[*others, self.guard],
            checkpointer=self.saver,
            **options,
        )

    def ask(self, *messages: AnyMessage | str) -> list[AnyMessage]:
        """All messages after a run."""
        given = [HumanMessage(m) if isinstance(m, str) else m for m in messages]
        found: list[AnyMessage] = self.agent.invoke({"messages": given}, CONFIG)["messages"]
        return found

    async def aask(self, *messages: AnyMessage | str) -> list[AnyMessage]:
        given = [HumanMessage(m) if isinstance(m, str) else m for m in messages]
        answer = await self.agent.ainvoke({"messages": given}, CONFIG)
        found: list[AnyMessage] = answer["messages"]
        return found


def texts(messages: Sequence[AnyMessage]) -> list[str]:
    return [str(message.text) for message in messages]


def assert_clean(*things: object) -> None:
    for thing in things:
        assert BAD not in repr(thing), thing


def test_an_agent_that_says_nothing_wrong_is_left_alone() -> None:
    setup = Setup(["Hello ", "there."])
    assert texts(setup.ask("hello")) == ["hello", "Hello there."]
    assert setup.words.texts == ["hello", "Hello there."]  # each once


@pytest.mark.parametrize("message", [HumanMessage(f"so {BAD}"), SystemMessage(f"be {BAD}")])
async def test_a_blocked_message_is_replaced_and_the_run_ends(message: AnyMessage) -> None:
    for ask in (Setup.ask, Setup.aask):
        setup = Setup()
        asked = message.model_copy(update={"id": "m1"})
        found: Any = ask(setup, asked)
        messages = await found if asyncio.iscoroutine(found) else found
        assert setup.model.asked == []
        assert messages[0].id == "m1"
        assert messages[0].content == "[removed]" and type(messages[0]) is type(message)
        assert messages[1].text.startswith("Sorry, I can't help with that request")
        assert messages[1].response_metadata[GUARDS]["stage"] == "input_text"
        assert_clean(setup.agent.get_state(CONFIG))
        assert texts(setup.ask("hello")) == [*texts(messages), "hello", "fine"]
        assert_clean(*setup.model.asked)


def test_with_durability_exit_no_checkpoint_has_a_blocked_message() -> None:
    """The framework writes its input down before any middleware runs, unless it is told not to."""
    setup = Setup()
    setup.agent.invoke({"messages": [HumanMessage(BAD)]}, CONFIG, durability="exit")
    assert len(list(setup.agent.get_state_history(CONFIG))) == 1
    assert_clean(setup.saver.storage, setup.saver.writes, setup.saver.blobs)


def test_the_agents_own_system_prompt_is_not_judged() -> None:
    setup = Setup(system_prompt=f"Say nothing {BAD}.")
    assert texts(setup.ask("hello"))[-1] == "fine"


def test_a_conversation_of_the_hosts_is_judged_and_what_is_old_is_no_reason_to_refuse() -> None:
    setup = Setup()
    messages = setup.ask(
        HumanMessage(BAD), AIMessage(f"{BAD}, yes"), HumanMessage("hello"), AIMessage("hi"), "and?"
    )
    assert texts(messages)[0] == "[removed]"
    assert texts(messages)[1].startswith("Sorry, I'd rather not")
    assert texts(messages)[2:] == ["hello", "hi", "and?", "fine"]
    assert_clean(*setup.model.asked)


def test_an_edited_message_is_judged_again() -> None:
    setup = Setup()
    messages = setup.ask("hello")
    edited = HumanMessage(BAD, id=messages[0].id)
    messages = setup.ask(edited, "and now?")
    assert texts(messages) == ["[removed]", "fine", "and now?", "fine"]


def test_harm_split_over_messages_or_blocks_is_judged_together() -> None:
    setup = Setup()
    setup.ask("vi")
    setup.words.words = ("vi\nle",)
    assert texts(setup.ask("le"))[-1].startswith("Sorry")
    blocks: Any
    for blocks in ([{"type": "text", "text": "vi"}, {"type": "text", "text": "le"}], ["vi", "le"]):
        for word in ("vi\nle", "vile"):
            setup = Setup()
            setup.words.words = (word,)
            assert texts(setup.ask(HumanMessage(content=blocks)))[0] == "[removed]"


def test_two_of_them_judge_one_agent() -> None:
    setup = Setup(["an ", "odd ", "answer"])
    odd = scripted_pipeline(text_guard=ScriptedGuard(words=["odd"]))
    pair = [GuardMiddleware(odd, name="other"), setup.guard]
    assert len({each.name for each in pair}) == 2
    for several in (pair, pair[::-1]):
        agent: Any = create_agent(setup.model, middleware=several)
        *chunks, last = agent.stream({"messages": "hello"}, stream_mode="messages")
        assert "odd" not in repr([*chunks, last])
        answer = agent.invoke({"messages": "hello"})["messages"][-1]
        assert answer.text.startswith("Sorry, I'd rather not") and answer.text.count("Sorry") == 1
        refused = agent.invoke({"messages": f"so {BAD}"})["messages"]
        assert_clean(refused)
    same = [GuardMiddleware(odd), GuardMiddleware(odd)]
    with pytest.raises(AssertionError, match="duplicate"):
        create_agent(setup.model, middleware=same)


class Shown(BaseModel):
    """An artifact of a tool."""

    title: str
    count: int = 1


def artifact_tool(content: Any, artifact: Any) -> BaseTool:
    @tool(response_format="content_and_artifact")
    def look(where: str) -> tuple[Any, Any]:
        """Look somewhere."""
        return content, artifact

    return look


CALL: Answer = ["I look. ", calling("look", where="there")]


@pytest.mark.parametrize(
    ("content", "artifact"),
    [
        (f"it is {BAD}", None),
        ([{"type": "text", "text": f"it is {BAD}"}], None),
        ("fine", {"deep": [{"down": f"it is {BAD}"}]}),
        ("fine", [Document(page_content=f"so {BAD} it is")]),
        ("fine", Shown(title=f"so {BAD} it is")),
        ("fine", object()),
        ("fine", b"bytes that nobody can read"),
        ("fine", {"uri": "file:///a.mp4", "mime_type": "video/mp4"}),
        ([{"type": "image", "base64": "AAAA", "mime_type": "image/png"}], None),
    ],
)
async def test_a_blocked_tool_result_is_withheld_and_the_agent_goes_on(
    content: Any, artifact: Any
) -> None:
    for is_async in (False, True):
        setup = Setup(CALL, ["I saw nothing."], tools=[artifact_tool(content, artifact)])
        if is_async:
            source = setup.agent.astream_events({"messages": "go"}, CONFIG, version="v2")
            events = [event async for event in source]
            assert any(event["event"] == "on_tool_end" for event in events)
            assert_clean(*events)
        else:
            events = list(setup.agent.stream({"messages": "go"}, CONFIG, stream_mode="updates"))
            assert_clean(*events)
        messages = setup.agent.get_state(CONFIG).values["messages"]
        assert [m.type for m in messages] == ["human", "ai", "tool", "ai"]
        result = messages[2]
        assert result.status == "error" and result.tool_call_id == "call_look"
        assert result.text.startswith("The tool's answer was withheld: its result")
        assert result.artifact["status"] == "blocked" and result.artifact["verdicts"]
        assert texts(messages)[-1] == "I saw nothing."
        assert_clean(setup.saver.storage, setup.saver.writes, setup.saver.blobs, setup.model.asked)


def test_a_tool_result_that_is_fine_comes_through_as_it_is() -> None:
    artifact = {"title": "fine", "documents": [Document(page_content="fine")], "n": 1}
    setup = Setup(CALL, ["I saw."], tools=[artifact_tool("it is there", artifact)])
    result = setup.ask("go")[2]
    assert isinstance(result, ToolMessage) and result.text == "it is there"
    assert result.artifact is artifact and result.status == "success"


@pytest.mark.parametrize("form", ["command", "message", "list", "odd command", "error"])
async def test_whatever_form_a_tools_answer_has_it_is_judged(form: str) -> None:
    @tool
    def look(where: str) -> Any:
        """Look somewhere."""
        message = ToolMessage(BAD, tool_call_id="call_look")
        human = HumanMessage(BAD, id="h")
        match form:
            case "command":
                return Command(update={"messages": [message, human]})
            case "odd command":
                return Command(update=[("messages", [message])])
            case "list":
                return [message, Command(update={"messages": [human]})]
            case "error":
                raise ToolException(BAD)
        return message

    look.handle_tool_error = True
    for is_async in (False, True):
        setup = Setup(CALL, ["I saw nothing."], tools=[look])
        if is_async:
            source = setup.agent.astream_events({"messages": "go"}, CONFIG, version="v2")
            assert_clean(*[event async for event in source])
        else:
            assert_clean(*setup.agent.stream({"messages": "go"}, CONFIG, stream_mode="updates"))
        assert_clean(setup.saver.storage, setup.saver.writes, setup.saver.blobs, setup.model.asked)
        result = setup.agent.get_state(CONFIG).values["messages"][2]
        assert "withheld" in result.text and result.artifact["status"] == "blocked"


@pytest.mark.parametrize("handled", [True, "it failed", lambda error: f"it failed: {error}"])
def test_an_error_that_a_tool_handles_is_told_as_without_the_guard(handled: Any) -> None:
    @tool
    def look(where: str) -> Any:
        """Look somewhere."""
        raise ToolException("no such place")

    look.handle_tool_error = handled
    messages = Setup(CALL, ["done"], tools=[look]).ask("go")
    bare: Any = create_agent(ChunkedModel(answers=[CALL, ["done"]]), [look])
    alone = bare.invoke({"messages": "go"})["messages"]
    shown = {"content", "status", "name", "tool_call_id", "artifact"}
    assert messages[2].model_dump(include=shown) == alone[2].model_dump(include=shown)
    look.handle_tool_error = False
    with pytest.raises(ToolException, match="no such place"):
        Setup(CALL, tools=[look]).ask("go")


class Edits(AgentMiddleware[AgentState[Any], Any, Any]):
    """As a person in the loop would: another argument for each call."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        last = state["messages"][-1]
        assert isinstance(last, AIMessage)
        calls = [{**call, "args": {"where": self.where}} for call in last.tool_calls]
        return {"messages": [last.model_copy(update={"tool_calls": calls})]}


async def test_a_tool_whose_argument_is_blocked_does_not_run() -> None:
    ran: list[str] = []

    @tool
    def look(where: str) -> str:
        """Look somewhere."""
        ran.append(where)
        return "seen"

    for ask in (Setup.ask, Setup.aask):
        setup = Setup(CALL, tools=[look], others=[Edits(f"at {BAD}")])
        found: Any = ask(setup, "go")
        messages = await found if asyncio.iscoroutine(found) else found
        assert ran == []
        assert [message.type for message in messages] == ["human", "ai"]
        assert messages[1].text.startswith("Sorry") and messages[1].tool_calls == []
        assert_clean(messages)
    Setup(CALL, ["done"], tools=[look], others=[Edits("elsewhere")]).ask("go")
    assert ran == ["elsewhere"]


def test_the_prompt_of_a_generation_tool_is_judged_as_one() -> None:
    @tool
    def generate_video(prompt: str, seed: int) -> str:
        """Make a video."""
        return "made"

    setup = Setup(
        [calling("generate_video", prompt="a star", seed=1)], ["done"], tools=[generate_video]
    )
    setup.ask("make one")
    prompts = [s for s in setup.words.seen if isinstance(s, TextSubject) and s.text == "a star"]
    assert [prompt.kind for prompt in prompts] == ["t2v_prompt"]


@pytest.mark.parametrize("policy", ["standard", "strict"])
def test_our_generation_tool_works_under_it_and_its_clip_is_read_once(
    policy: str, tmp_path: Path
) -> None:
    pipeline = GuardPipeline.from_policy(policy, guards={"frames": ScriptedGuard()})
    store = ClipStore(tmp_path)
    make = VideoGenerationTool(generator=ScriptedGenerator(), pipeline=pipeline, store=store)
    read: list[str] = []

    def read_frames(block: Mapping[str, Any]) -> Any:
        read.append(block["uri"])
        with store.fetch(block["uri"]) as path:
            clip = read_clip(path, num_frames=8)
        return clip.frames, clip.times

    call = calling(make.name, prompt="a large green star moving up")
    guard = GuardMiddleware(pipeline, read_frames=read_frames)
    model = ChunkedModel(answers=[[call], ["Here it is."]])
    agent: Any = create_agent(model, [make], middleware=[guard])
    messages = agent.invoke({"messages": "Make a video of a green star."})["messages"]
    assert texts(messages)[-1] == "Here it is."
    assert messages[2].artifact["status"] == "ready"
    assert read == [messages[2].artifact["uri"]]


CLIP = {"type": "video", "url": "https://a.example/clip.mp4"}


def read_flat(colour: tuple[int, int, int]) -> ReadFrames:
    def read(block: Mapping[str, Any]) -> tuple[Any, Sequence[float]]:
        read_blocks.append(block)
        return np.full((2, 8, 8, 3), colour, dtype=np.uint8), (0.0, 0.5)

    return read


read_blocks: list[Mapping[str, Any]] = []


@pytest.mark.parametrize(
    "block",
    [
        CLIP,
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://a/clip.mp4"}}}},
        {"type": "video_url", "video_url": {"url": "https://a.example/clip.mp4"}},
        {"type": "file", "base64": "AAAA", "mime_type": "video/mp4"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ],
)
def test_what_a_block_shows_is_judged_once(block: dict[str, Any]) -> None:
    def say(*blocks: dict[str, Any]) -> HumanMessage:
        return HumanMessage(content=[{"type": "text", "text": "what is it?"}, *blocks])

    setup = Setup(read_frames=read_flat((0, 0, 200)))
    read_blocks.clear()
    assert texts(setup.ask(say(block)))[-1] == "fine"
    assert texts(setup.ask("and now?"))[-1] == "fine"
    assert read_blocks == [block] and len(setup.frames.frames) == 1
    assert not any("AAAA" in text or "clip.mp4" in text for text in setup.words.texts)
    setup = Setup(read_frames=read_flat(RED))
    messages = setup.ask(say(block))
    assert messages[0].content == "[removed]"
    assert texts(messages)[-1].startswith("Sorry, I can't talk about this clip")
    assert setup.model.asked == []


def test_a_block_that_langchain_rewrites_for_each_call_is_judged_once_in_each_form() -> None:
    file = {"filename": "a.mp4", "file_data": "data:video/mp4;base64,AAAA"}
    setup = Setup(read_frames=read_flat((0, 0, 200)))
    read_blocks.clear()
    setup.ask(HumanMessage(content=[{"type": "file", "file": file}]))
    for _ in range(3):
        setup.ask("and now?")
    assert len(read_blocks) == 2


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video", "uri": "file:///harmless.mp4", "url": "file:///other.mp4"},
        {"type": "video_url", "video_url": {"url": "file:///a.mp4", "base64": "AAAA"}},
        {"type": "video", "url": "file:///a.mp4", "video": {"url": "file:///b.mp4"}},
    ],
)
def test_a_block_with_two_clips_is_blocked_since_the_model_may_see_the_other(block: Any) -> None:
    setup = Setup(read_frames=read_flat((0, 0, 200)))
    assert setup.ask(HumanMessage(content=[block]))[0].content == "[removed]"
    assert setup.model.asked == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "video", "source": {"type": "text"}, "base64": "AAAA"},
        {"type": "document", "source": {"type": "text", "data": "words"}, "base64": "AAAA"},
        {"type": "VIDEO", "url": "https://a.example/clip.mp4"},
        {"type": "anything", "video": "https://a.example/clip.mp4"},
        {"type": "text", "text": "hello", "image_url": {"url": "https://a.example/a.png"}},
        {"inline_data": {"mime_type": "video/mp4", "data": "AAAA"}},
    ],
)
def test_whatever_could_show_something_is_taken_for_media(block: Any) -> None:
    setup = Setup()
    assert setup.ask(HumanMessage(content=[block]))[0].content == "[removed]"
    assert setup.model.asked == []


def test_a_document_of_words_is_judged_as_words() -> None:
    def document(text: str) -> HumanMessage:
        source = {"type": "text", "media_type": "text/plain", "data": text}
        return HumanMessage(content=[{"type": "document", "source": source}])

    setup = Setup()
    assert texts(setup.ask(document("a quiet day")))[-1] == "fine"
    assert "a quiet day" in setup.words.texts
    assert texts(setup.ask(document(f"a {BAD} day")))[-1].startswith("Sorry")


@pytest.mark.parametrize(
    "beside", [{"note": f"so {BAD}"}, {"response_metadata": {"a": f"b {BAD}"}}]
)
def test_what_hangs_on_a_message_in_other_fields_is_judged_and_goes_with_it(beside: Any) -> None:
    setup = Setup()
    messages = setup.ask(HumanMessage("hello", id="m1", **beside))
    assert messages[0].content == "[removed]" and setup.model.asked == []
    assert_clean(messages)


def broken(block: Mapping[str, Any]) -> Any:
    raise OSError("no such file")


@pytest.mark.parametrize("read_frames", [None, broken, lambda block: None, lambda block: ([], ())])
@pytest.mark.parametrize("block", [CLIP, {"type": "audio", "base64": "AA"}, {"type": "file"}])
def test_a_block_that_nobody_can_read_is_blocked(block: dict[str, Any], read_frames: Any) -> None:
    setup = Setup(read_frames=read_frames)
    messages = setup.ask(HumanMessage(content=[block]))
    assert messages[0].content == "[removed]"
    assert texts(messages)[-1].startswith("Sorry, I could not check this clip")
    assert setup.model.asked == []


@pytest.mark.parametrize("fault", ["raises", "hangs", "nonsense"])
@pytest.mark.parametrize("where", ["question", "reply", "arguments", "result"])
async def test_a_guard_that_fails_blocks(fault: Fault, where: str) -> None:
    ran: list[str] = []

    @tool
    def look(where: str) -> str:
        """Look somewhere."""
        ran.append(where)
        return "result"

    class Failing(ScriptedGuard):
        """Fails at one text, and judges all others."""

        def judge(self, subjects: Any) -> list[Judgement]:
            self.fault = fault if any(where in s.text for s in subjects) else None
            return super().judge(subjects)

    guard = Failing()
    pipeline = scripted_pipeline(text_guard=guard, timeout=0.2)
    answers: list[Answer] = [[calling("look", where="arguments")], ["a reply"]]
    for is_async in (False, True):
        ran.clear()
        model = ChunkedModel(answers=answers)
        agent: Any = create_agent(model, [look], middleware=[GuardMiddleware(pipeline)])
        asked: Any = {"messages": "a question"}
        messages = (await agent.ainvoke(asked) if is_async else agent.invoke(asked))["messages"]
        if where == "result":
            assert ran and "could not be judged" in messages[2].text
            assert messages[-1].text == "a reply"
        else:
            assert messages[-1].text.startswith("Sorry, I could not check")
            assert ran == (["arguments"] if where == "reply" else [])
            assert where not in repr([m.content for m in messages[1:]])
    guard.release()


def test_a_guard_that_fails_at_what_was_said_long_ago_costs_an_answer_not_the_conversation() -> (
    None
):
    guard = ScriptedGuard(fault="raises")
    pipeline = scripted_pipeline(text_guard=guard)
    model = ChunkedModel(answers=[["fine"]])
    agent: Any = create_agent(model, middleware=[GuardMiddleware(pipeline)])
    said: list[AnyMessage] = [HumanMessage("hello"), AIMessage("hi"), HumanMessage("and now?")]
    messages = agent.invoke({"messages": said})["messages"]
    assert texts(messages)[:3] == ["hello", "hi", "[removed]"] and model.asked == []
    assert messages[-1].text.startswith("Sorry, I could not check")
    guard.fault = None
    assert texts(agent.invoke({"messages": said})["messages"]) == [*texts(said), "fine"]


def redacting() -> GuardPipeline:
    """Takes the name joe out of whatever is said."""

    def find(subjects: Any) -> list[Judgement]:
        return [
            Judgement(scores={"name": 1.0}, evidence=(Evidence(span=(at, at + 3)),))
            if (at := subject.text.find("joe")) >= 0
            else Judgement(scores={"name": 0.0})
            for subject in subjects
        ]

    rule = {"guard": "g", "thresholds": {"name": 0.5}, "action": "redact"}
    policy = {
        "name": "redacting",
        "guards": {"g": {"provider": "host", "judges": "text"}},
        "stages": {stage: [rule] for stage in ("input_text", "output_text", "video_prompt")},
    }
    return GuardPipeline(Policy.model_validate(policy), {"g": CallGuard(find)})


async def test_what_is_redacted_is_taken_out_in_place() -> None:
    ran: list[str] = []

    @tool(response_format="content_and_artifact")
    def look(where: str) -> tuple[str, dict[str, str]]:
        """Look somewhere."""
        ran.append(where)
        return "there is joe", {"who": "it is joe"}

    call = calling("look", where="at joe's")
    for is_async in (False, True):
        ran.clear()
        model = ChunkedModel(answers=[["I ask joe ", call], ["It ", "is ", "jo", "e"]])
        agent: Any = create_agent(model, [look], middleware=[GuardMiddleware(redacting())])
        asked: Any = {"messages": [HumanMessage(content=["I am ", "joe"], id="m1")]}
        messages = (await agent.ainvoke(asked) if is_async else agent.invoke(asked))["messages"]
        assert "joe" not in repr((messages, model.asked))
        assert messages[0].id == "m1" and messages[0].content == ["I am ", "[removed]"]
        assert ran == ["at [removed]'s"]
        assert messages[2].text == "there is [removed]"
        assert messages[2].artifact == {"who": "it is [removed]"}
        assert messages[3].text == "It is [removed]"
        model.asked.clear()
        told = list(agent.stream(asked, stream_mode="messages"))
        assert "joe" not in repr(told)


def test_redaction_in_a_value_that_cannot_be_changed_blocks() -> None:
    look = artifact_tool("fine", Shown(title="it is joe"))
    model = ChunkedModel(answers=[CALL, ["done"]])
    agent: Any = create_agent(model, [look], middleware=[GuardMiddleware(redacting())])
    result = agent.invoke({"messages": "go"})["messages"][2]
    assert result.status == "error" and "joe" not in repr(result)


class Joke(BaseModel):
    """A joke."""

    text: str


def test_a_refusal_in_place_of_structured_output_is_an_answer_not_an_error() -> None:
    for words, shown in (('{"text": "fun"}', Joke(text="fun")), (f'{{"text": "{BAD}"}}', None)):
        setup = Setup([words], response_format=ProviderStrategy(Joke))
        found = setup.agent.invoke({"messages": "a joke"}, CONFIG)
        assert found.get("structured_response") == shown
        assert texts(found["messages"])[-1].startswith("Sorry") is (shown is None)
        assert_clean(found)


def test_a_model_that_was_put_in_place_of_the_guarded_one_is_noted_and_its_answer_judged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Swaps(AgentMiddleware[AgentState[Any], Any, Any]):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            return handler(request.override(model=ChunkedModel(answers=[[BAD]])))

    guard = GuardMiddleware(scripted_pipeline(text_guard=ScriptedGuard(words=[BAD])))
    agent: Any
    for several, noted in (([guard, Swaps()], True), ([Swaps(), guard], False)):
        caplog.clear()
        saver = InMemorySaver()
        agent = create_agent(ChunkedModel(), middleware=several, checkpointer=saver)
        assert_clean(agent.invoke({"messages": "hello"}, CONFIG))
        assert_clean(saver.storage, saver.writes, saver.blobs)
        assert ("list 'GuardMiddleware[scripted]' last" in caplog.text) is noted


@pytest.mark.parametrize("report", [{"a": 1}, "text", {"refusal": f"so {BAD}"}, {"refusal": 3}])
def test_a_model_that_writes_a_refusals_mark_is_no_exception_and_gets_nothing_through(
    report: Any,
) -> None:
    said = AIMessageChunk(content="fine", response_metadata={GUARDS: report})
    messages = Setup(["so ", said]).ask("hello")
    assert_clean(messages)
    assert (messages[-1].text == "so fine") is (BAD not in str(report))


def test_messages_that_another_middleware_adds_at_the_end_are_judged() -> None:
    class Adds(AgentMiddleware[AgentState[Any], Any, Any]):
        def after_agent(
            self, state: AgentState[Any], runtime: Runtime[Any]
        ) -> dict[str, Any] | None:
            return {"messages": [AIMessage(BAD), RemoveMessage(id=str(state["messages"][0].id))]}

    guard = GuardMiddleware(scripted_pipeline(text_guard=ScriptedGuard(words=[BAD])))
    agent: Any = create_agent(ChunkedModel(answers=[["fine"]]), middleware=[guard, Adds()])
    messages = agent.invoke({"messages": "hello"})["messages"]
    assert [message.type for message in messages] == ["ai", "ai"]
    assert_clean(messages)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="window"):
        GuardMiddleware(scripted_pipeline(), window=0)
    assert GuardMiddleware("standard").name == "GuardMiddleware[standard]"


def test_without_langchain_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['langchain'] = None\n"
        "from gpt4video_guards.langchain import guarded\n"
        "try:\n    from gpt4video_guards.langchain import GuardMiddleware\n"
        "except ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "pip install 'gpt4video[agents]'" in done.stdout
