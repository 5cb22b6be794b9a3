"""What can go wrong in a store of clips.

GPT4VideoError
├── ClipStoreError          the store's disk or service failed; the cause is chained
└── ClipError
    └── UnknownClipError    the handle is not of this store, or its clip is gone
"""

from __future__ import annotations

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.video import ClipError

_LONGEST_SHOWN = 200


class ClipStoreError(GPT4VideoError):
    """A store could not be read or written.

    Attributes:
        store: the store's URL.
        problem: what happened, in words.
    """

    def __init__(self, store: str, problem: str) -> None:
        self.store = store
        self.problem = problem
        super().__init__(f"clip store {store}: {problem}")


class UnknownClipError(ClipError):
    """A handle that is not of this store, or whose clip was removed or has expired."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            handle[:_LONGEST_SHOWN], "no clip of this store has this handle (any more)"
        )
