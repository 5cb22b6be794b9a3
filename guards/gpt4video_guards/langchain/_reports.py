"""What is told of a block: to the model, and to the program around it."""

from __future__ import annotations

from typing import Any

from gpt4video_guards.verdict import StageResult


def why_withheld(result: StageResult, what: str) -> str:
    """What the model is told of a tool's call: why, and no guard's inner words."""
    unjudged = result.blocking is not None and result.blocking.decision == "error"
    if unjudged:
        return f"The tool's answer was withheld: {what} could not be judged for safety."
    text = f"The tool's answer was withheld: {what} was blocked by the safety policy."
    return f"{text} {result.reason}".strip()


def report_on(result: StageResult) -> dict[str, Any]:
    """Plain values for programs; nothing of what was judged."""
    names = ("decision", "category", "score", "threshold", "guard", "policy", "reason")
    return {
        "blocked": True,
        "stage": result.stage,
        "problem": result.reason,
        "verdicts": [
            {"stage": verdict.stage, **{name: getattr(verdict, name) for name in names}}
            for verdict in result.verdicts
        ],
    }
