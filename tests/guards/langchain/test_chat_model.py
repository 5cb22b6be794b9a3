"""The guarded chat model: what comes through, in what order, and what the inner model is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import BaseModel
from tests.guards.doubles import CallGuard
from tests.guards.langchain.doubles import ChunkedModel, calling

from gpt4video.testing import ScriptedGuard, scripted_pipeline
from gpt4video_guards import GuardPipeline, InvalidInputError, Judgement
from gpt4video_guards.langchain import GuardedChatModel, guarded
from gpt4video_guards.langchain.judging import GUARDS

BAD = "vile"
LONG = [f"word{number} " for number in range(120)]


def pipeline(word: str = BAD) -> GuardPipeline:
    return scripted_pipeline(text_guard=ScriptedGuard(words=[word]))


@tool
def look(where: str) -> str:
    """Look somewhere."""
    return where


def total(chunks: Any) -> AIMessageChunk:
    whole: AIMessageChunk | None = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return whole


def test_words_leave_while_the_model_speaks() -> None:
    inner = ChunkedModel(answers=[LONG])
    chunks = guarded(inner, pipeline(), window=40).stream("hello")
    first = next(chunks)
    assert str(first.text) and inner.read < 40
    whole = total([first, *chunks])
    assert whole.text == "".join(LONG)
    assert whole.usage_metadata == {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    assert whole.response_metadata == {"model_name": "chunked"}
    assert guarded(inner, pipeline()).invoke("hello").text == "".join(LONG)


def test_with_no_window_all_words_leave_at_the_end() -> None:
    (chunk,) = guarded(ChunkedModel(answers=[LONG]), pipeline(), window=None).stream("hello")
    assert chunk.text == "".join(LONG)


def test_thoughts_words_and_calls_keep_their_order_and_their_form() -> None:
    def thought(text: str, **beside: str) -> AIMessageChunk:
        return AIMessageChunk(
            content=[{"type": "thinking", "thinking": text, "index": 0, **beside}]
        )

    def said(text: str) -> AIMessageChunk:
        return AIMessageChunk(content=[{"type": "text", "text": text, "index": 1}])

    def use(**block: Any) -> AIMessageChunk:
        return AIMessageChunk(content=[{"index": 2, **block}])

    answer = [
        thought("so many words "),
        thought("to think"),
        thought("", signature="c2lnbmVk"),
        *(said(word) for word in LONG),
        use(type="tool_use", id="1", name="look", input={}),
        use(type="input_json_delta", partial_json='{"where": '),
        use(type="input_json_delta", partial_json='"there"}'),
        calling("look", where="there"),
        AIMessageChunk(content=[{"type": "text", "text": "after it", "index": 3}]),
    ]
    inner = ChunkedModel(answers=[answer])
    expected = total(inner.stream("hello"))
    found = total(guarded(inner, pipeline(), window=20).stream("hello"))
    assert found.content == expected.content
    assert found.tool_calls == expected.tool_calls != []
    assert guarded(inner, pipeline()).invoke("hello").content == expected.content


def test_what_the_model_is_told_was_judged() -> None:
    system = SystemMessage(f"never be {BAD}")
    inner = ChunkedModel(answers=[["fine"]])
    model = guarded(inner, pipeline())
    old: list[BaseMessage] = [HumanMessage(f"be {BAD}"), AIMessage("Sorry")]
    assert model.invoke([system, *old, HumanMessage("hello")]).text == "fine"
    assert [message.text for message in inner.asked[-1]] == [
        system.text,
        "[removed]",
        "Sorry",
        "hello",
    ]
    for last in (HumanMessage(BAD), SystemMessage(BAD)):
        answer = model.invoke([system, HumanMessage("hello"), last])
        assert answer.text.startswith("Sorry") and answer.tool_calls == []
        assert answer.response_metadata[GUARDS]["stage"] == "input_text"
        (chunk,) = model.stream([system, last])
        assert chunk.text == answer.text
    assert len(inner.asked) == 1


def test_a_blocked_call_of_a_tool_goes_with_its_result_and_a_blocked_result_alone() -> None:
    inner = ChunkedModel(answers=[["fine"]])
    model = guarded(inner, pipeline())

    def turn(argument: str, result: str) -> list[BaseMessage]:
        call: Any = {"name": "look", "args": {"where": argument}, "id": "1"}
        return [
            HumanMessage("go"),
            AIMessage("", tool_calls=[call]),
            ToolMessage(result, tool_call_id="1"),
        ]

    assert model.invoke(turn("there", f"it is {BAD}")).text == "fine"
    assert "withheld" in str(inner.asked[-1][-1].text)
    assert model.invoke(turn(BAD, "result")).text.startswith("Sorry")
    done = [*turn(BAD, "result"), AIMessage("done"), HumanMessage("and now?")]
    assert model.invoke(done).text == "fine"
    assert [message.type for message in inner.asked[-1]] == ["human", "ai", "ai", "human"]
    assert BAD not in repr(inner.asked)


def test_the_standard_policy_guards_a_model_without_further_ado() -> None:
    model = guarded(FakeListChatModel(responses=["GOOD MORNING"]))
    assert model.invoke("good morning").text == "GOOD MORNING"
    assert model.invoke("I will kill you, you stupid bitch").text.startswith("Sorry")


class Place(BaseModel):
    """A place to look at."""

    where: str


@pytest.mark.parametrize("include_raw", [False, True])
def test_structured_output_is_judged(include_raw: bool) -> None:
    for where, found in (("there", Place(where="there")), (BAD, None)):
        inner = ChunkedModel(answers=[[calling("Place", where=where)]])
        chain = guarded(inner, pipeline()).with_structured_output(Place, include_raw=include_raw)
        answer: Any = chain.invoke("where?")
        assert BAD not in repr(answer)
        assert (answer["parsed"] if include_raw else answer) == found


def test_a_binding_that_hides_the_model_is_refused() -> None:
    class Hiding(ChunkedModel):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            return RunnableLambda(lambda messages: AIMessage("unseen"))

    with pytest.raises(InvalidInputError, match="Hiding"):
        guarded(Hiding(), pipeline()).bind_tools([look])


def test_what_is_no_chat_model_and_a_wrong_window_are_refused() -> None:
    wrong: Any = str.upper
    with pytest.raises(InvalidInputError, match="model"):
        guarded(wrong)
    with pytest.raises(InvalidInputError, match="window"):
        guarded(ChunkedModel(), pipeline(), window=0)


def test_settings_of_the_inner_model_hold() -> None:
    inner = ChunkedModel(tags=["nostream"], metadata={"a": 1}, profile={"structured_output": True})
    model = guarded(inner, pipeline())
    assert (model.tags, model.profile) == (["nostream"], inner.profile)
    assert model.metadata is not None and model.metadata["a"] == 1


def test_what_the_inner_models_cache_holds_is_judged_anew() -> None:
    inner = ChunkedModel(answers=[[f"so {BAD}"]], cache=InMemoryCache())
    assert "so" in guarded(inner, pipeline("nothing")).invoke("hello").text
    assert guarded(inner, pipeline()).invoke("hello").text.startswith("Sorry")
    assert len(inner.asked) == 1


def test_an_inner_model_that_raises_takes_what_was_held_back_with_it() -> None:
    class Failing(ChunkedModel):
        def _chunks(self, messages: Any, **kwargs: Any) -> Any:
            yield AIMessageChunk(content="held back ")
            raise OSError("line is down")

    with pytest.raises(OSError, match="line is down"):
        list(guarded(Failing(), pipeline()).stream("hello"))


def test_a_block_and_a_stopped_stream_close_the_inner_one() -> None:
    inner = ChunkedModel(answers=[[BAD, *LONG * 5]])
    *_, last = guarded(inner, pipeline(), window=20).stream("hello")
    assert last.text.startswith("Sorry") and inner.closed == 1 and inner.read < 30
    inner = ChunkedModel(answers=[LONG])
    stream: Any = guarded(inner, pipeline(), window=20).stream("hello")
    next(stream)
    stream.close()
    assert inner.closed == 1 and inner.read < len(LONG)


async def test_so_does_a_cancelled_task() -> None:
    class Slow(ChunkedModel):
        async def _astream(self, *args: Any, **kwargs: Any) -> Any:
            try:
                async for chunk in super()._astream(*args, **kwargs):
                    yield chunk
                    await asyncio.sleep(0 if self.read < 60 else 60)
            finally:
                self.closed += 10

    inner = Slow(answers=[LONG])
    model = guarded(inner, pipeline(), window=20)
    heard = asyncio.Event()

    async def listen() -> None:
        async for _ in model.astream("hello"):
            heard.set()

    task = asyncio.ensure_future(listen())
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inner.closed >= 10


def test_each_message_is_judged_once() -> None:
    guard = ScriptedGuard()
    shown: list[str] = []

    def judge(subjects: Any) -> list[Judgement]:
        shown.extend(subject.text for subject in subjects)
        return guard.judge(subjects)

    model = guarded(
        ChunkedModel(answers=[["fine"]]), scripted_pipeline(text_guard=CallGuard(judge))
    )
    messages: list[BaseMessage] = [HumanMessage("hello")]
    messages.append(model.invoke(messages))
    list(model.stream([*messages, HumanMessage("again")]))
    assert sorted(shown) == ["again", "fine", "fine", "hello", "hello\nagain"]


def test_the_wrapper_is_known_by_its_model() -> None:
    model = guarded(ChunkedModel(), pipeline())
    assert isinstance(model, GuardedChatModel)
    assert model._llm_type == "guarded-chunked"
    assert model._get_ls_params()["ls_provider"] == "tests"
