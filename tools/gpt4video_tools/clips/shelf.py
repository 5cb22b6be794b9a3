"""What a store needs of the place where its clips lie: a folder, or a file system far away.

A clip lies in a folder of its own, named by its id, under its own file name and with its sidecar
beside it, so that names never collide and a sidecar stays true.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class ShelvedClip:
    """One clip on a shelf, or what a crash left of one."""

    id: str
    name: str | None
    """File name of the mp4; None where it never came to be whole."""
    bytes: int
    """Of the clip and its sidecar."""


class Shelf(Protocol):
    """A place for clips. Every method raises `ClipStoreError` where the place fails."""

    @property
    def root(self) -> str:
        """URI of the place, without a slash at the end."""

    def add(self, id: str, clip: Path, sidecar: Path | None) -> None:
        """Copy a local clip in. It appears whole, with its sidecar, or not at all."""

    def all(self) -> list[ShelvedClip]:
        """Everything there is, in no order."""

    def find(self, id: str) -> ShelvedClip | None:
        """The whole clip of that id."""

    def remove(self, id: str) -> None:
        """Remove a clip and its sidecar, or what a crash left; nothing there is no error."""

    def borrow(self, id: str, name: str) -> AbstractContextManager[Path]:
        """A local file of the clip, its sidecar beside it, while the context lasts."""
