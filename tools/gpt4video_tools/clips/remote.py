"""A shelf on any file system that fsspec knows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gpt4video_tools.clips.errors import ClipStoreError
from gpt4video_tools.clips.shelf import ShelvedClip
from gpt4video_tools.provenance import manifest_path


class RemoteShelf:
    """Clips under a URL of fsspec.

    The sidecar is written first and the clip last: where there is a clip, it has its sidecar.
    """

    def __init__(self, url: str, files: Any, path: str) -> None:
        root = url.rstrip("/")
        self.root = f"{root}/" if root.endswith(":") else root  # "memory://" and the like
        self._files = files
        self._path = path.rstrip("/")

    def add(self, id: str, clip: Path, sidecar: Path | None) -> None:
        folder = f"{self._path}/{id}"
        with self._failures():
            try:
                self._files.makedirs(folder, exist_ok=True)
                for file in (sidecar, clip):
                    if file is not None:
                        self._files.put_file(str(file), f"{folder}/{file.name}")
            except BaseException:
                with suppress(Exception):
                    self._files.rm(folder, recursive=True)
                raise

    def all(self) -> list[ShelvedClip]:
        sizes: dict[str, dict[str, int]] = {}
        for path, size in self._sizes(self._path).items():
            id, _, name = path.partition("/")
            sizes.setdefault(id, {})[name] = size
        return [
            _whole(id, files) or ShelvedClip(id=id, name=None, bytes=0)
            for id, files in sizes.items()
        ]

    def find(self, id: str) -> ShelvedClip | None:
        return _whole(id, self._sizes(f"{self._path}/{id}"))

    def remove(self, id: str) -> None:
        with self._failures(), suppress(FileNotFoundError):
            self._files.rm(f"{self._path}/{id}", recursive=True)

    @contextmanager
    def borrow(self, id: str, name: str) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="gpt4video-") as folder:
            local = Path(folder) / name
            with self._failures():
                for file in (local, manifest_path(local)):
                    try:
                        self._files.get_file(f"{self._path}/{id}/{file.name}", str(file))
                    except FileNotFoundError:
                        if file == local:
                            raise
            yield local

    def _sizes(self, folder: str) -> dict[str, int]:
        """Bytes of every file below a folder, by its path from there."""
        with self._failures():
            self._files.invalidate_cache()
            try:
                found = self._files.find(folder, detail=True)
            except FileNotFoundError:
                return {}
        return {
            path.removeprefix(f"{folder}/"): int(details.get("size") or 0)
            for path, details in found.items()
        }

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # every service has its own kinds
            problem = f"{type(error).__name__}: {error}"
            raise ClipStoreError(self.root, problem) from error


def _whole(id: str, files: dict[str, int]) -> ShelvedClip | None:
    clips = [name for name in files if name.endswith(".mp4") and "/" not in name]
    if len(clips) != 1:
        return None
    return ShelvedClip(id=id, name=clips[0], bytes=sum(files.values()))
