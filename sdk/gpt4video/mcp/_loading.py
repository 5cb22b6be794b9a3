"""Something slow that is loaded once, in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Loading(Generic[T]):
    """Loads at the first `start`; what came out, an error included, stays.

    Args:
        load: does the work, in a thread of its own.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._future: Future[T] | None = None

    def start(self) -> Future[T]:
        """Begin, unless it was begun already. Nobody may cancel the future."""
        with self._lock:
            if self._future is None:
                self._future = Future()
                thread = threading.Thread(
                    target=self._run, args=(self._future,), name="gpt4video-loading", daemon=True
                )
                thread.start()
            return self._future

    def _run(self, future: Future[T]) -> None:
        try:
            future.set_result(self._load())
        except BaseException as error:
            future.set_exception(error)
