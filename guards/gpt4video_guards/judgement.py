"""What a guard answers: a score per category and the evidence. Guards measure, policies decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gpt4video_guards.subject import Subject


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where something was seen, and what."""

    span: tuple[int, int] | None = None
    """Characters [start, end) of the text that was judged."""
    time: tuple[float, float] | None = None
    """Seconds [start, end] of the clip that was judged."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One guard's measurement of one subject."""

    scores: Mapping[str, float]
    """Category to score in [0, 1]; larger is worse. At least one category."""
    evidence: tuple[Evidence, ...] = ()


@runtime_checkable
class Guard(Protocol):
    """Anything with `judge`. It may also carry a `version` string, which goes into each verdict.

    A guard of what words mean may carry `only_readings = True`: of a text in a disguise or code
    that can be read in one way only, what it says of the reading counts, and what it says of the
    text as it came does not.
    """

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        """Exactly one judgement per subject, in order. May raise: the pipeline then blocks."""
        ...
