"""Where the time of a turn goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from gpt4video.reply import Timings

Work = Literal["reading", "judging", "reasoning", "making"]


class Clock:
    """Adds up seconds by kind of work; time between the pieces of work does not count."""

    def __init__(self) -> None:
        self._seconds: dict[Work, float] = {}
        self._first_words: float | None = None

    @contextmanager
    def running(self, work: Work) -> Iterator[None]:
        """Count the time in this block as `work`. Never hold it open over a `yield`."""
        start = perf_counter()
        try:
            yield
        finally:
            self.add(work, perf_counter() - start)

    def add(self, work: Work, seconds: float) -> None:
        """Count seconds that were measured elsewhere."""
        self._seconds[work] = self._seconds.get(work, 0.0) + seconds

    def words_are_out(self) -> None:
        """The first words leave now; later calls change nothing."""
        if self._first_words is None:
            self._first_words = self._total

    def timings(self) -> Timings:
        """What was counted so far."""
        return Timings(**self._seconds, first_words=self._first_words or 0.0, total=self._total)

    @property
    def _total(self) -> float:
        return sum(self._seconds.values())
