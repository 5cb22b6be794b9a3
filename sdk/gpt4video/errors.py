"""Errors of the assistant, under the one root of `gpt4video_guards.errors`.

    GPT4VideoError
    ├── SessionBusyError     a second turn was asked of a session while one is running
    └── TurnCancelledError   a turn was stopped from outside; the session is as it was before

A blocked turn is no error: it is a `Reply` with `refused` set.
"""

from __future__ import annotations

from gpt4video_guards.errors import GPT4VideoError


class SessionBusyError(GPT4VideoError):
    """A session has one turn at a time; ask another session, or wait for the running turn."""

    def __init__(self) -> None:
        super().__init__(
            "session: a turn is still running, expected it to be read to its end or closed first"
        )


class TurnCancelledError(GPT4VideoError):
    """The turn was stopped from outside."""

    def __init__(self) -> None:
        super().__init__("the turn was cancelled; the session is as it was before")
