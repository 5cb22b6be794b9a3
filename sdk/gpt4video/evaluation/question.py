"""What a question about clips is: its turns, the check of the last answer and a right answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from gpt4video.evaluation.checks import Check
from gpt4video.evaluation.renderer import Footage

Family = Literal[
    "count",
    "background",
    "colour",
    "shape",
    "size",
    "motion",
    "relation",
    "existence",
    "description",
    "order",
    "follow-up",
    "comparison",
]
FAMILIES: Final[tuple[Family, ...]] = get_args(Family)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What is said in one turn, and which of the question's clips come with it."""

    text: str
    clips: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question, perhaps at the end of a short conversation, about one or two clips."""

    family: Family
    footage: tuple[Footage, ...]
    turns: tuple[Turn, ...]
    """The last one's answer is checked."""
    check: Check
    gold: str
    """A right answer."""
