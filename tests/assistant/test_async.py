"""The asyncio faces: the same events, one for each await, closed whatever happens."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Generator
from contextlib import aclosing

import pytest

from gpt4video.events import Event, TextDelta, VideoProgress
from gpt4video.reasoning import Conversation
from gpt4video.testing import ScriptedGenerator, ScriptedReasoner, scripted_assistant
from gpt4video_tools.threads import on_worker_thread


def shape(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_astream_gives_the_events_of_stream() -> None:
    with scripted_assistant("Words. " * 80 + "<video>x</video>") as assistant:
        found = [event async for event in assistant.astream("go")]
        assert shape(found) == shape(list(assistant.stream("go")))
        assert (await assistant.achat("go")).text == assistant.chat("go").text


async def test_nothing_is_computed_ahead_and_all_of_it_on_one_other_thread() -> None:
    threads: list[threading.Thread] = []

    def count() -> Generator[int, None, None]:
        for number in range(3):
            threads.append(threading.current_thread())
            yield number

    stopped: list[bool] = []
    items = on_worker_thread(count(), stop=lambda: stopped.append(True))
    assert await anext(items) == 0
    assert len(threads) == 1
    assert [item async for item in items] == [1, 2]
    assert len(set(threads)) == 1 and threads[0] is not threading.current_thread()
    assert stopped == [True]


async def test_the_worker_sees_the_callers_context() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    name.set("caller")

    def tell() -> Generator[str, None, None]:
        yield name.get()

    assert [item async for item in on_worker_thread(tell(), stop=lambda: None)] == ["caller"]


async def test_errors_come_through_and_leave_the_session_as_it_was() -> None:
    def speak(conversation: Conversation) -> list[str]:
        raise RuntimeError("the model broke")

    with scripted_assistant(speak) as assistant:
        session = assistant.session()
        with pytest.raises(RuntimeError, match="broke"):
            await session.achat("hello")
        assert session.history == ()


async def test_leaving_a_stream_early_closes_it() -> None:
    reasoner = ScriptedReasoner("words " * 200)
    with scripted_assistant(reasoner=reasoner) as assistant:
        session = assistant.session()
        async with aclosing(session.astream("go")) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        assert reasoner.closed == 1 and reasoner.kept == {}
        assert session.history == ()
        assert not (await session.achat("go")).refused


async def test_cancelling_stops_a_running_generation() -> None:
    generator = ScriptedGenerator(hangs=True)
    with scripted_assistant("<video>x</video>", generator=generator) as assistant:
        session = assistant.session()
        started = asyncio.Event()

        async def watch() -> None:
            async for event in session.astream("go"):
                if isinstance(event, VideoProgress):
                    started.set()

        task = asyncio.create_task(watch())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert generator.cancelled == 1
        assert session.history == ()
        assert list(assistant.output_dir.iterdir()) == []


async def test_cancelling_stops_a_talking_model_between_two_pieces() -> None:
    talking = asyncio.Event()
    loop = asyncio.get_running_loop()
    reasoner: ScriptedReasoner

    def speak(conversation: Conversation) -> Generator[str, None, None]:
        while True:  # held back whole, so no event ever comes of it
            loop.call_soon_threadsafe(talking.set)
            yield "words "

    reasoner = ScriptedReasoner(speak)
    with scripted_assistant(reasoner=reasoner, window=None) as assistant:
        session = assistant.session()
        task = asyncio.create_task(session.achat("go"))
        await talking.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert reasoner.closed == 1 and reasoner.kept == {}
        assert session.history == ()


async def test_many_sessions_at_once() -> None:
    with scripted_assistant(lambda c: f"You said {c.messages[-1].text}.") as assistant:
        replies = await asyncio.gather(*(assistant.achat(f"number {n}") for n in range(20)))
    assert [reply.text for reply in replies] == [f"You said number {n}." for n in range(20)]
