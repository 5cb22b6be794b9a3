"""What can be wrong with a clip: three leaves of the one error tree.

ClipError                   something about this clip
├── UnreadableClipError     not a video, damaged, encrypted, or not there at all
├── TruncatedClipError      it ends before its own header says
└── BudgetExceededError     it costs more than the caller's `VideoBudget` allows
"""

from __future__ import annotations

from gpt4video_guards.errors import GPT4VideoError

__all__ = ["BudgetExceededError", "ClipError", "TruncatedClipError", "UnreadableClipError"]


class ClipError(GPT4VideoError):
    """A clip cannot be used.

    Attributes:
        source: the clip's name, as a person would know it.
        problem: what is wrong, in words.
    """

    def __init__(self, source: str, problem: str) -> None:
        self.source = source
        self.problem = problem
        super().__init__(f"{source}: {problem}")


class UnreadableClipError(ClipError):
    """Not a video that can be shown: unknown format, damaged, encrypted, empty, or not there."""


class TruncatedClipError(ClipError):
    """The clip ends before its header says.

    Attributes:
        decoded: pictures that are there.
        expected: pictures that the header promises, None where only its size shows the end missing.
    """

    def __init__(self, source: str, decoded: int, expected: int | None) -> None:
        self.decoded = decoded
        self.expected = expected
        problem = f"it ends early: its end is missing after {decoded} pictures"
        if expected is not None:
            problem = f"it ends early: {decoded} of {expected} promised pictures are there"
        super().__init__(source, problem)


class BudgetExceededError(ClipError):
    """The clip costs more than its `VideoBudget` allows.

    Attributes:
        limit: the name of the limit, for instance "max_seconds".
        allowed: the limit's value, where it is a number of ours.
        found: what the clip would need, where it is known.
    """

    def __init__(self, source: str, limit: str, allowed: float | None, found: float | None) -> None:
        self.limit = limit
        self.allowed = allowed
        self.found = found
        bound = limit if allowed is None else f"{limit} is {allowed:.12g}"
        needs = "it needs more" if found is None else f"it needs {found:.12g}"
        super().__init__(source, f"over the budget: {bound}, {needs}")
