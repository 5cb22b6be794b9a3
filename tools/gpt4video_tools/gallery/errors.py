"""What can go wrong while a clip is made.

GPT4VideoError
└── GenerationError              the generator failed; the cause is chained
    └── GenerationCancelledError the caller asked it to stop
"""

from __future__ import annotations

from gpt4video_guards.errors import GPT4VideoError


class GenerationError(GPT4VideoError):
    """A generator failed: out of memory, broken numbers, an error of its library.

    Attributes:
        generator: name of the generator.
        problem: what happened, in words.
    """

    def __init__(self, generator: str, problem: str) -> None:
        self.generator = generator
        self.problem = problem
        super().__init__(f"{generator}: {problem}")


class GenerationCancelledError(GenerationError):
    """The caller asked the generator to stop, and it stopped; there is no clip."""

    def __init__(self, generator: str, problem: str = "the generation was cancelled") -> None:
        super().__init__(generator, problem)
