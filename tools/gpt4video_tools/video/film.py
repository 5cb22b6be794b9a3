"""A clip file that can be looked into: its timeline first, then chosen pictures of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from .budget import VideoBudget
from .clip import ClipInfo
from .container import OpenVideo, open_video
from .decoding import Decoder
from .errors import TruncatedClipError, UnreadableClipError
from .picture import PictureMaker
from .scan import scan
from .source import Bytes
from .structure import is_cut
from .timeline import Timeline, from_stamps
from .webp import AnimatedWebP, is_animated_webp

__all__ = ["Film", "Keep", "open_film"]

Keep = Callable[[int, NDArray[np.uint8]], None]
"""Takes the index of a picture on the timeline, and the picture: uint8 [H, W, 3]."""
Choose = Callable[[Timeline], Sequence[int]]
"""Chooses indices of pictures on a timeline."""


class Film(Protocol):
    """A file that holds moving pictures."""

    def info(self) -> ClipInfo:
        """What is known without decoding more than one picture."""

    def pictures(self, choose: Choose, keep: Keep) -> Timeline:
        """Hand each chosen picture to `keep` once; answers with the timeline that holds.

        `choose` may be asked again where a first timeline turns out wrong while decoding; what was
        kept until then is void.
        """


def open_film(data: Bytes, *, budget: VideoBudget) -> Film:
    """The film in these bytes, its packets looked through and held to the budget.

    Raises:
        UnreadableClipError, TruncatedClipError, BudgetExceededError: as they say.
    """
    return AnimatedWebP(data, budget) if is_animated_webp(data) else _FFmpegFilm(data, budget)


class _FFmpegFilm:
    def __init__(self, data: Bytes, budget: VideoBudget) -> None:
        self._data = data
        self._budget = budget
        cut = is_cut(data)
        with self._opened(cut) as video:
            self._packets = scan(video, budget=budget, cut=cut)
            self._tick, self._rate = float(video.tick), video.rate
            self._codec = video.stream.codec_context.codec.name
            self._container = video.container.format.name
            self._aspect = video.stream.sample_aspect_ratio
        self._decoder = Decoder(data.name, self._reopen, self._packets, budget=budget)
        self._timeline = self._from_packets() if self._packets.reliable else None
        if self._timeline is not None:
            budget.hold(data.name, "max_seconds", self._timeline.duration)

    def _reopen(self) -> AbstractContextManager[OpenVideo]:
        return open_video(self._data, budget=self._budget)

    @contextmanager
    def _opened(self, cut: bool) -> Iterator[OpenVideo]:
        """The video; if it does not open because its end is missing, say that."""
        with ExitStack() as stack:
            try:
                video = stack.enter_context(self._reopen())
            except UnreadableClipError as error:
                if cut:
                    raise TruncatedClipError(self._data.name, 0, None) from error
                raise
            yield video

    def _from_packets(self) -> Timeline:
        stamps = self._packets.stamps[self._packets.shown]
        return from_stamps(stamps, tick=self._tick, last=self._packets.last, rate=self._rate)

    def info(self) -> ClipInfo:
        maker = self._maker()
        sizes: list[tuple[int, int]] = []
        self._decoder.first(lambda _, frame: sizes.append(maker.size_shown(frame)))
        (width, height), line = sizes[0], self._timeline
        return ClipInfo(
            name=self._data.name,
            width=width,
            height=height,
            duration=line.duration if line else None,
            frames=len(line.starts) if line else None,
            fps=len(line.starts) / line.duration if line else None,
            codec=self._codec,
            container=self._container,
            bytes=self._data.size,
        )

    def pictures(self, choose: Choose, keep: Keep) -> Timeline:
        if self._timeline is not None and not self._by_stamp(self._timeline, choose, keep):
            return self._timeline
        timeline = self._decoder.count()
        maker = self._maker()

        def take(mark: int, frame: VideoFrame) -> None:
            keep(mark, maker.make(frame))

        self._decoder.by_count(choose(timeline), take)
        return timeline

    def _by_stamp(self, timeline: Timeline, choose: Choose, keep: Keep) -> bool:
        """Whether pictures are missing that the packets promise."""
        maker = self._maker()
        index = {int(timeline.marks[chosen]): chosen for chosen in choose(timeline)}

        def take(mark: int, frame: VideoFrame) -> None:
            keep(index[mark], maker.make(frame))

        return bool(self._decoder.by_stamp(list(index), take))

    def _maker(self) -> PictureMaker:
        side = self._budget.longest_side
        return PictureMaker(self._data.name, longest_side=side, pixel_aspect=self._aspect)
