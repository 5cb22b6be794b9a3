"""Asking one guard about several subjects, and only about what it has not judged before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gpt4video_guards._cache import JudgementCache, Key
from gpt4video_guards._decide import Answered
from gpt4video_guards._seat import Question, Seat
from gpt4video_guards._views import View, that_count, views
from gpt4video_guards.judgement import Judgement
from gpt4video_guards.subject import Subject


@dataclass(frozen=True, eq=False)
class Asked:
    """A guard at work; what it said before is known already."""

    seat: Seat
    cache: JudgementCache
    shown: Sequence[tuple[View, ...]]
    known: Mapping[str, Judgement]
    fresh: Mapping[str, Subject]
    """By fingerprint, what it is asked about."""
    question: Question | None

    def answers(self) -> list[Answered]:
        """Wait for the guard until its deadline; one answer per subject, in order."""
        known, error, milliseconds = dict(self.known), "", 0.0
        if self.question is not None:
            answer = self.question.answer()
            error, milliseconds = answer.error, answer.milliseconds
            if answer.judgements is not None:
                for fingerprint, judgement in zip(self.fresh, answer.judgements, strict=True):
                    known[fingerprint] = judgement
                    self.cache.put(_key(self.seat, fingerprint), judgement)
        return [self._answer(several, known, error, milliseconds) for several in self.shown]

    def _answer(
        self,
        several: tuple[View, ...],
        known: Mapping[str, Judgement],
        error: str,
        milliseconds: float,
    ) -> Answered:
        lacks = any(view.fingerprint not in known for view in several)
        return Answered(
            judgements=()
            if lacks
            else tuple(
                view.translated(known[view.fingerprint])
                for view in that_count(several, self.seat.guard)
            ),
            error=error if lacks else "",
            milliseconds=milliseconds,
            guard_version=self.seat.version,
        )


def ask(
    seat: Seat, cache: JudgementCache, subjects: Sequence[Subject], *, timeout: float, joint: bool
) -> Asked:
    """Start a guard on all views of these subjects that the cache does not know.

    Args:
        seat: the guard.
        cache: what it has judged.
        subjects: of the guard's medium.
        timeout: seconds for its answer to all of them.
        joint: show requests together with their context, too.
    """
    shown = [views(subject, joint=joint) for subject in subjects]
    known: dict[str, Judgement] = {}
    fresh: dict[str, Subject] = {}
    for view in (view for several in shown for view in several):
        kept = cache.get(_key(seat, view.fingerprint))
        if kept is None:
            fresh[view.fingerprint] = view.subject
        else:
            known[view.fingerprint] = kept
    question = seat.ask(tuple(fresh.values()), timeout=timeout) if fresh else None
    return Asked(seat, cache, shown, known, fresh, question)


def _key(seat: Seat, fingerprint: str) -> Key:
    return (seat.name, seat.version, fingerprint)
