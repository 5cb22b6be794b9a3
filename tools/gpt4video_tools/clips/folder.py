"""A shelf in a local folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gpt4video_tools.clips.errors import ClipStoreError
from gpt4video_tools.clips.shelf import ShelvedClip

_PART = ".part"


class FolderShelf:
    """Clips in a local folder, which is made when the first one comes.

    A clip is copied into a hidden folder beside, which then gets its name: it appears, and goes,
    as a whole. Symbolic links inside the folder are never followed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.root = self._folder.as_uri().rstrip("/")

    def add(self, id: str, clip: Path, sidecar: Path | None) -> None:
        part = self._part(id)
        with self._failures():
            try:
                part.mkdir(parents=True)
                for file in (clip, sidecar):
                    if file is not None:
                        shutil.copyfile(file, part / file.name)
                os.replace(part, self._folder / id)
            except BaseException:
                shutil.rmtree(part, ignore_errors=True)
                raise

    def all(self) -> list[ShelvedClip]:
        with self._failures():
            if not self._folder.is_dir():
                return []
            names = [entry.name for entry in os.scandir(self._folder)]
        broken = [
            ShelvedClip(id=name[1 : -len(_PART)], name=None, bytes=0)
            for name in names
            if name.startswith(".") and name.endswith(_PART)
        ]
        return broken + [clip for name in names if (clip := self.find(name)) is not None]

    def find(self, id: str) -> ShelvedClip | None:
        folder = self._folder / id
        with self._failures():
            if folder.is_symlink() or not folder.is_dir():
                return None
            try:
                entries = list(os.scandir(folder))
                files = {
                    e.name: e.stat().st_size for e in entries if e.is_file(follow_symlinks=False)
                }
            except FileNotFoundError:  # removed in this moment
                return None
        clips = [name for name in files if name.endswith(".mp4")]
        if len(clips) != 1:
            return None
        return ShelvedClip(id=id, name=clips[0], bytes=sum(files.values()))

    def remove(self, id: str) -> None:
        part = self._part(id)
        with self._failures():
            with suppress(FileNotFoundError):
                os.rename(self._folder / id, part)
            with suppress(FileNotFoundError):
                shutil.rmtree(part)

    @contextmanager
    def borrow(self, id: str, name: str) -> Iterator[Path]:
        yield self._folder / id / name

    def _part(self, id: str) -> Path:
        return self._folder / f".{id}{_PART}"

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ClipStoreError(self.root, str(error)) from error
