"""The one error tree of gpt4video: `GPT4VideoError` catches all that we raise on purpose.

    GPT4VideoError
    ├── InvalidInputError      an argument is wrong (also a ValueError)
    └── ConfigurationError     something asked for by name is not there or does not fit
        ├── MissingExtraError  an optional dependency is not installed (also an ImportError)
        ├── UnknownNameError   no preset, guard or generator of that name (also a LookupError)
        ├── CheckpointError    a folder of weights is missing, incomplete or of another kind
        └── PolicyError        a policy file cannot be read or does not make sense

The other packages hang their leaves under the same root: clips in `gpt4video_tools.video`,
generation in `gpt4video_tools.gallery`.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath


class GPT4VideoError(Exception):
    """Root of all errors that gpt4video raises on purpose."""


class InvalidInputError(GPT4VideoError, ValueError):
    """An argument is wrong.

    Attributes:
        argument: its name.
        got: what came, in words or as a repr.
        expected: what would have been right.
    """

    def __init__(self, argument: str, got: object, expected: str) -> None:
        self.argument = argument
        self.got = got
        self.expected = expected
        super().__init__(f"{argument}: got {_shorten(got)}, expected {expected}")


class ConfigurationError(GPT4VideoError):
    """Something that was asked for by name is not there or does not fit."""


class MissingExtraError(ConfigurationError, ImportError):
    """An optional dependency is not installed; the message carries the install line."""

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        ImportError.__init__(
            self, f"{purpose} needs an optional dependency: pip install 'gpt4video[{extra}]'"
        )


class UnknownNameError(ConfigurationError, LookupError):
    """No preset, guard or generator has this name; the message lists the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(sorted(known))
        super().__init__(f"no {kind} named {name!r}; known: {', '.join(self.known) or 'none'}")


class CheckpointError(ConfigurationError):
    """A folder of weights is missing, incomplete or of another kind."""

    def __init__(self, path: str | PathLike[str], problem: str) -> None:
        self.path = fspath(path)
        super().__init__(f"{self.path}: {problem}")


class PolicyError(ConfigurationError):
    """A policy cannot be read or does not make sense; the message says where and why."""

    def __init__(self, source: str | PathLike[str], problem: str) -> None:
        self.source = fspath(source)
        super().__init__(f"policy {self.source}: {problem}")


def _shorten(value: object, limit: int = 120) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
