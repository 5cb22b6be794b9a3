"""A named guard in its place: built once, asked under a deadline, its answer checked.

Guards run on daemon threads, so that one that hangs neither holds the caller nor the end of the
process. A guard that left several threads hanging is not asked again until one comes back.
"""

from __future__ import annotations

import math
import operator
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Final

from gpt4video_guards.judgement import Evidence, Guard, Judgement
from gpt4video_guards.subject import Medium, Subject, TextSubject

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

    def end(self, result: Answer) -> None:
        """The answer is there."""
        self.result = result
        self.loaded.set()
        self.done.set()

    def _seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())


class Seat:
    """One guard of a policy.

    Args:
        name: its name in the policy.
        medium: what it looks at.
        build: makes the guard when it is first asked; may raise.
        load_timeout: seconds on top of a rule's timeout while the guard is still being built.
    """

    def __init__(
        self, *, name: str, medium: Medium, build: Callable[[], Guard], load_timeout: float
    ) -> None:
        self.name = name
        self.medium = medium
        self._build = build
        self._load_timeout = load_timeout
        self._guard: Guard | None = None
        self._building = threading.Lock()
        self._hanging = 0
        self._counting = threading.Lock()

    @property
    def guard(self) -> Guard | None:
        """The guard itself, once it was built."""
        return self._guard

    @property
    def version(self) -> str:
        return str(getattr(self._guard, "version", ""))

    def ask(self, subjects: Sequence[Subject], *, timeout: float) -> Question:
        """Start judging; seconds of `timeout` count from now."""
        now = time.monotonic()
        patience = timeout + (self._load_timeout if self._guard is None else 0.0)
        question = Question(started=now, deadline=now + patience, timeout=timeout)
        if self._guard is not None:
            question.loaded.set()
        if self._hanging >= _MOST_HANGING:
            question.end(Answer(error="it still hangs on earlier questions"))
            return question
        abandoned = threading.Event()

        def give_up() -> None:
            with self._counting:
                if not question.done.is_set():
                    abandoned.set()
                    self._hanging += 1

        def work() -> None:
            answer = self._answer(subjects, question.has_loaded)
            with self._counting:
                question.end(answer)
                if abandoned.is_set():
                    self._hanging -= 1

        question.gave_up = give_up
        try:
            threading.Thread(target=work, name=f"guard-{self.name}", daemon=True).start()
        except (RuntimeError, MemoryError) as error:  # no thread can be had
            question.end(Answer(error=f"{type(error).__name__}: {error}"))
        return question

    def _answer(self, subjects: Sequence[Subject], has_loaded: Callable[[], None]) -> Answer:
        """Never raises: whatever goes wrong becomes the answer's error."""
        try:
            guard = self._built()
            has_loaded()
            started = time.monotonic()
            judgements = checked(guard.judge(subjects), subjects)
            spent = (time.monotonic() - started) * 1000
            return Answer(judgements=judgements, milliseconds=spent)
        except BaseException as error:  # a worker thread: even SystemExit must end in a block
            return Answer(error=f"{type(error).__name__}: {error}")

    def _built(self) -> Guard:
        with self._building:
            if self._guard is None:
                self._guard = self._build()
            return self._guard


def checked(judgements: object, subjects: Sequence[Subject]) -> tuple[Judgement, ...]:
    """A guard's answer as fresh values, if it is one.

    Raises:
        TypeError: not a sequence of judgements with scores and evidence.
        ValueError: not one per subject, no scores, a score outside [0, 1], or a span outside of
            the text.
    """
    if not isinstance(judgements, (list, tuple)):
        raise TypeError(f"it returned {type(judgements).__name__}, not a list of judgements")
    if len(judgements) != len(subjects):
        raise ValueError(f"it returned {len(judgements)} judgements for {len(subjects)} subjects")
    return tuple(map(_checked_one, judgements, subjects))


def _checked_one(judgement: object, subject: Subject) -> Judgement:
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
    length = len(subject.text) if isinstance(subject, TextSubject) else 0
    evidence = tuple(_checked_evidence(piece, length) for piece in judgement.evidence)
    return Judgement(scores=scores, evidence=evidence)


def _checked_evidence(piece: object, length: int) -> Evidence:
    if not isinstance(piece, Evidence) or not isinstance(piece.note, str):
        raise TypeError("its evidence holds something that is no evidence")
    span: tuple[int, int] | None = None
    time: tuple[float, float] | None = None
    if piece.span is not None:
        start, end = map(operator.index, piece.span)  # numpy's integers are places, too
        if not 0 <= start <= end <= length:
            raise ValueError(f"its evidence {piece.span} lies outside of the text")
        span = (start, end)
    if piece.time is not None:
        first, last = (float(second) for second in piece.time)
        if not (math.isfinite(first) and math.isfinite(last) and first <= last):
            raise ValueError(f"its evidence has no time range: {piece.time}")
        time = (first, last)
    return Evidence(span=span, time=time, note=piece.note)
