"""From scores to a decision: pure functions over a rule's thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gpt4video_guards.policy import ANY, Rule
from gpt4video_guards.subject import TextKind
from gpt4video_guards.verdict import Decision

_SEVERITY: Final[dict[Decision, int]] = {"allow": 0, "flag": 1, "block": 2}


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What a rule makes of one judgement."""

    decision: Decision
    category: str
    score: float
    threshold: float


def rule_on(rule: Rule, scores: Mapping[str, float], kind: TextKind | None) -> Ruling:
    """The most severe ruling over all categories; of equals the one furthest over its threshold.

    Raises:
        LookupError: a category that the rule names, or any at all, has no score.
    """
    missing = [name for name in rule.thresholds if name != ANY and name not in scores]
    if missing:
        raise LookupError(f"it gave no score for {', '.join(sorted(missing))}")
    rulings = [
        _ruling(rule, category, score, limit)
        for category, score in scores.items()
        if (limit := rule.limit(category, kind)) is not None
    ]
    if not rulings:
        raise LookupError("it gave no score that the policy asks for")
    return max(rulings, key=lambda r: (_SEVERITY[r.decision], r.score / r.threshold))


def _ruling(rule: Rule, category: str, score: float, limit: float) -> Ruling:
    action = rule.actions.get(category, rule.action)
    decision: Decision = action if score >= limit else "allow"
    return Ruling(decision=decision, category=category, score=score, threshold=limit)
