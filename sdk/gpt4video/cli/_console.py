"""What all commands share: where they print, and how."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from unicodedata import category

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

out: Final = Console(highlight=False)
"""Answers and tables."""
err: Final = Console(stderr=True, highlight=False)
"""Progress and errors, so that standard output can be piped."""

REFUSED: Final = 3
"""Exit code of a call that the guards refused."""

Update = Callable[[int, int], None]
"""Told steps done and steps in all."""


def safe(text: str) -> str:
    """Words of users and models for a rich template: no markup, and no control characters, which
    could repaint the terminal."""
    return escape(printable(text))


def printable(text: str) -> str:
    """Text without control characters other than new lines and tabs, and without surrogates."""
    return "".join(mark for mark in text if mark in "\n\t" or category(mark) not in ("Cc", "Cs"))


def say(text: str, *, end: str = "\n", style: str | None = None) -> None:
    """Words of users and models on standard output, as they are and unbroken."""
    out.print(printable(text), markup=False, soft_wrap=True, end=end, style=style)


def fail(message: str) -> None:
    """One readable line on standard error."""
    err.print(f"[bold red]error:[/] {safe(' '.join(message.split()))}", soft_wrap=True)


def print_json(value: Any) -> None:
    """Plain JSON on standard output, nothing around it."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


@contextmanager
def busy(words: str) -> Iterator[None]:
    """A spinner on standard error while something takes its time."""
    with err.status(words):
        yield


@contextmanager
def steps_bar(words: str) -> Iterator[Update]:
    """A progress bar on standard error, which goes when the work is done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(words, total=None)
        yield lambda step, total: progress.update(task, completed=step, total=total)
