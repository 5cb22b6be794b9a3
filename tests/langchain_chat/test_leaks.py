"""Nothing of what the guards block leaves the model, and nothing of it stays anywhere."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from gpt4video.langchain import ChatVideoAssistant
from gpt4video.reasoning import Conversation
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedReasoner,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.langchain import VideoGenerationTool

PHRASE = "ΔΘΞ ΛΠΩ"
"""Blocked; its letters stand nowhere else, so that a single one that leaves is seen."""
LETTERS = set(PHRASE) - {" "}
WORDS = "a quiet day at sea, and boats"
WINDOW = 10
POSITIONS = range(len(WORDS) + 1)

Listener = Callable[[ChatVideoAssistant], Iterator[Any]]


def _with_phrase(position: int) -> str:
    return f"{WORDS[:position]}{PHRASE}{WORDS[position:]}"


def _model(says: str | Callable[[Conversation], Any], **parts: Any) -> ChatVideoAssistant:
    reasoner = ScriptedReasoner(says, piece_chars=5)
    return ChatVideoAssistant(
        assistant=scripted_assistant(
            reasoner=reasoner, blocked_words=[PHRASE], window=WINDOW, **parts
        )
    )


class Tokens(BaseCallbackHandler):
    """Everything that a tracer is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def on_llm_new_token(self, token: Any, **more: Any) -> None:
        self.told.append((token, more.get("chunk")))

    def on_llm_end(self, response: Any, **more: Any) -> None:
        self.told.append(response)


def _invoked(model: ChatVideoAssistant) -> Iterator[Any]:
    tokens = Tokens()
    yield model.invoke("Tell me.", {"callbacks": [tokens]})
    yield from tokens.told


def _streamed(model: ChatVideoAssistant) -> Iterator[Any]:
    tokens = Tokens()
    yield from model.stream("Tell me.", {"callbacks": [tokens]})
    yield from tokens.told


def _events_v3(model: ChatVideoAssistant) -> Iterator[Any]:
    stream = model.stream_events("Tell me.", version="v3")
    yield from stream
    yield stream.output


def _graph(model: ChatVideoAssistant) -> Iterator[Any]:
    agent = create_agent(model, [], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    asked: Any = {"messages": [("user", "Tell me.")]}
    yield from agent.stream(asked, config, stream_mode=["messages", "updates", "values"])
    yield agent.get_state(config).values
    yield list(agent.get_state_history(config))


LISTENERS: list[Listener] = [_invoked, _streamed, _events_v3, _graph]


def _nothing_left(seen: list[Any]) -> bool:
    return not LETTERS & set(repr(seen))


def test_the_check_sees_a_single_letter() -> None:
    assert not _nothing_left(["x", {"y": ["Λ"]}])


@pytest.mark.parametrize("listener", LISTENERS, ids=lambda each: each.__name__.strip("_"))
def test_a_blocked_phrase_leaves_at_no_position(listener: Listener) -> None:
    for position in POSITIONS:
        model = _model(_with_phrase(position))
        seen = list(listener(model))
        assert _nothing_left(seen), position
        assert "Sorry" in repr(seen)
        assert not model._conversations._kept


def test_words_before_the_phrase_do_leave_in_a_stream() -> None:
    first, *_ = _model(_with_phrase(len(WORDS))).stream("Tell me.")
    assert WORDS.startswith(first.text)
    assert first.text


async def _streamed_async(model: ChatVideoAssistant) -> AsyncIterator[Any]:
    async for chunk in model.astream("Tell me."):
        yield chunk
    yield await model.ainvoke("Tell me.")


async def _events_v2(model: ChatVideoAssistant) -> AsyncIterator[Any]:
    async for event in model.astream_events("Tell me.", version="v2"):
        yield event


async def _graph_events(model: ChatVideoAssistant) -> AsyncIterator[Any]:
    agent = create_agent(model, [], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    asked: Any = {"messages": [("user", "Tell me.")]}
    async for event in agent.astream_events(asked, config, version="v2"):
        yield event
    yield (await agent.aget_state(config)).values


@pytest.mark.parametrize(
    "listener",
    [_streamed_async, _events_v2, _graph_events],
    ids=lambda each: each.__name__.strip("_"),
)
async def test_a_blocked_phrase_leaves_at_no_position_async(
    listener: Callable[[ChatVideoAssistant], AsyncIterator[Any]],
) -> None:
    for position in POSITIONS:
        seen = [each async for each in listener(_model(_with_phrase(position)))]
        assert _nothing_left(seen), position
        assert "Sorry" in repr(seen)


@pytest.mark.parametrize("listener", LISTENERS, ids=lambda each: each.__name__.strip("_"))
def test_a_blocked_prompt_leaves_neither_in_words_nor_in_a_call(
    listener: Listener, tmp_path: Path
) -> None:
    model = _model(f"Here. <video> a {PHRASE} boat </video>", generator=None)
    tool = VideoGenerationTool(
        generator=ScriptedGenerator(), pipeline=scripted_pipeline(), store=ClipStore(tmp_path)
    )
    bound: Any = model if listener is _graph else model.bind_tools([tool])
    if listener is _events_v3:
        bound = model
    seen = list(listener(bound))
    assert _nothing_left(seen)


def test_what_a_user_said_stays_out_of_the_answer_and_of_later_turns() -> None:
    model = _model("fine")
    asked: list[BaseMessage] = [HumanMessage(f"Say {PHRASE}")]
    refused = model.invoke(asked)
    assert _nothing_left([refused])
    asked += [refused, HumanMessage("And now?")]
    assert model.invoke(asked).text == "fine"
    assert _nothing_left([_reasoner(model).conversations])


def _reasoner(model: ChatVideoAssistant) -> ScriptedReasoner:
    assert model.assistant is not None
    assert isinstance(model.assistant.reasoner, ScriptedReasoner)
    return model.assistant.reasoner


async def _stopped(model: ChatVideoAssistant) -> bool:
    """Whether the turn stops: LangChain leaves an inner generator to the event loop to close."""
    reasoner = _reasoner(model)
    for _ in range(2000):
        if reasoner.closed:
            return True
        await asyncio.sleep(0.001)
    return False


async def test_a_consumer_that_goes_ends_the_turn() -> None:
    model = _model("word " * 400)
    stream: Any = model.astream("Tell me.")
    async for _ in stream:
        break
    await stream.aclose()
    assert await _stopped(model)
    assert not model._conversations._kept


async def test_a_cancelled_task_ends_the_turn() -> None:
    begun = threading.Event()

    def words() -> Iterator[str]:
        begun.set()
        while True:
            yield "word "

    model = _model(lambda _: words())
    task = asyncio.create_task(model.ainvoke("Tell me."))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _stopped(model)
