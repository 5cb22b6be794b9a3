"""The assistant's heart: turns of one or more sessions as one synchronous generator of events."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from time import perf_counter

from gpt4video._host import Host, Request
from gpt4video._turn import Events, RunningTurn, SessionState
from gpt4video.errors import SessionBusyError, TurnCancelledError
from gpt4video.events import Event, Finished

TaggedEvents = Generator[tuple[int, Event], None, None]


def run_turn(
    host: Host, state: SessionState, request: Request, *, cancelled: threading.Event
) -> Events:
    """`run_turns` for one turn."""
    with closing(run_turns(host, [(state, request)], cancelled=cancelled)) as events:
        for _, event in events:
            yield event


def run_turns(
    host: Host,
    asked: Sequence[tuple[SessionState, Request]],
    *,
    cancelled: threading.Event,
) -> TaggedEvents:
    """Run one turn of each of several sessions, their language model's part together.

    A session's state changes only when its turn is complete, just before its last events. Closing
    the generator, an error or a block leave it as it was, and the reasoner forgets what it saw.
    All `Finished` come at the end, when the sessions are free for their next turns.

    Yields:
        The index of the turn in `asked`, and its next event.

    Raises:
        SessionBusyError: a session has a turn running.
        TurnCancelledError: `cancelled` was set.
    """
    turns: list[RunningTurn] = []
    finished: list[tuple[int, Event]] = []
    try:
        for state, request in asked:
            if not state.lock.acquire(blocking=False):
                raise SessionBusyError
            turns.append(RunningTurn(host, state, request, cancelled))
        with closing(_work(host, turns, cancelled)) as events:
            for index, event in events:
                if isinstance(event, Finished):
                    finished.append((index, event))
                else:
                    yield index, event
    finally:
        for turn in turns:
            turn.release()
    yield from finished


def _work(host: Host, turns: Sequence[RunningTurn], cancelled: threading.Event) -> TaggedEvents:
    for index, turn in enumerate(turns):
        yield from _tagged(index, turn.open())
    yield from _reason(host, turns, cancelled)
    for index, turn in enumerate(turns):
        yield from _tagged(index, turn.conclude())


def _reason(host: Host, turns: Sequence[RunningTurn], cancelled: threading.Event) -> TaggedEvents:
    """Let the language model speak in all turns that are not over."""
    live = [index for index, turn in enumerate(turns) if not turn.over]
    if not live:
        return
    options = turns[live[0]].request.options or host.options
    conversations = [turns[index].begin_reasoning() for index in live]
    pieces = host.reasoner.stream(conversations, options=options)
    try:
        while not all(turns[index].over for index in live):
            if cancelled.is_set():
                raise TurnCancelledError
            start = perf_counter()
            with host.lock:
                item = next(pieces, None)
            seconds = perf_counter() - start
            for index in live:
                turns[index].clock.add("reasoning", seconds)
            if item is None:
                return
            position, piece = item
            yield from _tagged(live[position], turns[live[position]].push(piece))
    finally:
        # A generator works until it is closed; a plain iterator has nothing to stop.
        close = getattr(pieces, "close", None)
        if close is not None:
            with host.lock:
                close()


def _tagged(index: int, events: Events) -> TaggedEvents:
    with closing(events):
        for event in events:
            yield index, event
