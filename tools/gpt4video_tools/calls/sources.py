"""From what a model wrote to a clip on disk: only what the host has opened can be reached."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gpt4video_tools.clips import UnknownClipError
from gpt4video_tools.fetching import FetchError

if TYPE_CHECKING:
    from gpt4video_tools.clips import ClipStore
    from gpt4video_tools.fetching import ClipFetcher


@dataclass(frozen=True, kw_only=True)
class ClipSources:
    """Where the clips of a question may lie. Nothing is open unless it is named here."""

    store: ClipStore | None = None
    """Its handles."""
    folders: tuple[Path, ...] = ()
    """Files below these, wherever symbolic links lead from there; relative paths start in them."""
    fetcher: ClipFetcher | None = None
    """URLs that it may fetch."""

    @contextmanager
    def open(self, video: str, *, cancelled: Callable[[], bool]) -> Iterator[Path]:
        """A local file for as long as the context lasts.

        Args:
            video: a handle, a path or a URL.
            cancelled: asked while a URL is fetched.

        Raises:
            UnknownClipError: it is none, or not one that may be reached; which, is not said.
            FetchError: it could not be fetched.
            ClipError: what was fetched is no clip, or over the fetcher's limits.
            ClipStoreError: the store failed.
        """
        with ExitStack() as stack:
            yield self._opened(video, stack, cancelled)

    def _opened(self, video: str, stack: ExitStack, cancelled: Callable[[], bool]) -> Path:
        if self.store is not None:
            try:
                return stack.enter_context(self.store.fetch(video))
            except UnknownClipError:
                pass  # a path or a URL, perhaps
        if video.lower().startswith(("http://", "https://")):
            if self.fetcher is None:
                raise FetchError("url", "URLs are not fetched here")
            return stack.enter_context(self.fetcher.fetch(video, cancelled=cancelled))
        path = _local(video)
        for folder in self.folders:
            if (found := _inside(folder, path)) is not None:
                return found
        raise UnknownClipError(video)


def _local(video: str) -> str:
    address = urlsplit(video) if video.startswith("file:") else None
    return video if address is None else url2pathname(address.path)


def _inside(folder: Path, path: str) -> Path | None:
    """The regular file at that path, if it lies in the folder once every link was followed."""
    try:
        root = folder.resolve(strict=True)
        found = (root / path).resolve(strict=True)
        inside = found.is_relative_to(root) and stat.S_ISREG(found.stat().st_mode)
    except (OSError, ValueError, RuntimeError):  # not there, no path at all, links in a circle
        return None
    return found if inside else None
