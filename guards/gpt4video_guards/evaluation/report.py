"""Measuring a guard or a whole policy on labelled texts: `evaluate(rows, pipeline) -> Report`."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.evaluation import metrics
from gpt4video_guards.evaluation.rows import Row
from gpt4video_guards.judgement import Guard
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.subject import Stage, TextKind, TextSubject

if TYPE_CHECKING:
    from rich.table import Table

_STAGE: Final[dict[TextKind, Stage]] = {
    "comment": "input_text",
    "prompt": "input_text",
    "tool_result": "input_text",
    "ocr": "input_video",
    "t2v_prompt": "video_prompt",
    "response": "output_text",
}
"""Where a policy meets each kind of text."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures of one group of rows; NaN where the group cannot tell (no safe rows, say)."""

    rows: int
    unsafe: int
    f1: float
    auprc: float
    fpr: float
    """Share of the safe rows that were blocked."""
    recall: float
    """Share of the unsafe rows that were blocked."""
    recall_at_1_fpr: float
    """Recall at the group's own threshold that blocks at most 1 % of its safe rows."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an evaluation found."""

    name: str
    overall: Figures
    by_source: dict[str, Figures]
    by_kind: dict[str, Figures]
    by_category: dict[str, Figures]
    """Each category's unsafe rows against all safe rows of the kinds in which it occurs."""
    p50_ms: float
    p95_ms: float
    """Milliseconds per row, one row at a time, the first one left out."""
    errors: int
    """Rows that a guard failed to judge; they count as blocked."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
        plain: dict[str, Any] = _without_nan(asdict(self))
        return plain

    def write_json(self, path: str | Path) -> None:
        """Write `as_dict()` to a file."""
        Path(path).write_text(json.dumps(self.as_dict(), indent=2) + "\n", encoding="utf-8")

    def table(self) -> Table:
        """A rich table: overall, then per kind, source and category."""
        from rich.table import Table

        title = f"{self.name}: p50 {self.p50_ms:.1f} ms, p95 {self.p95_ms:.1f} ms a text"
        table = Table(title=title, title_justify="left")
        for heading in ("rows of", "rows", "unsafe", "F1", "AUPRC", "FPR", "recall", "R@1%FPR"):
            table.add_column(heading, justify="left" if heading == "rows of" else "right")
        _add(table, "all", self.overall, end=True)
        for title, groups in (
            ("kind", self.by_kind),
            ("source", self.by_source),
            ("category", self.by_category),
        ):
            for number, (name, figures) in enumerate(sorted(groups.items()), start=1):
                _add(table, f"{title} {name}", figures, end=number == len(groups))
        return table


def evaluate(
    rows: Iterable[Row],
    judged_by: GuardPipeline | Guard,
    *,
    name: str = "",
    category: str = "unsafe",
    threshold: float = 0.5,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Judge rows one by one and report.

    Args:
        rows: labelled texts.
        judged_by: a pipeline, whose policy then decides and whose scores are relative to its
            thresholds; or a bare guard.
        name: the report's title.
        category: which of a bare guard's scores counts; `*` takes the largest.
        threshold: from which score on a bare guard's row counts as blocked.
        progress: told rows judged and rows in all.

    Raises:
        InvalidInputError: no rows, or a bare guard without that category.
    """
    rows = list(rows)
    if not rows:
        raise InvalidInputError("rows", "none", "at least one labelled text")
    measure = _Measured(judged_by, category=category, threshold=threshold)
    outcomes: list[_Outcome] = []
    for row in rows:
        outcomes.append(measure(row))
        if progress is not None and (len(outcomes) % 50 == 0 or len(outcomes) == len(rows)):
            progress(len(outcomes), len(rows))
    scores = np.array([outcome.score for outcome in outcomes])
    blocked = np.array([outcome.blocked for outcome in outcomes])
    unsafe = np.array([row.unsafe for row in rows])
    spent = np.array([outcome.milliseconds for outcome in outcomes][1:] or [math.nan])

    def figures(chosen: Sequence[int]) -> Figures:
        index = np.array(chosen)
        return _figures(scores[index], blocked[index], unsafe[index])

    return Report(
        name=name or type(judged_by).__name__,
        overall=figures(range(len(rows))),
        by_source={key: figures(group) for key, group in _grouped(rows, "source").items()},
        by_kind={key: figures(group) for key, group in _grouped(rows, "kind").items()},
        by_category={key: figures(group) for key, group in _category_groups(rows).items()},
        p50_ms=float(np.percentile(spent, 50)),
        p95_ms=float(np.percentile(spent, 95)),
        errors=sum(outcome.failed for outcome in outcomes),
    )


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    score: float
    blocked: bool
    failed: bool
    milliseconds: float


class _Measured:
    """Judges a row by a pipeline or by a bare guard, and takes the time."""

    def __init__(
        self, judged_by: GuardPipeline | Guard, *, category: str, threshold: float
    ) -> None:
        self._judged_by = judged_by
        self._category = category
        self._threshold = threshold

    def __call__(self, row: Row) -> _Outcome:
        subject = TextSubject(text=row.text, kind=row.kind)
        started = time.perf_counter()
        if isinstance(self._judged_by, GuardPipeline):
            result = self._judged_by.run(_STAGE[row.kind], [subject])
            spent = (time.perf_counter() - started) * 1000
            relative = [_relative(v.score, v.threshold) for v in result.verdicts]
            score = max(relative, default=0.0)
            return _Outcome(
                score=score, blocked=result.blocked, failed=result.errored, milliseconds=spent
            )
        scores = self._judged_by.judge([subject])[0].scores
        spent = (time.perf_counter() - started) * 1000
        if self._category != "*" and self._category not in scores:
            raise InvalidInputError("category", self._category, f"one of {', '.join(scores)}")
        score = max(scores.values()) if self._category == "*" else scores[self._category]
        return _Outcome(
            score=score, blocked=score >= self._threshold, failed=False, milliseconds=spent
        )


def _relative(score: float, threshold: float) -> float:
    """The score on a scale where every threshold lies at 0.5, so that kinds can be ranked together
    by how far they are from being blocked."""
    if threshold <= 0 or score >= 1:
        return 1.0
    below = score < threshold
    return 0.5 * score / threshold if below else 0.5 + 0.5 * (score - threshold) / (1 - threshold)


def _figures(scores: metrics.Scores, blocked: metrics.Flags, unsafe: metrics.Flags) -> Figures:
    return Figures(
        rows=len(scores),
        unsafe=int(unsafe.sum()),
        f1=metrics.f1_score(blocked, unsafe),
        auprc=metrics.average_precision(scores, unsafe),
        fpr=metrics.false_positive_rate(blocked, unsafe),
        recall=metrics.recall(blocked, unsafe),
        recall_at_1_fpr=metrics.recall_at_fpr(scores, unsafe, fpr=0.01),
    )


def _grouped(rows: Sequence[Row], field: str) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[getattr(row, field)].append(number)
    return groups


def _category_groups(rows: Sequence[Row]) -> dict[str, list[int]]:
    kinds: dict[str, set[TextKind]] = defaultdict(set)
    for row in rows:
        if row.unsafe:
            kinds[row.category].add(row.kind)
    return {
        category: [
            number
            for number, row in enumerate(rows)
            if (row.unsafe and row.category == category) or (not row.unsafe and row.kind in met)
        ]
        for category, met in kinds.items()
    }


def _add(table: Table, label: str, figures: Figures, *, end: bool) -> None:
    values = (
        figures.f1, figures.auprc, figures.fpr, figures.recall, figures.recall_at_1_fpr
    )  # fmt: skip
    shown = ["-" if math.isnan(value) else f"{value:.3f}" for value in values]
    table.add_row(label, f"{figures.rows}", f"{figures.unsafe}", *shown, end_section=end)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value
