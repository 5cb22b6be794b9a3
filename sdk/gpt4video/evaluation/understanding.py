"""The understanding table: share of questions answered right, by family, on clips of our own."""

from __future__ import annotations

from collections.abc import Sequence

from gpt4video.evaluation.question import FAMILIES, Question
from gpt4video.evaluation.questions import make_questions
from gpt4video.evaluation.report import Miss, Report, Row, Table, share
from gpt4video.evaluation.talking import (
    Answering,
    Outcome,
    Progress,
    answer_each,
    converse,
)
from gpt4video_tools.video import VideoSource


def evaluate_understanding(
    assistant: Answering,
    *,
    n: int = 600,
    seed: int = 0,
    questions: Sequence[Question] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Ask `n` questions, spread evenly over the twelve families, each in a fresh session.

    The clips are filmed by the evaluation's own renderer and handed over as H.264 in mp4. The same
    `n` and `seed` give the same clips and questions. A question that ends in an error, or in a
    refusal, is answered wrong; errors are counted beside.

    Args:
        assistant: anything with the assistant's sessions.
        n: number of questions.
        seed: of clips and questions.
        questions: these instead, as `make_questions` gives them, for several assistants in turn.
        progress: told questions done and `n`.
    """
    asked = make_questions(n, seed=seed) if questions is None else list(questions)
    outcomes = _answers(assistant, asked, progress)
    return _report(asked, outcomes, settings={"n": len(asked), "seed": seed})


def _answers(
    assistant: Answering, questions: list[Question], progress: Progress | None
) -> list[Outcome]:
    """In the order of the questions; those of a single turn may be answered many at a time."""
    single = [i for i, question in enumerate(questions) if len(question.turns) == 1]
    longer = [i for i, question in enumerate(questions) if len(question.turns) > 1]
    outcomes: dict[int, Outcome] = {}
    together = answer_each(
        assistant,
        [_turns(questions[i])[0] for i in single],
        progress=None if progress is None else lambda done, _: progress(done, len(questions)),
    )
    outcomes.update(zip(single, together, strict=True))
    for i in longer:
        outcomes[i] = converse(assistant, _turns(questions[i]))[-1]
        if progress is not None:
            progress(len(outcomes), len(questions))
    return [outcomes[i] for i in range(len(questions))]


def _turns(question: Question) -> list[tuple[str, list[VideoSource]]]:
    """Text and files of every turn."""
    return [(turn.text, [question.footage[i].mp4 for i in turn.clips]) for turn in question.turns]


def _right(question: Question, outcome: Outcome) -> bool:
    answered = not outcome.refused and not outcome.error
    return answered and question.check.passes(outcome.text)


def _report(
    questions: list[Question], outcomes: list[Outcome], *, settings: dict[str, int]
) -> Report:
    right = [_right(q, outcome) for q, outcome in zip(questions, outcomes, strict=True)]
    rows: list[Row] = []
    shares: dict[str, float] = {}
    for family in FAMILIES:
        chosen = [i for i, question in enumerate(questions) if question.family == family]
        if not chosen:
            continue
        shares[family] = share([right[i] for i in chosen])
        rows.append(_row(family, chosen, right, outcomes))
    rows.append(_row("overall", list(range(len(questions))), right, outcomes))
    return Report(
        name="understanding",
        figures={
            "overall": share(right),
            "worst family": min(shares.values(), default=0.0),
            **shares,
        },
        tables=(
            Table(
                title="Understanding of clips by an independent renderer",
                columns=("questions", "right", "share", "errors"),
                rows=tuple(rows),
            ),
        ),
        misses=tuple(
            _miss(question, outcome)
            for question, outcome, ok in zip(questions, outcomes, right, strict=True)
            if not ok
        ),
        settings=settings,
    )


def _row(name: str, chosen: list[int], right: list[bool], outcomes: list[Outcome]) -> Row:
    verdicts = [right[i] for i in chosen]
    return Row(
        name=name,
        values={
            "questions": len(chosen),
            "right": sum(verdicts),
            "share": share(verdicts),
            "errors": sum(bool(outcomes[i].error) for i in chosen),
        },
    )


def _miss(question: Question, outcome: Outcome) -> Miss:
    shown = " | ".join(each.scene.prompt for each in question.footage)
    asked = " / ".join(turn.text for turn in question.turns)
    return Miss(
        kind=question.family,
        asked=f"[{shown}] {asked}",
        wanted=question.gold,
        got=outcome.error or outcome.text,
    )
