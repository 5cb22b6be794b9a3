"""Animated WebP, which FFmpeg does not decode: the timeline from its chunks, pictures by Pillow."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .budget import VideoBudget
from .clip import ClipInfo
from .container import library_errors
from .errors import TruncatedClipError, UnreadableClipError
from .sizes import fit
from .source import Bytes
from .timeline import Timeline

__all__ = ["AnimatedWebP", "is_animated_webp"]

_ANIMATED = 0x02
_SHORTEST, _INSTEAD = 0.010, 0.100
"""Seconds: a frame of at most the first is shown for the second, as browsers do."""
_WHITE = (255, 255, 255, 255)


def is_animated_webp(data: Bytes) -> bool:
    """Whether the bytes begin as an animated WebP does."""
    head = data.head(21)
    known = len(head) == 21 and head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X"
    return known and bool(head[20] & _ANIMATED)


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    name: bytes
    size: int
    start: int
    """Of its payload, in the file."""


class AnimatedWebP:
    """One animated WebP file."""

    def __init__(self, data: Bytes, budget: VideoBudget) -> None:
        self._data = data
        self._budget = budget
        head = data.head(30)
        if len(head) < 30:
            raise TruncatedClipError(data.name, 0, 1)
        self._width = int.from_bytes(head[24:27], "little") + 1
        self._height = int.from_bytes(head[27:30], "little") + 1
        budget.hold(data.name, "max_pixels", self._width * self._height)
        self._timeline = self._read_timeline()
        budget.hold(data.name, "max_seconds", self._timeline.duration)

    def info(self) -> ClipInfo:
        """What the chunks say; nothing is decoded."""
        count, duration = len(self._timeline.starts), self._timeline.duration
        return ClipInfo(
            name=self._data.name,
            width=self._width,
            height=self._height,
            duration=duration,
            frames=count,
            fps=count / duration,
            codec="webp",
            container="webp",
            bytes=self._data.size,
        )

    def pictures(
        self,
        choose: Callable[[Timeline], Sequence[int]],
        keep: Callable[[int, NDArray[np.uint8]], None],
    ) -> Timeline:
        """Hand each chosen picture to `keep`; every picture up to the last of them is decoded."""
        chosen = set(choose(self._timeline))
        self._budget.hold(self._data.name, "max_decoded", max(chosen) + 1)
        size = fit(self._width, self._height, self._budget.longest_side)
        self._data.handle.seek(0)
        with library_errors(self._data.name), Image.open(self._data.handle, formats=["WEBP"]) as im:
            if im.size != (self._width, self._height):
                raise UnreadableClipError(self._data.name, "damaged: two sizes in one header")
            for index in range(max(chosen) + 1):
                im.seek(index)
                im.load()
                if index in chosen:
                    keep(index, _on_paper(im, size))
        return self._timeline

    def _read_timeline(self) -> Timeline:
        durations: list[float] = []
        for chunk in self._chunks():
            if chunk.name == b"ANMF" and chunk.size >= 16:
                seconds = int.from_bytes(self._data.at(chunk.start + 12, 3), "little") / 1000
                durations.append(_INSTEAD if seconds <= _SHORTEST else seconds)
                if chunk.start + chunk.size > self._data.size:
                    raise TruncatedClipError(self._data.name, len(durations) - 1, len(durations))
        if not durations:
            raise UnreadableClipError(self._data.name, "it holds no picture")
        if self._promised() > self._data.size:
            raise TruncatedClipError(self._data.name, len(durations), len(durations) + 1)
        ends = np.cumsum(durations)
        return Timeline(
            starts=np.concatenate([[0.0], ends[:-1]]),
            duration=float(ends[-1]),
            marks=np.arange(len(durations), dtype=np.int64),
            counted=True,
        )

    def _promised(self) -> int:
        return int(struct.unpack("<I", self._data.head(8)[4:])[0]) + 8

    def _chunks(self) -> Iterator[_Chunk]:
        position = 12
        while position + 8 <= self._data.size:
            name, size = struct.unpack("<4sI", self._data.at(position, 8))
            yield _Chunk(name=name, size=size, start=position + 8)
            position += 8 + size + size % 2


def _on_paper(image: Image.Image, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture as uint8 [H, W, 3], laid on white, scaled down to that width and height."""
    picture = image.convert("RGBA")
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    paper = Image.new("RGBA", picture.size, _WHITE)
    return np.asarray(Image.alpha_composite(paper, picture).convert("RGB")).copy()
