"""What all commands share: where they print, how errors end, how JSON is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from gpt4video.reply import Reply

out: Final = Console(highlight=False)
"""Answers and tables."""
err: Final = Console(stderr=True, highlight=False)
"""Progress and errors, so that standard output can be piped."""

REFUSED: Final = 3
"""Exit code of a call that the guards refused."""


def fail(message: str) -> None:
    """One readable line on standard error."""
    err.print(f"[bold red]error:[/] {_escaped(message)}", soft_wrap=True)


def print_json(value: Any) -> None:
    """Plain JSON on standard output, nothing around it."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


@contextmanager
def busy(words: str) -> Iterator[None]:
    """A spinner on standard error while something takes its time."""
    with err.status(words):
        yield


@contextmanager
def steps_bar(words: str) -> Iterator[Any]:
    """A progress bar on standard error; yields `update(step, total)`."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(words, total=None)

        def update(step: int, total: int) -> None:
            progress.update(task, completed=step, total=total)

        yield update


def reply_as_dict(reply: Reply) -> dict[str, Any]:
    """A reply as JSON-able values."""
    video = reply.video
    return {
        "text": reply.text,
        "refused": reply.refused,
        "stage": reply.stage,
        "reason": reply.reason,
        "video": None
        if video is None
        else {
            "path": str(video.path),
            "prompt": video.prompt,
            "frames": video.frame_count,
            "height": video.height,
            "width": video.width,
            "fps": video.fps,
            "seed": video.seed,
            "generator": video.generator,
        },
        "verdicts": [
            {
                "stage": each.stage,
                "guard": each.guard,
                "decision": each.decision,
                "category": each.category,
                "score": each.score,
                "threshold": each.threshold,
                "milliseconds": each.milliseconds,
            }
            for each in reply.verdicts
        ],
        "tokens": {
            "prompt": reply.usage.prompt_tokens,
            "completion": reply.usage.completion_tokens,
        },
        "seconds": {
            "first_words": round(reply.timings.first_words, 3),
            "total": round(reply.timings.total, 3),
        },
        "notes": list(reply.notes),
    }


def existing(path: Path) -> Path:
    """The path of a clip that is there; a wrong call otherwise."""
    import typer

    if not path.is_file():
        raise typer.BadParameter(f"no such file: {path}")
    return path


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
