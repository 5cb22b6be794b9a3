"""From a clip's address in a message to the clip, as far as the host allows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote_to_bytes

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.calls import ClipSources


@dataclass(frozen=True, kw_only=True)
class MessageClips:
    """Where the clips of messages may lie: in the message itself, and where the host says."""

    sources: ClipSources
    own_folder: Callable[[], Path]
    """Gives the folder of the clips that the assistant made itself."""

    @contextmanager
    def open(self, address: str, *, cancelled: Callable[[], bool]) -> Iterator[bytes | Path]:
        """The clip, or a local file of it for as long as the context lasts.

        Raises:
            InvalidInputError: a `data:` address that is not well formed.
            UnknownClipError: the address is none, or leads where the host allows nothing.
            FetchError: it could not be fetched.
            ClipStoreError: the store failed.
        """
        if address[:5].lower() == "data:":
            yield _data(address)
            return
        with self._open_for(address).open(address, cancelled=cancelled) as path:
            yield path

    def _open_for(self, address: str) -> ClipSources:
        """The host's sources, and our own folder where a file is asked for."""
        if not address.startswith("file:"):
            return self.sources
        return replace(self.sources, folders=(*self.sources.folders, self.own_folder()))


def _data(address: str) -> bytes:
    head, comma, body = address.partition(",")
    try:
        if not comma:
            raise ValueError("no comma")
        return (
            base64.b64decode(body, validate=True)
            if head.endswith(";base64")
            else unquote_to_bytes(body)
        )
    except (ValueError, binascii.Error) as error:
        raise InvalidInputError("messages", head[:60], "a data: address of base64 data") from error
