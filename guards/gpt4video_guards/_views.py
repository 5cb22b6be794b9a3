"""Every way in which a guard is shown a subject: a text as it came, and as a reader reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gpt4video_guards.judgement import Evidence, Judgement
from gpt4video_guards.subject import Subject, TextSubject
from gpt4video_guards.text.normalise import NormalisedText, normalise


@dataclass(frozen=True, kw_only=True)
class View:
    """One showing of a subject."""

    subject: Subject
    normalised: NormalisedText | None = None
    """The way back to the original text, where the view is not the original."""

    @cached_property
    def fingerprint(self) -> str:
        return self.subject.fingerprint()

    def translated(self, judgement: Judgement) -> Judgement:
        """The judgement with its spans in the original text."""
        if self.normalised is None:
            return judgement
        return replace(
            judgement,
            evidence=tuple(_translated(piece, self.normalised) for piece in judgement.evidence),
        )


def views(subject: Subject) -> tuple[View, ...]:
    """The subject itself and, for a text in disguise, what it says without it."""
    plain = View(subject=subject)
    if not isinstance(subject, TextSubject):
        return (plain,)
    normalised = normalise(subject.text)
    if normalised.text == subject.text:
        return (plain,)
    return (plain, View(subject=replace(subject, text=normalised.text), normalised=normalised))


def merged(judgements: Sequence[Judgement]) -> Judgement:
    """Category by category the largest score; the evidence of the view that scored highest."""
    if len(judgements) == 1:
        return judgements[0]
    scores: dict[str, float] = {}
    for judgement in judgements:
        for category, score in judgement.scores.items():
            scores[category] = max(score, scores.get(category, 0.0))
    worst = max(judgements, key=lambda judgement: max(judgement.scores.values()))
    return Judgement(scores=scores, evidence=worst.evidence)


def _translated(piece: Evidence, normalised: NormalisedText) -> Evidence:
    if piece.span is None:
        return piece
    return replace(piece, span=normalised.original_span(piece.span))
