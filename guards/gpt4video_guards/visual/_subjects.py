"""What frame guards do with their subjects: take frames only, and have words judged as text."""

from __future__ import annotations

from collections.abc import Sequence

from gpt4video_guards._seat import checked
from gpt4video_guards._views import that_count, views
from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.judgement import Guard, Judgement
from gpt4video_guards.subject import FramesSubject, Subject, TextSubject


def frames_of(subject: Subject) -> FramesSubject:
    """The subject, if it is frames.

    Raises:
        InvalidInputError: it is not.
    """
    if not isinstance(subject, FramesSubject):
        raise InvalidInputError("subjects", type(subject).__name__, "frames only")
    return subject


def judge_texts(guard: Guard, texts: Sequence[TextSubject]) -> list[Judgement]:
    """One judgement per text, each shown to the guard in all the ways in which a stage shows it.

    Raises:
        TypeError, ValueError: the guard's answer is not what a guard answers.
    """
    shown = [views(text) for text in texts]
    flat = [view.subject for several in shown for view in several]
    answers = iter(checked(guard.judge(flat), flat))
    judged = [{view.fingerprint: next(answers) for view in several} for several in shown]
    return [
        worst_of([view.translated(known[view.fingerprint]) for view in that_count(several, guard)])
        for several, known in zip(shown, judged, strict=True)
    ]


def worst_of(judgements: Sequence[Judgement]) -> Judgement:
    """Category by category the largest score; the evidence of the judgement that scored highest."""
    scores: dict[str, float] = {}
    for judgement in judgements:
        for category, score in judgement.scores.items():
            scores[category] = max(score, scores.get(category, 0.0))
    worst = max(judgements, key=lambda judgement: max(judgement.scores.values()))
    return Judgement(scores=scores, evidence=worst.evidence)
