"""A blocking generator of events, seen from asyncio."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

T = TypeVar("T")


class _End:
    """What `next` gives when there is nothing more."""


_END: Final = _End()


async def on_worker_thread(
    items: Generator[T, None, None], *, stop: Callable[[], None]
) -> AsyncGenerator[T, None]:
    """Run a generator on one worker thread of its own, one item for each `await`.

    Nothing is computed ahead. However it ends, by its own end, an error, `aclose` or cancellation,
    the generator is closed on that same thread before this returns.

    Args:
        items: not started yet.
        stop: called when it ends, from the event loop; tells a step that is still running to hurry.
    """
    loop = asyncio.get_running_loop()
    context = contextvars.copy_context()
    worker = ThreadPoolExecutor(1, thread_name_prefix="gpt4video")
    try:
        while True:
            item = await loop.run_in_executor(worker, context.run, _next_of, items)
            if isinstance(item, _End):
                return
            yield item
    finally:
        stop()
        try:
            await asyncio.shield(loop.run_in_executor(worker, context.run, items.close))
        finally:
            worker.shutdown(wait=False)


def _next_of(items: Generator[T, None, None]) -> T | _End:
    # A StopIteration must not end in a future.
    return next(items, _END)
