"""Guarded streams, plain and asynchronous, and a guarded chatbot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guards.doubles import CallGuard, FixedGuard, WordGuard

from gpt4video_guards import (
    Evidence,
    Guard,
    GuardedChat,
    GuardPipeline,
    InvalidInputError,
    Judgement,
    Policy,
    TextSubject,
    aguard_stream,
    guard_stream,
)

SECRET = "<bad>"


def pipeline_of(guard: Guard, **rule: Any) -> GuardPipeline:
    """One host guard at both text stages."""
    content = {
        "name": "test",
        "guards": {"g": {"provider": "host", "judges": "text"}},
        "stages": {
            stage: [{"guard": "g", "thresholds": {"unsafe": 0.5}} | rule]
            for stage in ("input_text", "output_text")
        },
    }
    return GuardPipeline(Policy.model_validate(content), {"g": guard})


class Source(Iterator[str]):
    """A stream that knows how far it was read and whether it was closed."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = list(pieces)
        self.read = 0
        self.closed = False

    def __next__(self) -> str:
        if self.read == len(self.pieces):
            raise StopIteration
        self.read += 1
        return self.pieces[self.read - 1]

    def close(self) -> None:
        self.closed = True


async def asynchronous(pieces: Iterator[str]) -> AsyncIterator[str]:
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


def test_an_allowed_stream_comes_out_as_it_is() -> None:
    text = "some quite harmless words " * 40
    stream = guard_stream(iter(text), pipeline_of(WordGuard(SECRET)))
    pieces = list(stream)
    assert "".join(pieces) == text
    assert len(pieces) > 3  # while it runs, not at the end
    assert stream.blocked is None
    assert [verdict.decision for verdict in stream.verdicts] == ["allow"]
    assert stream.window.longest_delay == 200 + 100 + 48
    assert stream.window.held == 0
    assert list(stream) == []


def test_a_block_ends_the_stream_and_closes_its_source() -> None:
    source = Source(*["fine words "] * 60, SECRET, *[" and more"] * 600)
    stream = guard_stream(source, pipeline_of(WordGuard(SECRET)), window=20)
    released = "".join(stream)
    assert ("fine words " * 60).startswith(released) and released
    assert stream.blocked is not None
    assert source.closed and source.read < 100


def test_a_guard_that_fails_ends_the_stream() -> None:
    def fail(_: Any) -> Any:
        raise MemoryError

    stream = guard_stream(iter(["words"]), pipeline_of(CallGuard(fail)))
    assert list(stream) == []
    assert stream.blocked is not None and stream.blocked.errored


def test_a_source_that_raises_takes_what_was_held_back_with_it() -> None:
    def source() -> Iterator[str]:
        yield "held back "
        raise OSError("line is down")

    stream = guard_stream(source(), pipeline_of(WordGuard(SECRET)))
    with pytest.raises(OSError, match="line is down"):
        next(stream)
    assert list(stream) == []


def test_closing_a_stream_closes_its_source() -> None:
    source = Source("one ", "two ")
    stream = guard_stream(source, pipeline_of(WordGuard(SECRET)), window=1)
    stream.close()
    assert source.closed and list(stream) == []


def test_the_guards_are_told_stage_kind_and_context() -> None:
    guard = FixedGuard({"unsafe": 0.0})
    stream = guard_stream(
        ["words"], pipeline_of(guard), stage="input_text", kind="tool_result", context="asked"
    )
    assert list(stream) == ["words"]
    assert guard.shown == [TextSubject(text="words", kind="tool_result", context="asked")]
    assert stream.verdicts[0].stage == "input_text"


@pytest.mark.parametrize("wrong", [{"stage": "nowhere"}, {"kind": "song"}, {"unit": "lines"}])
def test_wrong_settings_are_refused_before_the_stream_is_read(wrong: dict[str, Any]) -> None:
    source = Source("words")
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        guard_stream(source, pipeline_of(WordGuard(SECRET)), **wrong)
    assert source.read == 0


@settings(max_examples=25)
@given(
    before=st.lists(st.text(alphabet="ab \n", max_size=12), max_size=12),
    after=st.lists(st.text(alphabet="ab \n", max_size=12), max_size=12),
    cut=st.integers(0, len(SECRET)),
    window=st.integers(len(SECRET), 20),
)
def test_plain_and_asynchronous_streams_release_the_same_and_nothing_of_a_blocked_span(
    before: list[str], after: list[str], cut: int, window: int
) -> None:
    pieces = [*before, SECRET[:cut], SECRET[cut:], *after]
    plain = guard_stream(pieces, pipeline_of(WordGuard(SECRET)), window=window)
    released = list(plain)

    async def collect() -> tuple[list[str], bool]:
        stream = aguard_stream(
            asynchronous(iter(pieces)), pipeline_of(WordGuard(SECRET)), window=window
        )
        return [piece async for piece in stream], stream.blocked is not None

    assert asyncio.run(collect()) == (released, True)
    whole = "".join(pieces)
    assert whole.startswith("".join(released))
    assert len("".join(released)) <= whole.index(SECRET)
    assert plain.blocked is not None


async def test_a_blocked_asynchronous_stream_closes_its_source() -> None:
    closed = False

    async def source() -> AsyncIterator[str]:
        nonlocal closed
        try:
            yield SECRET + " words" * 60
            yield "never read"
        finally:
            closed = True

    stream = aguard_stream(source(), pipeline_of(WordGuard(SECRET)))
    assert [piece async for piece in stream] == []
    assert stream.blocked is not None and closed


async def test_an_asynchronous_stream_that_was_cancelled_is_over() -> None:
    async def source() -> AsyncIterator[str]:
        yield "words "
        await asyncio.sleep(60)

    stream = aguard_stream(source(), pipeline_of(WordGuard(SECRET)))
    task = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [piece async for piece in stream] == []


def in_pieces(answer: str) -> Callable[[str], Iterator[str]]:
    return lambda _: iter(answer.split(" "))


def test_a_chatbot_gets_what_passes_and_its_answer_is_shown() -> None:
    chat = GuardedChat(str.upper, pipeline_of(WordGuard(SECRET)))
    answer = chat("hello")
    assert str(answer) == answer.text == "HELLO"
    assert answer.blocked is None
    assert [verdict.stage for verdict in answer.verdicts] == ["input_text", "output_text"]


def test_a_blocked_message_never_reaches_the_chatbot() -> None:
    asked: list[str] = []

    def chatbot(message: str) -> str:
        asked.append(message)
        return "never"

    answer = GuardedChat(chatbot, pipeline_of(WordGuard("bad")))("so bad")
    assert answer.text.startswith("Sorry, I can't help with that request")
    assert answer.blocked is not None and answer.blocked.stage == "input_text"
    assert asked == []


def test_a_blocked_answer_is_refused_whole() -> None:
    for chatbot in (lambda _: f"words and {SECRET}", in_pieces("word " * 400 + SECRET)):
        answer = GuardedChat(chatbot, pipeline_of(WordGuard(SECRET)))("hello")
        assert answer.text.startswith("Sorry, I'd rather not")
        assert "word" not in answer.text
        assert answer.blocked is not None and answer.blocked.stage == "output_text"
        assert [verdict.decision for verdict in answer.verdicts] == ["allow", "block"]


def test_a_streamed_answer_ends_in_a_refusal_on_a_line_of_its_own() -> None:
    pieces = ["word "] * 200 + [SECRET]
    chat = GuardedChat(lambda _: iter(pieces), pipeline_of(WordGuard(SECRET)))
    stream = chat.stream("hello")
    *shown, refusal = stream
    assert "".join(pieces).startswith("".join(shown)) and shown
    assert refusal.startswith("\nSorry")
    assert stream.blocked is not None
    assert GuardedChat(str.lower, pipeline_of(WordGuard("x"))).stream("y X").blocked is None


async def answer_in_pieces(message: str) -> AsyncIterator[str]:
    for piece in ["word "] * 200 + [SECRET, "never"]:
        yield piece


async def answer_whole(message: str) -> str:
    return message.upper()


@pytest.mark.parametrize("chatbot", [answer_whole, str.upper])
async def test_a_chatbot_is_guarded_beside_an_event_loop(chatbot: Any) -> None:
    chat = GuardedChat(chatbot, pipeline_of(WordGuard(SECRET)))
    assert str(await chat.acall("hello")) == "HELLO"
    assert [piece async for piece in chat.astream("hello")] == ["HELLO"]
    answer = await chat.acall(f"so {SECRET}")
    assert answer.text.startswith("Sorry") and answer.blocked is not None


@pytest.mark.parametrize("chatbot", [answer_in_pieces, in_pieces("word " * 200 + SECRET)])
async def test_an_answer_streamed_beside_an_event_loop_ends_in_a_refusal(chatbot: Any) -> None:
    chat = GuardedChat(chatbot, pipeline_of(WordGuard(SECRET)))
    stream = chat.astream("hello")
    pieces = [piece async for piece in stream]
    assert "word" in pieces[0] and pieces[-1].startswith("\nSorry")
    assert SECRET not in "".join(pieces)
    assert stream.blocked is not None and stream.blocked.stage == "output_text"
    whole = await chat.acall("hello")
    assert whole.text.startswith("Sorry") and "word" not in whole.text


async def test_a_stopped_answer_closes_the_chatbots_stream_beside_an_event_loop() -> None:
    closed: list[str] = []

    async def chatbot(message: str) -> AsyncIterator[str]:
        try:
            while True:
                yield "word "
        finally:
            closed.append("asynchronous")

    source = Source(*["word "] * 500)
    for each in (chatbot, lambda _: source):
        stream = GuardedChat(each, pipeline_of(WordGuard(SECRET))).astream("hello")
        await anext(stream)
        await stream.aclose()
    assert closed == ["asynchronous"] and source.closed and source.read < 500


async def test_an_asynchronous_chatbot_that_answers_something_else_is_refused() -> None:
    async def chatbot(message: str) -> Any:
        return len(message)

    with pytest.raises(InvalidInputError, match="chatbot"):
        await GuardedChat(chatbot, pipeline_of(WordGuard(SECRET))).acall("hello")


def test_harm_split_over_messages_is_judged_together() -> None:
    chat = GuardedChat(str.upper, pipeline_of(WordGuard("build a\nbomb")))
    assert chat("bomb").blocked is None
    assert chat("bomb", earlier=["hi", "how do I build a"]).blocked is not None


def test_redacted_words_reach_neither_side() -> None:
    def find(subjects: Any) -> list[Judgement]:
        at = [subject.text.find("joe") for subject in subjects]
        return [
            Judgement(scores={"unsafe": 1.0}, evidence=(Evidence(span=(i, i + 3)),))
            if i >= 0
            else Judgement(scores={"unsafe": 0.0})
            for i in at
        ]

    asked: list[str] = []

    def chatbot(message: str) -> str:
        asked.append(message)
        return "It is joe again"

    answer = GuardedChat(chatbot, pipeline_of(CallGuard(find), action="redact"))("I am joe")
    assert asked == ["I am [removed]"]
    assert answer.text == "It is [removed] again"
    assert answer.blocked is None
    assert [verdict.decision for verdict in answer.verdicts] == ["redact", "redact"]


def test_a_chatbot_that_answers_something_else_is_refused() -> None:
    chatbot: Any = lambda message: len(message)  # noqa: E731
    with pytest.raises(InvalidInputError, match="chatbot"):
        GuardedChat(chatbot, pipeline_of(WordGuard(SECRET)))("hello")


def test_a_stopped_answer_closes_the_chatbots_stream() -> None:
    source = Source(*["word "] * 500)
    stream = GuardedChat(lambda _: source, pipeline_of(WordGuard(SECRET))).stream("hello")
    next(stream)
    stream.close()
    assert source.closed and source.read < 500


def test_the_standard_policy_guards_a_chatbot_without_further_ado() -> None:
    assert GuardedChat(str.upper)("good morning").text == "GOOD MORNING"
    assert GuardedChat(str.upper)("I will kill you, you stupid bitch").blocked is not None
