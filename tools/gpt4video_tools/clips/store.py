"""`ClipStore`: takes finished clips in, gives a handle for each, and keeps within its limits."""

from __future__ import annotations

import math
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_tools.clips.errors import ClipStoreError, UnknownClipError
from gpt4video_tools.clips.folder import FolderShelf
from gpt4video_tools.clips.remote import RemoteShelf
from gpt4video_tools.clips.shelf import Shelf, ShelvedClip
from gpt4video_tools.provenance import manifest_path
from gpt4video_tools.video import BudgetExceededError

MAX_BYTES = 2 * 1024**3
MAX_CLIPS = 1000

_ID = re.compile(r"[0-9a-f]{14}-[0-9a-f]{16}")
_ABANDONED = 3600.0  # seconds after which a half-written clip is no longer being written


class ClipStore:
    """Finished clips in a local folder, or under any URL that fsspec knows.

    A handle is the URI of the clip: `file:///.../<id>/<name>.mp4` for a folder. Ids are random, so
    a handle is known to those only who were given it. The sidecar manifest is kept and removed with
    its clip. Other files in the same place are left alone.

    Threads may share a store, and processes the same place; a clip that is being read in one
    process is safe from that process's limits only.

    Args:
        url: a folder (made when the first clip comes), or a URL such as `s3://bucket/clips`.
        max_bytes: of all clips and sidecars together.
        max_clips: how many clips. Over either limit, the oldest are removed first.
        max_age: seconds after which a clip is gone; None for no end.
        storage_options: what fsspec needs to open the URL, such as credentials.

    Raises:
        InvalidInputError: a limit is not positive, or the URL carries a password, which would end
            up in every handle.
        ConfigurationError: fsspec does not know the URL's protocol, or needs a package for it.
    """

    def __init__(
        self,
        url: str | PathLike[str],
        *,
        max_bytes: int = MAX_BYTES,
        max_clips: int = MAX_CLIPS,
        max_age: float | None = None,
        storage_options: Mapping[str, Any] | None = None,
    ) -> None:
        _positive("max_bytes", max_bytes)
        _positive("max_clips", max_clips)
        if max_age is not None:
            _positive("max_age", max_age)
        self._shelf = _shelf(fspath(url), storage_options or {})
        self._max_bytes = max_bytes
        self._max_clips = max_clips
        self._max_age = max_age
        self._lock = threading.Lock()
        self._last = 0
        self._arriving: dict[str, int] = {}  # id -> bytes
        self._lent: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """URI of the place; every handle is `<url>/<id>/<name>.mp4`."""
        return self._shelf.root

    def __repr__(self) -> str:
        return f"ClipStore({self.url!r})"

    def keep(self, path: str | PathLike[str]) -> str:
        """Copy a finished local mp4, and the manifest beside it if there is one, into the store.

        The oldest clips go where there is no room.

        Returns:
            The clip's handle. The same file kept twice has two.

        Raises:
            InvalidInputError: it is not an mp4 file.
            BudgetExceededError: it alone is larger than the whole store may be.
            ClipStoreError: it could not be written; nothing of it stays behind.
        """
        clip = Path(path)
        if clip.suffix != ".mp4" or not clip.is_file():
            raise InvalidInputError("path", str(clip), "an mp4 file")
        sidecar = manifest_path(clip)
        files = [clip, sidecar] if sidecar.is_file() else [clip]
        size = sum(file.stat().st_size for file in files)
        if size > self._max_bytes:
            raise BudgetExceededError(clip.name, "max_bytes", self._max_bytes, size)
        with self._lock:
            id = self._new_id()
            self._arriving[id] = size
            try:
                self._make_room()
            except BaseException:
                del self._arriving[id]
                raise
        try:
            self._shelf.add(id, clip, sidecar if len(files) > 1 else None)
        finally:
            with self._lock:
                del self._arriving[id]
        return self._handle(ShelvedClip(id=id, name=clip.name, bytes=size))

    def read(self, handle: str) -> bytes:
        """The exact bytes of a clip.

        Raises:
            UnknownClipError: no clip of this store has this handle, or it has expired.
            ClipStoreError: it could not be read.
        """
        with self.fetch(handle) as path:
            try:
                return path.read_bytes()
            except FileNotFoundError:  # another process removed it in this moment
                raise UnknownClipError(handle) from None
            except OSError as error:
                raise ClipStoreError(self._shelf.root, str(error)) from error

    @contextmanager
    def fetch(self, handle: str) -> Iterator[Path]:
        """A local file of a clip for as long as the context lasts, its manifest beside it.

        It is the clip itself where the store is a folder: read it only. The limits of the store
        spare it meanwhile.

        Raises:
            UnknownClipError: no clip of this store has this handle, or it has expired.
            ClipStoreError: it could not be read.
        """
        with self._lock:
            clip = self._find(handle)
            self._lent[clip.id] += 1
        try:
            assert clip.name is not None
            with self._shelf.borrow(clip.id, clip.name) as path:
                yield path
        finally:
            with self._lock:
                self._lent -= Counter([clip.id])

    def handles(self) -> list[str]:
        """The handles of all clips, the oldest first."""
        now = _now()
        found = sorted(self._shelf.all(), key=lambda clip: clip.id)
        return [
            self._handle(clip)
            for clip in found
            if _ID.fullmatch(clip.id) and clip.name is not None and not self._expired(clip, now)
        ]

    def remove(self, handle: str) -> None:
        """Remove a clip and its manifest at once.

        Raises:
            UnknownClipError: no clip of this store has this handle.
            ClipStoreError: it could not be removed.
        """
        with self._lock:
            self._shelf.remove(self._find(handle).id)

    def sweep(self) -> None:
        """Remove what is too old, or over the limits.

        `keep` does it too; call this on a timer where clips must be gone in time.

        Raises:
            ClipStoreError: something could not be removed.
        """
        with self._lock:
            self._make_room()

    def _make_room(self) -> None:
        now = _now()
        found = [
            clip
            for clip in self._shelf.all()
            if _ID.fullmatch(clip.id) and clip.id not in self._arriving
        ]
        whole = sorted((clip for clip in found if clip.name is not None), key=lambda clip: clip.id)
        gone = [clip for clip in found if clip.name is None and now - _kept(clip) > _ABANDONED]
        count = len(whole) + len(self._arriving)
        size = sum(clip.bytes for clip in whole) + sum(self._arriving.values())
        for clip in whole:
            over = count > self._max_clips or size > self._max_bytes
            if (over or self._expired(clip, now)) and not self._lent[clip.id]:
                gone.append(clip)
                count -= 1
                size -= clip.bytes
        for clip in gone:
            self._shelf.remove(clip.id)

    def _find(self, handle: str) -> ShelvedClip:
        root = f"{self._shelf.root}/"
        if not isinstance(handle, str) or not handle.startswith(root):
            raise UnknownClipError(str(handle))
        id = handle.removeprefix(root).split("/")[0]
        clip = self._shelf.find(id) if _ID.fullmatch(id) else None
        if clip is None or self._handle(clip) != handle or self._expired(clip, _now()):
            raise UnknownClipError(handle)
        return clip

    def _handle(self, clip: ShelvedClip) -> str:
        return f"{self._shelf.root}/{clip.id}/{quote(clip.name or '', safe='')}"

    def _expired(self, clip: ShelvedClip, now: float) -> bool:
        return self._max_age is not None and now - _kept(clip) > self._max_age

    def _new_id(self) -> str:
        """Microseconds since 1970 and a random part: in the order of the clips' coming, with the
        time in it, because not every file system tells when a file was made."""
        self._last = max(int(_now() * 1e6), self._last + 1)
        return f"{self._last:014x}-{secrets.token_hex(8)}"


def open_store(where: object) -> ClipStore:
    """A store as it is, or one with the usual limits in a folder or under a URL.

    Raises:
        InvalidInputError: it is none of these.
    """
    if isinstance(where, ClipStore):
        return where
    if isinstance(where, str | PathLike) and fspath(where):
        return ClipStore(where)
    raise InvalidInputError("store", where, "a ClipStore, a folder or a URL")


def _kept(clip: ShelvedClip) -> float:
    """When the clip came, in seconds since 1970."""
    return int(clip.id[:14], 16) / 1e6


def _now() -> float:
    return time.time()


def _positive(argument: str, value: object) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:  # type: ignore[operator]
        raise InvalidInputError(argument, value, "a positive number")


def _shelf(url: str, storage_options: Mapping[str, Any]) -> Shelf:
    if "://" not in url:
        return FolderShelf(Path(url))
    if urlsplit(url).password is not None:
        raise InvalidInputError("url", "a URL with a password", "one without; see storage_options")
    import fsspec

    try:
        files, path = fsspec.url_to_fs(url, **storage_options)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"clip store {url}: {error}") from error
    local = "file" in ((files.protocol,) if isinstance(files.protocol, str) else files.protocol)
    return FolderShelf(Path(path)) if local else RemoteShelf(url, files, path)
