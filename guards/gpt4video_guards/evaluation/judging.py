"""Labelled texts through a policy's pipeline, one by one: what came out, and how long it took."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gpt4video_guards.evaluation.rows import Row
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.subject import Stage, TextKind, TextSubject
from gpt4video_guards.verdict import StageResult, Verdict

STAGE_OF: Final[dict[TextKind, Stage]] = {
    "comment": "input_text",
    "prompt": "input_text",
    "tool_result": "input_text",
    "ocr": "input_video",
    "t2v_prompt": "video_prompt",
    "response": "output_text",
}
"""Where a policy meets each kind of text."""

Progress = Callable[[int, int], None]
"""Told texts judged and texts in all."""

_JUST_UNDER: Final = math.nextafter(0.5, 0)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one labelled text."""

    row: Row
    blocked: bool
    """What a policy only flags or redacts passes."""
    failed: bool
    """Some guard could not judge it."""
    score: float
    """How near it came to being blocked, in [0, 1]: every threshold lies at 0.5 of this scale, so
    that kinds and guards can be ranked together, and exactly what is blocked has 0.5 or more."""
    verdicts: tuple[Verdict, ...]
    milliseconds: float

    @property
    def wrong(self) -> bool:
        """A safe text that was blocked, or an unsafe one that was not."""
        return self.blocked != self.row.unsafe


def judge_rows(
    rows: Sequence[Row], pipeline: GuardPipeline, *, progress: Progress | None = None
) -> list[Outcome]:
    """Judge each row where the policy meets its kind, alone, as live traffic comes."""
    outcomes = []
    for row in rows:
        started = time.perf_counter()
        subject = TextSubject(text=row.text, kind=row.kind, context=row.context)
        result = pipeline.run(STAGE_OF[row.kind], [subject])
        spent = (time.perf_counter() - started) * 1000
        outcomes.append(
            Outcome(
                row=row,
                blocked=result.blocked,
                failed=result.errored,
                score=_score(result),
                verdicts=result.verdicts,
                milliseconds=spent,
            )
        )
        if progress is not None and (len(outcomes) % 20 == 0 or len(outcomes) == len(rows)):
            progress(len(outcomes), len(rows))
    return outcomes


def _score(result: StageResult) -> float:
    worst = max((_relative(v.score, v.threshold) for v in result.verdicts), default=0.0)
    return max(worst, 0.5) if result.blocked else min(worst, _JUST_UNDER)


def _relative(score: float, threshold: float) -> float:
    """The score, stretched so that its threshold lies at 0.5."""
    if threshold <= 0 or score >= 1:
        return 1.0
    below = score < threshold
    return 0.5 * score / threshold if below else 0.5 + 0.5 * (score - threshold) / (1 - threshold)
