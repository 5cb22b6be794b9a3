"""What can go wrong with provenance.

GPT4VideoError
├── ManifestError   a sidecar is missing or cannot be read
└── SigningError    a clip could not be signed, so it does not appear
"""

from __future__ import annotations

import os
from os import PathLike

from gpt4video_guards.errors import GPT4VideoError


class ManifestError(GPT4VideoError):
    """A manifest is missing or cannot be read.

    Attributes:
        path: the manifest's path.
        problem: what is wrong with it.
    """

    def __init__(self, path: str | PathLike[str], problem: str) -> None:
        self.path = os.fspath(path)
        self.problem = problem
        super().__init__(f"{self.path}: {problem}")


class SigningError(GPT4VideoError):
    """A clip could not be signed; the cause is chained where there is one."""
