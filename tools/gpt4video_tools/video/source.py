"""From whatever names a clip to bytes that can be read twice: file, bytes, file object."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias, cast

from gpt4video_guards.errors import InvalidInputError

from .budget import VideoBudget
from .errors import UnreadableClipError

__all__ = ["ByteSource", "Bytes", "open_bytes"]

ByteSource: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO
_CHUNK = 1 << 20
_IN_MEMORY = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Bytes:
    """A clip's bytes, open and seekable. Not for two threads at once."""

    handle: BinaryIO
    """Seekable; its start is the clip's start."""
    name: str
    """How a person knows the clip."""
    size: int
    """Bytes."""

    def digest(self) -> str:
        """SHA-256 of all bytes, in hex; read in pieces."""
        digest, position = hashlib.sha256(), 0
        while piece := self.at(position, _CHUNK):
            digest.update(piece)
            position += len(piece)
        return digest.hexdigest()

    def head(self, count: int) -> bytes:
        """The first bytes, `count` of them at most."""
        return self.at(0, count)

    def at(self, position: int, count: int) -> bytes:
        """Bytes from there, `count` of them at most.

        Raises:
            UnreadableClipError: the disk, or the caller's file object, failed.
        """
        try:
            self.handle.seek(position)
            return self.handle.read(count)
        except (OSError, ValueError) as error:
            raise UnreadableClipError(self.name, f"cannot be read: {error}") from error


@contextmanager
def open_bytes(source: ByteSource, *, budget: VideoBudget) -> Iterator[Bytes]:
    """The bytes of a path, of `bytes`, or of a binary file object (whole, from its start).

    A file object keeps its position; one that cannot seek is copied, up to `budget.max_bytes`.
    URLs are not fetched, and only regular files are opened: a named pipe could wait for ever.

    Raises:
        InvalidInputError: the source is of none of these kinds.
        UnreadableClipError: there is no such file, or it cannot be read.
        BudgetExceededError: more than `budget.max_bytes`.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source)
        yield _held(io.BytesIO(data), "bytes", len(data), budget)
    elif isinstance(source, str | os.PathLike):
        yield from _from_path(os.fspath(source), budget)
    elif hasattr(source, "read"):
        yield from _from_object(source, budget)
    else:
        expected = "a path, bytes, a binary file object, a uint8 array [T, H, W, 3] or a Clip"
        raise InvalidInputError("source", type(source).__name__, expected)


def _held(handle: BinaryIO, name: str, size: int, budget: VideoBudget) -> Bytes:
    budget.hold(name, "max_bytes", size)
    if size == 0:
        raise UnreadableClipError(name, "it is empty")
    return Bytes(handle=handle, name=name, size=size)


def _from_path(path: str, budget: VideoBudget) -> Iterator[Bytes]:
    name = os.path.basename(path) or path
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableClipError(name, "not a regular file")
        handle = open(path, "rb")  # noqa: SIM115 - closed below, around the yield
    except FileNotFoundError as error:
        hint = " (URLs are not fetched: download it first)" if "://" in path else ""
        raise UnreadableClipError(name, f"there is no such file{hint}") from error
    except (OSError, ValueError) as error:
        raise UnreadableClipError(name, f"cannot be opened: {error}") from error
    with handle:
        yield _held(handle, name, status.st_size, budget)


def _from_object(source: BinaryIO, budget: VideoBudget) -> Iterator[Bytes]:
    label = getattr(source, "name", None)
    name = os.path.basename(label) if isinstance(label, str) and label else "file object"
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        copy = cast(BinaryIO, spool)
        position: int | None = None
        try:
            if isinstance(source.read(0), str):
                raise InvalidInputError("source", "a text file", "one opened in binary mode")
            if source.seekable():
                position = source.tell()
                size = source.seek(0, os.SEEK_END)
            else:
                size = _copy(source, copy, name, budget)
        except InvalidInputError:
            raise
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise UnreadableClipError(name, f"cannot be read: {error}") from error
        try:
            yield _held(copy if position is None else source, name, size, budget)
        finally:
            if position is not None and not source.closed:
                source.seek(position)


def _copy(source: BinaryIO, target: BinaryIO, name: str, budget: VideoBudget) -> int:
    size = 0
    while piece := source.read(_CHUNK):
        size += len(piece)
        budget.hold(name, "max_bytes", size)
        target.write(piece)
    return size
