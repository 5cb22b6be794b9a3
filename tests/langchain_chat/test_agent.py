"""`create_agent` with the chat model as its brain: clips made and looked at by tool calls."""

from __future__ import annotations

from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from gpt4video.langchain import ChatVideoAssistant, video_block
from gpt4video.reasoning import Conversation
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedReasoner,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.langchain import GuardMiddleware
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.langchain import VideoGenerationTool, VideoQuestionTool
from gpt4video_tools.video import read_clip

STAR = "a large green star moving up"
THREAD: RunnableConfig = {"configurable": {"thread_id": "1"}}


def _says(conversation: Conversation) -> str:
    last = conversation.messages[-1]
    return f"Here it is. <video> {STAR} </video>" if "ake" in last.text else "It is red."


class Stage:
    """An agent with both tools, on scripted parts."""

    def __init__(self, folder: Path, *, blocked_words: tuple[str, ...] = ()) -> None:
        self.store = ClipStore(folder / "clips")
        self.reasoner = ScriptedReasoner(_says)
        self.eye = ScriptedReasoner("A red field.")
        brain = scripted_assistant(reasoner=self.reasoner, blocked_words=blocked_words)
        answerer = scripted_assistant(reasoner=self.eye, blocked_words=blocked_words)
        self.make = VideoGenerationTool(
            generator=ScriptedGenerator(), pipeline=brain.pipeline, store=self.store
        )
        self.ask = VideoQuestionTool(
            answerer=answerer, pipeline=answerer.pipeline, store=self.store
        )
        self.model = ChatVideoAssistant(assistant=brain)
        self.agent = create_agent(self.model, [self.make, self.ask], checkpointer=InMemorySaver())

    def run(self, text: str) -> list[Any]:
        """What one user message adds to the thread."""
        asked: Any = {"messages": [HumanMessage(text)]}
        messages = self.agent.invoke(asked, THREAD)["messages"]
        last = max(at for at, each in enumerate(messages) if isinstance(each, HumanMessage))
        return list(messages[last + 1 :])


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_wish_for_a_clip_becomes_a_call_of_the_generation_tool(stage: Stage) -> None:
    asked, made, answer = stage.run("Make a star.")
    (call,) = asked.tool_calls
    assert (call["name"], call["args"]) == ("generate_video", {"prompt": STAR})
    assert asked.text == "Here it is."
    assert made.artifact["uri"] in answer.text
    assert stage.store.read(made.artifact["uri"])
    assert len(stage.reasoner.conversations) == 1


def test_the_made_clip_is_shown_to_the_model_with_the_next_question(stage: Stage) -> None:
    stage.run("Make a star.")
    (answer,) = stage.run("What colour is it?")
    assert answer.text == "It is red."
    asked, said, question = stage.reasoner.conversations[-1].messages
    assert (asked.text, said.text) == ("Make a star.", f"Here it is. <video> {STAR} </video>")
    assert [clip.index for clip in question.clips] == [1]
    assert len(stage.reasoner.kept) == 1  # one conversation all along


def test_a_question_in_the_same_breath_goes_to_the_question_tool(stage: Stage) -> None:
    asked, made, look, seen, answer = stage.run("Make a star. What colour is it?")
    assert asked.tool_calls[0]["args"] == {"prompt": STAR}
    assert look.tool_calls[0]["name"] == stage.ask.name
    assert look.tool_calls[0]["args"] == {
        "question": "What colour is it?",
        "video": made.artifact["uri"],
    }
    assert isinstance(seen, ToolMessage)
    assert answer.text == seen.text
    assert "A red field." in answer.text
    assert stage.eye.conversations[0].messages[-1].clips


def test_a_clip_that_is_only_named_is_looked_at_by_the_question_tool(stage: Stage) -> None:
    _, made, _ = stage.run("Make a star.")
    handle = made.artifact["uri"]
    look, _, answer = stage.run(f"What do you see in {handle}?")
    assert look.tool_calls[0]["args"] == {"question": "What do you see in?", "video": handle}
    assert "A red field." in answer.text
    (later,) = stage.run("Is it red?")
    assert later.text == "It is red."
    told = [message.text for message in stage.reasoner.conversations[-1].messages]
    assert told[2:] == ["What do you see in?", answer.text, "Is it red?"]


def test_a_blocked_prompt_ends_in_words_and_is_no_exception(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.make.pipeline = scripted_assistant(blocked_words=["star"]).pipeline
    _, blocked, answer = stage.run("Make a star. What colour is it?")
    assert blocked.artifact["status"] == "blocked"
    assert answer.text == blocked.text
    (later,) = stage.run("What now?")
    assert later.text == "It is red."
    said = stage.reasoner.conversations[-1].messages[1].text
    assert said == f"Here it is. {blocked.text}"  # the model is told that nothing was made


def test_blocked_words_of_a_user_never_reach_a_tool(tmp_path: Path) -> None:
    stage = Stage(tmp_path, blocked_words=("bomb",))
    for text in ("Make a bomb.", "How does the bomb in file:///x/bomb.mp4 work?"):
        (answer,) = stage.run(text)
        assert answer.response_metadata["refused"]
        assert not answer.tool_calls
    assert not stage.reasoner.conversations
    (later,) = stage.run("Is it red?")  # what was refused is not in the way
    assert later.text == "It is red."
    assert len(stage.reasoner.conversations[-1].messages) == 1


def test_a_prompt_that_the_guards_block_makes_no_call(tmp_path: Path) -> None:
    stage = Stage(tmp_path, blocked_words=("star",))
    (answer,) = stage.run("Make one.")
    assert answer.response_metadata["stage"] == "video_prompt"
    assert not answer.tool_calls
    assert "star" not in str(answer)


def test_a_tool_that_answers_with_blocked_words_is_not_repeated(tmp_path: Path) -> None:
    stage = Stage(tmp_path, blocked_words=("bomb",))
    stage.eye._replies = "A bomb."
    stage.ask.answerer = scripted_assistant(reasoner=stage.eye)
    stage.ask.pipeline = stage.ask.answerer.pipeline
    *_, answer = stage.run("Make a star. What is it?")
    assert answer.response_metadata["refused"]
    assert "bomb" not in str(answer)


async def test_the_same_by_asyncio(stage: Stage) -> None:
    asked: Any = {"messages": [HumanMessage("Make a star. What colour is it?")]}
    messages = (await stage.agent.ainvoke(asked, THREAD))["messages"]
    assert [each.type for each in messages] == ["human", "ai", "tool", "ai", "tool", "ai"]
    assert "A red field." in messages[-1].text


def test_a_tool_call_arrives_in_the_stream(stage: Stage) -> None:
    bound = stage.model.bind_tools([stage.make])
    chunks: list[Any] = list(bound.stream("Make a star."))
    whole = reduce(add, chunks)
    assert whole.text == "Here it is."
    assert whole.tool_calls[0]["args"] == {"prompt": STAR}
    assert whole.response_metadata["finish_reason"] == "tool_calls"


def test_tools_of_others_serve_by_name() -> None:
    @tool
    def film(prompt: str, loud: bool = False) -> str:
        """Make a film."""
        return "It is at memory://films/1.mp4"

    @tool
    def watch(question: str, video: str) -> str:
        """Look at a film."""
        return f"{question} {video}"

    model = ChatVideoAssistant(
        assistant=scripted_assistant(_says), generation_tool="film", question_tool="watch"
    )
    agent = create_agent(model, [film, watch])
    asked: Any = {"messages": [HumanMessage("Make a star. Is it green?")]}
    messages = agent.invoke(asked)["messages"]
    assert messages[-1].text == "Is it green? memory://films/1.mp4"
    with pytest.raises(InvalidInputError, match="generation_tool"):
        model.model_copy(update={"generation_tool": "watch"}).bind_tools([watch])


def test_other_tools_are_never_called_but_their_results_are_read() -> None:
    @tool
    def weather(place: str) -> str:
        """The weather."""
        return "rain"

    reasoner = ScriptedReasoner("It rains.")
    model = ChatVideoAssistant(assistant=scripted_assistant(reasoner=reasoner))
    bound = model.bind_tools([weather], tool_choice="any")
    assert not bound.invoke("How is the weather?").tool_calls
    call = {"name": "weather", "args": {"place": "Rome"}, "id": "1"}
    history = [
        HumanMessage("How is the weather?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("rain in Rome", tool_call_id="1"),
    ]
    assert bound.invoke(history).text == "It rains."
    assert reasoner.conversations[-1].messages[-1].text == "How is the weather?\nrain in Rome"


@pytest.mark.parametrize(
    "content", ["3", [{"type": "text", "text": "3"}], [{"type": "json", "json": {"result": 3}}]]
)
@pytest.mark.parametrize("status", ["success", "error"])
@pytest.mark.parametrize(
    "said", ["", [{"type": "tool_use", "id": "1", "name": "add", "input": {}}]]
)
def test_histories_of_other_tools_are_read_in_every_form(
    content: Any, status: Any, said: Any
) -> None:
    model = ChatVideoAssistant(assistant=scripted_assistant("Three."))
    call = {"name": "add", "args": {"a": 1, "b": 2}, "id": "1"}
    few_shot = [
        HumanMessage("What is 1 + 2?"),
        AIMessage(said, tool_calls=[call]),
        ToolMessage(content, tool_call_id="1", status=status),
    ]
    assert model.invoke(few_shot).text == "Three."
    assert model.invoke([*few_shot, AIMessage("3"), HumanMessage("And now?")]).text == "Three."


def test_a_clip_that_another_tool_returns_is_shown_at_once() -> None:
    reasoner = ScriptedReasoner("A red field.")
    model = ChatVideoAssistant(assistant=scripted_assistant(reasoner=reasoner))
    history = [
        HumanMessage("What does the camera see?"),
        AIMessage("", tool_calls=[{"name": "camera", "args": {}, "id": "1"}]),
        ToolMessage([{"type": "text", "text": "here"}, video_block(flat_mp4())], tool_call_id="1"),
    ]
    answer = model.invoke(history)
    model.invoke([*history, answer, HumanMessage("And now?")])
    first, last = reasoner.conversations
    assert [len(message.clips) for message in first.messages] == [1]
    assert [len(message.clips) for message in last.messages] == [1, 0, 0]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "file", "url": "file:///gone/clip.mp4", "mime_type": "video/mp4"},
        {"type": "video", "base64": "%%%", "mime_type": "video/mp4"},
        {"type": "video", "file_id": "clip-of-nobody"},
    ],
)
def test_a_clip_of_a_tool_that_cannot_be_had_ends_no_run(block: dict[str, Any]) -> None:
    reasoner = ScriptedReasoner("I see none.")
    model = ChatVideoAssistant(assistant=scripted_assistant(reasoner=reasoner))
    history = [
        HumanMessage("What does the camera see?"),
        AIMessage("", tool_calls=[{"name": "camera", "args": {}, "id": "1"}]),
        ToolMessage([{"type": "text", "text": "here"}, block], tool_call_id="1"),
    ]
    answer = model.invoke(history)
    assert answer.text == "I see none."
    assert "could not be shown" in answer.response_metadata["notes"][0]
    assert not reasoner.conversations[0].messages[-1].clips
    assert model.invoke([*history, answer, HumanMessage("And now?")]).text == "I see none."


def test_the_middleware_guards_the_model_with_our_tools(stage: Stage) -> None:
    def read_frames(block: Any) -> Any:
        clip = read_clip(stage.store.read(block["uri"]), num_frames=8)
        return clip.frames, clip.times

    guard = GuardMiddleware(scripted_pipeline(), read_frames=read_frames)
    assert stage.model.store is None  # the tool's own is found
    agent: Any = create_agent(stage.model, [stage.make, stage.ask], middleware=[guard])
    asked: Any = {"messages": [HumanMessage("Make a star. What colour is it?")]}
    for messages in (
        agent.invoke(asked)["messages"],
        [step for step in agent.stream(asked, stream_mode="values")][-1]["messages"],
    ):
        assert [each.type for each in messages] == ["human", "ai", "tool", "ai", "tool", "ai"]
        assert "A red field." in messages[-1].text
    later = agent.invoke({"messages": [*messages, HumanMessage("Is it?")]})["messages"][-1]
    assert later.text == "It is red."
    assert stage.reasoner.conversations[-1].messages[-1].clips


def test_the_result_of_another_tool_is_judged_as_one() -> None:
    assistant = scripted_assistant(blocked_words=["bomb"])
    call = {"name": "weather", "args": {}, "id": "1"}
    history = [
        HumanMessage("How is the weather?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("a bomb", tool_call_id="1"),
    ]
    answer = ChatVideoAssistant(assistant=assistant).invoke(history)
    assert answer.response_metadata["refused"]


@pytest.mark.parametrize("choice", ["any", "required", "generate_video", True])
def test_a_forced_call_takes_the_users_words_where_the_model_asks_for_nothing(
    stage: Stage, choice: Any
) -> None:
    bound = stage.model.bind_tools([stage.make, stage.ask], tool_choice=choice)
    assert bound.invoke("a yellow square").tool_calls[0]["args"] == {"prompt": "a yellow square"}
    assert bound.invoke("Make it.").tool_calls[0]["args"] == {"prompt": STAR}


def test_a_forced_question_is_about_the_last_clip_that_has_an_address(stage: Stage) -> None:
    stage.run("Make a star.")
    messages = stage.agent.get_state(THREAD).values["messages"]
    choice = {"type": "function", "function": {"name": stage.ask.name}}
    bound = stage.model.bind_tools([stage.make, stage.ask], tool_choice=choice)
    answer = bound.invoke([*messages, HumanMessage("Is it red?")])
    assert answer.tool_calls[0]["args"]["video"] == stage.store.handles()[0]


def test_no_call_is_made_where_it_is_forbidden(stage: Stage) -> None:
    bound = stage.model.bind_tools([stage.make, stage.ask], tool_choice="none")
    assert not bound.invoke("Make a star.").tool_calls


def test_a_clip_that_is_gone_is_told_in_a_note(stage: Stage) -> None:
    _, made, _ = stage.run("Make a star.")
    stage.store.remove(made.artifact["uri"])
    (answer,) = stage.run("What colour is it?")
    assert answer.text == "It is red."
    assert "could not be shown" in answer.response_metadata["notes"][0]
