"""A group of commands whose expected failures end in one line and exit code 1."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from gpt4video.cli._console import fail


class Commands(TyperGroup):
    """What goes wrong outside of the program is told in a sentence; bugs keep their traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            told = told_failure(error)
            if told is None:
                raise
            fail(told)
            raise typer.Exit(1) from error


def told_failure(error: Exception) -> str | None:
    """The sentence for an error that is no bug; None for all others."""
    from gpt4video_guards.errors import GPT4VideoError

    if isinstance(error, GPT4VideoError):
        return str(error)
    # torch's own class is not imported for this: where it is raised, torch is there already.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return (
            "out of memory: close other programs, lower the budget of clips, "
            "or take a smaller model (or --device cpu)"
        )
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
    return None
