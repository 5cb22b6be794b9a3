"""How far a tool has come, told to whoever listens to the agent's run.

LangChain's listeners get a custom event (`on_custom_event`, `astream_events`), LangGraph's get the
same values from the stream mode `custom`. Outside of a run, nobody is told.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final, TypedDict

from langchain_core.callbacks import adispatch_custom_event, dispatch_custom_event
from langchain_core.runnables.config import ensure_config

PROGRESS_EVENT: Final = "video_progress"
"""Name of the custom event."""


class ProgressData(TypedDict):
    """What the event carries; in LangGraph's stream beside `"type": "video_progress"`."""

    tool: str
    """Name of the tool."""
    step: int
    """Steps done, from 1."""
    total: int
    """Steps in all."""


def tell_progress(data: ProgressData) -> None:
    """Tell the listeners of the run that this thread works for."""
    _tell_graph(data)
    if _in_a_run():
        dispatch_custom_event(PROGRESS_EVENT, data)


async def atell_progress(data: ProgressData) -> None:
    """Tell the listeners of the run that this task works for."""
    _tell_graph(data)
    if _in_a_run():
        await adispatch_custom_event(PROGRESS_EVENT, data)


def _in_a_run() -> bool:
    return getattr(ensure_config().get("callbacks"), "parent_run_id", None) is not None


def _tell_graph(data: ProgressData) -> None:
    write = _stream_writer()
    if write is not None:
        write({"type": PROGRESS_EVENT, **data})


def _stream_writer() -> Callable[[Any], None] | None:
    if "langgraph" not in sys.modules:  # then no graph is running, and it need not be installed
        return None
    from langgraph.config import get_stream_writer

    try:
        return get_stream_writer()
    except (RuntimeError, KeyError):  # outside of any run; in a run that is no graph's
        return None
