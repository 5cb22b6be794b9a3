"""Nothing of what a model must not say leaves an agent by any door, and nothing of it stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.callbacks import get_usage_metadata_callback
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.tools import tool
from langchain_core.tracers.context import collect_runs
from langgraph.checkpoint.memory import InMemorySaver
from tests.guards.langchain.doubles import Answer, ChunkedModel

from gpt4video.testing import ScriptedGuard, scripted_pipeline
from gpt4video_guards import GuardPipeline
from gpt4video_guards.langchain import GuardedChatModel, GuardMiddleware, guarded
from gpt4video_guards.langchain.judging import GUARDS

pytestmark = pytest.mark.filterwarnings("ignore:The v3 streaming protocol")

PHRASE = "qzx wvk"
"""What is blocked; none of its letters stands in any other word of these tests' answers."""

BEFORE = "one small red dot is here to be seen and so is another dot, and another, and one more. "
AFTER = " And then the old tale goes on and on."
CONFIG: Any = {"configurable": {"thread_id": "1"}}


def splits(before: str = BEFORE, after: str = AFTER) -> Iterator[Answer]:
    """The phrase in an answer in one chunk, letter by letter, and cut in two at every place."""
    whole = before + PHRASE + after
    yield [whole]
    yield list(whole)
    for cut in range(len(PHRASE) + 1):
        yield [before + PHRASE[:cut], PHRASE[cut:] + after]


@pytest.fixture(params=["alone", "first", "between", "last"])
def answers(request: pytest.FixtureRequest) -> list[Answer]:
    """All of them, with the phrase at this place."""
    around = {"alone": ("", ""), "first": ("", AFTER), "between": (BEFORE, AFTER)}
    return list(splits(*around.get(request.param, (BEFORE, ""))))


def blocks(answer: Answer) -> Answer:
    """The same words in blocks: the first chunk is thought, the rest said."""
    first, *rest = answer
    return [
        AIMessageChunk(content=[{"type": "reasoning", "reasoning": first, "index": 0}]),
        *(AIMessageChunk(content=[{"type": "text", "text": t, "index": 1}]) for t in rest),
    ]


def pipeline() -> GuardPipeline:
    return scripted_pipeline(text_guard=ScriptedGuard(words=[PHRASE]))


def assert_clean(*things: object) -> None:
    """No word of the phrase, and no beginning of one, in any of them."""
    for thing in things:
        text = repr(thing)
        for piece in ("qz", "zx", "wv", "vk"):
            assert piece not in text, text


@pytest.mark.parametrize("form", [list, blocks])
@pytest.mark.parametrize("streams", [True, False])
def test_a_guarded_model_lets_nothing_of_it_out(
    form: Callable[[Answer], Answer], streams: bool, answers: list[Answer]
) -> None:
    for answer in answers:
        inner = ChunkedModel(answers=[form(answer)], streams=streams)
        model = guarded(inner, pipeline(), window=20)
        pieces = list(model.stream("hello"))
        assert_clean(*pieces, model.invoke("hello"))
        assert pieces[-1].response_metadata[GUARDS]["stage"] == "output_text"


async def test_a_guarded_model_lets_nothing_of_it_out_of_an_event_loop(
    answers: list[Answer],
) -> None:
    for answer in answers:
        model = guarded(ChunkedModel(answers=[answer]), pipeline(), window=20)
        assert_clean(await model.ainvoke("hello"))
        assert_clean(*[piece async for piece in model.astream("hello")])
        events = [event async for event in model.astream_events("hello", version="v2")]
        assert any(event["event"] == "on_chat_model_stream" for event in events)
        assert_clean(*events)


def agent_of(answer: Answer, **options: Any) -> Any:
    middleware = [GuardMiddleware(pipeline(), window=20)]
    return create_agent(
        ChunkedModel(answers=[answer]),
        middleware=middleware,
        checkpointer=InMemorySaver(),
        **options,
    )


HELLO: Any = {"messages": [{"role": "user", "content": "hello"}]}


def invoke(agent: Any) -> list[Any]:
    return [agent.invoke(HELLO, CONFIG)]


def stream(*modes: str) -> Callable[[Any], list[Any]]:
    return lambda agent: list(agent.stream(HELLO, CONFIG, stream_mode=list(modes)))


def events_v3(agent: Any) -> list[Any]:
    return list(agent.stream_events(HELLO, CONFIG, version="v3"))


async def ainvoke(agent: Any) -> list[Any]:
    return [await agent.ainvoke(HELLO, CONFIG)]


async def _collected(source: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in source]


def astream(*modes: str) -> Callable[[Any], Awaitable[list[Any]]]:
    return lambda agent: _collected(agent.astream(HELLO, CONFIG, stream_mode=list(modes)))


async def aevents_v2(agent: Any) -> list[Any]:
    return await _collected(agent.astream_events(HELLO, CONFIG, version="v2"))


async def aevents_v3(agent: Any) -> list[Any]:
    return await _collected(await agent.astream_events(HELLO, CONFIG, version="v3"))


MODES = ("messages", "updates", "values", "custom", "debug", "checkpoints", "tasks")

SYNC: dict[str, Callable[[Any], list[Any]]] = {
    "invoke": invoke,
    "messages": stream("messages"),
    "updates": stream("updates"),
    "values": stream("values"),
    "every mode": stream(*MODES),
    "events v3": events_v3,
}
ASYNC: dict[str, Callable[[Any], Awaitable[list[Any]]]] = {
    "invoke": ainvoke,
    "messages": astream("messages"),
    "updates": astream("updates"),
    "values": astream("values"),
    "every mode": astream(*MODES),
    "events v2": aevents_v2,
    "events v3": aevents_v3,
}


def assert_nothing_stays(agent: Any) -> None:
    kept = list(agent.get_state_history(CONFIG))
    assert len(kept) > 1
    assert_clean(*kept, agent.checkpointer.storage, agent.checkpointer.writes)
    assert_clean(agent.checkpointer.blobs)
    messages: Sequence[BaseMessage] = kept[0].values["messages"]
    assert [message.type for message in messages] == ["human", "ai"]
    assert messages[-1].text == messages[-1].response_metadata[GUARDS]["refusal"]


@pytest.mark.parametrize("door", SYNC)
def test_an_agent_lets_nothing_of_it_out_and_keeps_nothing(door: str) -> None:
    for answer in splits():
        agent = agent_of(answer)
        assert_clean(*SYNC[door](agent))
        assert_nothing_stays(agent)


@pytest.mark.parametrize("door", ASYNC)
async def test_nor_does_an_agent_in_an_event_loop(door: str) -> None:
    for answer in splits():
        agent = agent_of(answer)
        assert_clean(*await ASYNC[door](agent))
        await asyncio.to_thread(assert_nothing_stays, agent)


def test_without_the_middleware_these_doors_do_leak() -> None:
    """So the tests above would see it."""
    for door in SYNC.values():
        bare = create_agent(ChunkedModel(answers=[[PHRASE]]))
        with pytest.raises(AssertionError):
            assert_clean(*door(bare))


@tool
def look(where: str) -> str:
    """Look somewhere."""
    return f"nothing {where}"


def asking(arguments: str) -> Answer:
    """Words, then a call of `look` in several chunks."""
    chunks = [
        tool_call_chunk(name="look", args="", id="call_1", index=0),
        *(tool_call_chunk(name=None, args=char, id=None, index=0) for char in arguments),
    ]
    return ["let me see ", *(AIMessageChunk(content="", tool_call_chunks=[c]) for c in chunks)]


@pytest.mark.parametrize(
    "arguments",
    [
        f'{{"where": "{PHRASE}"}}',
        f'{{"where": ["in", {{"a place": "of {PHRASE}"}}]}}',
        f'{{"where": "here", "{PHRASE}": 1}}',
        f'{{"where": "{PHRASE}',  # no JSON
        '{"where": "\\u0071zx wvk"}',
    ],
)
async def test_nor_does_it_let_out_what_a_tool_is_asked(arguments: str) -> None:
    for door in ("every mode", "events v3"):
        agent = agent_of(asking(arguments), tools=[look])
        assert_clean(*SYNC[door](agent))
        assert_nothing_stays(agent)
    for door in ("invoke", "events v2"):
        agent = agent_of(asking(arguments), tools=[look])
        assert_clean(*await ASYNC[door](agent))
        assert_nothing_stays(agent)


@pytest.mark.parametrize(
    "chunk",
    [
        AIMessageChunk(content="", additional_kwargs={"reasoning_content": f"so {PHRASE}"}),
        AIMessageChunk(content="", response_metadata={"logprobs": [{"token": PHRASE}]}),
        AIMessageChunk(content="", response_metadata={"cited": [{"title": f"so {PHRASE}"}]}),
        AIMessageChunk(content=[{"type": "text", "text": "a", "annotations": [{"cited": PHRASE}]}]),
        AIMessageChunk(content=[{"type": "thinking", "thinking": PHRASE, "signature": "A=="}]),
        AIMessageChunk(content=[{"type": "thinking", "thinking": "a", "signature": PHRASE}]),
        AIMessageChunk(content=[{"type": "anything", "value": {"deep": [PHRASE]}}]),
        AIMessageChunk(content=[{"type": "text", "text": "a", "id": PHRASE}]),
        AIMessageChunk(content=[PHRASE]),
    ],
)
def test_nor_what_stands_beside_the_words(chunk: AIMessageChunk) -> None:
    answer = ["fine words ", chunk, "and more"]
    if "logprobs" in chunk.response_metadata:
        answer = [PHRASE, chunk]  # the tokens of what is blocked
    model = guarded(ChunkedModel(answers=[answer]), pipeline(), window=20)
    assert_clean(*model.stream("hello"), model.invoke("hello"))


def test_nor_what_is_read_in_two_blocks_as_two_lines() -> None:
    lines = "qzx\nwvk"
    found = [
        AIMessageChunk(content=[{"type": "text", "text": text, "index": at}])
        for at, text in enumerate(lines.splitlines())
    ]
    judge = scripted_pipeline(text_guard=ScriptedGuard(words=[lines]))
    model = guarded(ChunkedModel(answers=[found]), judge, window=20)
    assert_clean(*model.stream("hello"), model.invoke("hello"))


def test_listeners_by_a_with_hear_the_guarded_model_only() -> None:
    model = guarded(ChunkedModel(answers=[[BEFORE, PHRASE]]), pipeline(), window=20)
    with collect_runs() as runs, get_usage_metadata_callback() as usage:
        model.invoke("hello")
        list(model.stream("hello"))
    assert_clean(*[run.outputs for run in runs.traced_runs])
    assert len(runs.traced_runs) == 2
    assert usage.usage_metadata["chunked"]["total_tokens"] == 2 * 8


def test_callbacks_of_the_inner_model_hear_only_what_was_judged() -> None:
    from langchain_core.callbacks import BaseCallbackHandler

    heard: list[object] = []

    class Listening(BaseCallbackHandler):
        def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
            heard.append(token)

        def on_llm_end(self, response: Any, **kwargs: Any) -> None:
            heard.append(response)

    inner = ChunkedModel(answers=[[BEFORE * 4, PHRASE]], callbacks=[Listening()])
    model = guarded(inner, pipeline(), window=20)
    assert isinstance(model, GuardedChatModel)
    list(model.stream("hello"))
    model.invoke("hello")
    assert "dot" in repr(heard)
    assert_clean(*heard)
