"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["replacing"]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new, empty file beside `path` to write to; it takes the place of `path` at the end.

    Whatever is raised inside, nothing is left behind and what stood at `path` stays as it was.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    # Not `tempfile`: its files are private to the user, which the finished one need not be.
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield beside
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            beside.unlink()
        raise
