"""A named guard in its place: built once, asked under a deadline, its answer checked.

Guards run on daemon threads, so that one that hangs neither holds the caller nor the end of the
process. A guard that left several threads hanging is not asked again until one comes back.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Final

from gpt4video_guards.judgement import Evidence, Guard, Judgement
from gpt4video_guards.subject import Medium, Subject

LOAD_SECONDS: Final = 300.0
"""On top of a rule's timeout while the guard still loads its weights."""
_MOST_HANGING: Final = 4


@dataclass(kw_only=True, eq=False)
class Answer:
    """What came of asking a guard; judgements or an error, never both."""

    judgements: tuple[Judgement, ...] | None = None
    error: str = ""
    milliseconds: float = 0.0


@dataclass(kw_only=True, eq=False)
class Question:
    """A guard at work on some subjects; `answer` waits for it until the deadline."""

    started: float
    deadline: float
    """Set anew when the guard has loaded: loading does not count."""
    timeout: float
    loaded: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    result: Answer = field(default_factory=Answer)
    gave_up: Callable[[], None] = lambda: None

    def answer(self) -> Answer:
        self.loaded.wait(self._seconds_left())
        if self.done.wait(self._seconds_left()):
            return self.result
        self.gave_up()
        spent = (time.monotonic() - self.started) * 1000
        return Answer(error=f"no answer within {self.timeout:g} s", milliseconds=spent)

    def has_loaded(self) -> None:
        """From now on the guard itself is waited for."""
        if not self.loaded.is_set():
            self.deadline = time.monotonic() + self.timeout
            self.loaded.set()

    def _seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


class Seat:
    """One guard of a policy.

    Args:
        name: its name in the policy.
        medium: what it looks at.
        build: makes the guard when it is first asked; may raise.
    """

    def __init__(self, *, name: str, medium: Medium, build: Callable[[], Guard]) -> None:
        self.name = name
        self.medium = medium
        self._build = build
        self._guard: Guard | None = None
        self._building = threading.Lock()
        self._hanging = 0
        self._counting = threading.Lock()

    @property
    def version(self) -> str:
        return str(getattr(self._guard, "version", ""))

    def ask(self, subjects: Sequence[Subject], *, timeout: float) -> Question:
        """Start judging; seconds of `timeout` count from now."""
        now = time.monotonic()
        patience = timeout + (LOAD_SECONDS if self._guard is None else 0.0)
        question = Question(started=now, deadline=now + patience, timeout=timeout)
        if self._guard is not None:
            question.loaded.set()
        if self._hanging >= _MOST_HANGING:
            question.result = Answer(error="it still hangs on earlier questions")
            question.loaded.set()
            question.done.set()
            return question
        abandoned = threading.Event()

        def give_up() -> None:
            with self._counting:
                if not question.done.is_set():
                    abandoned.set()
                    self._hanging += 1

        def work() -> None:
            answer = self._answer(subjects, question.has_loaded)
            question.loaded.set()
            with self._counting:
                question.result = answer
                question.done.set()
                if abandoned.is_set():
                    self._hanging -= 1

        question.gave_up = give_up
        threading.Thread(target=work, name=f"guard-{self.name}", daemon=True).start()
        return question

    def _answer(self, subjects: Sequence[Subject], has_loaded: Callable[[], None]) -> Answer:
        """Never raises: whatever goes wrong becomes the answer's error."""
        try:
            guard = self._built()
            has_loaded()
            started = time.monotonic()
            judgements = checked(guard.judge(subjects), count=len(subjects))
            spent = (time.monotonic() - started) * 1000
            return Answer(judgements=judgements, milliseconds=spent)
        except BaseException as error:  # a worker thread: even SystemExit must end in a block
            return Answer(error=f"{type(error).__name__}: {error}")

    def _built(self) -> Guard:
        with self._building:
            if self._guard is None:
                self._guard = self._build()
            return self._guard


def checked(judgements: object, *, count: int) -> tuple[Judgement, ...]:
    """A guard's answer as fresh values, if it is one.

    Raises:
        TypeError: not a sequence of judgements with scores and evidence.
        ValueError: not one per subject, no scores, or a score outside [0, 1].
    """
    if not isinstance(judgements, (list, tuple)):
        raise TypeError(f"it returned {type(judgements).__name__}, not a list of judgements")
    if len(judgements) != count:
        raise ValueError(f"it returned {len(judgements)} judgements for {count} subjects")
    return tuple(_checked_one(judgement) for judgement in judgements)


def _checked_one(judgement: object) -> Judgement:
    if not isinstance(judgement, Judgement):
        raise TypeError(f"it returned a {type(judgement).__name__} instead of a judgement")
    if not isinstance(judgement.scores, Mapping):
        raise TypeError(f"its scores are a {type(judgement.scores).__name__}, not a mapping")
    if not judgement.scores:
        raise ValueError("it returned no scores")
    scores: dict[str, float] = {}
    for category, score in judgement.scores.items():
        if not isinstance(category, str) or not isinstance(score, Real) or isinstance(score, bool):
            raise TypeError(f"its score {category!r}: {score!r} is no number")
        number = float(score)
        if not math.isfinite(number) or not 0.0 <= number <= 1.0:
            raise ValueError(f"its score for {category!r} is {number}, not within [0, 1]")
        scores[category] = number
    evidence = tuple(judgement.evidence)
    if not all(isinstance(piece, Evidence) for piece in evidence):
        raise TypeError("its evidence holds something that is no evidence")
    return Judgement(scores=scores, evidence=evidence)
