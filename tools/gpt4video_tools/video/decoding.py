"""Decoding chosen pictures: only the groups of pictures that hold them, each packet at most once.

Packets are read in file order and those not needed are let pass undecoded. This costs no more
input than the scan did, holds nothing in memory, and lands exactly, which seeking by time does not
do in every container.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from .budget import VideoBudget
from .container import OpenVideo, library_errors
from .errors import BudgetExceededError, TruncatedClipError, UnreadableClipError
from .scan import Scan
from .timeline import Timeline, from_delivery

__all__ = ["Decoder"]

_LONGEST_DELAY = 64
"""Packets after its own by which a picture has come out of any decoder, threads included."""


class Decoder:
    """Decodes pictures of one file; each pass opens it afresh."""

    def __init__(
        self,
        name: str,
        reopen: Callable[[], AbstractContextManager[OpenVideo]],
        packets: Scan,
        *,
        budget: VideoBudget,
    ) -> None:
        self.name = name
        self.reopen = reopen
        self.packets = packets
        self.budget = budget
        self.decoded = 0

    def by_stamp(self, marks: Sequence[int], take: Callable[[int, VideoFrame], None]) -> set[int]:
        """Hand over the pictures with these time stamps; answers with those that did not come out.

        A picture that does not come out when decoding starts at its own key picture is looked for
        once more from the start of the file: some key pictures are so in name only.

        Raises:
            UnreadableClipError: damage on the way.
        """
        missing = set(marks)
        try:
            self._pass(missing, take, self._needed(sorted(missing)))
        except UnreadableClipError:
            if len(self.packets.starting_points()[0]) < 2:
                raise
        if missing and len(self.packets.starting_points()[0]) > 1:
            self._pass(missing, take, None)
        return missing

    def _pass(
        self,
        missing: set[int],
        take: Callable[[int, VideoFrame], None],
        needed: Sequence[_Stretch] | None,
    ) -> None:
        with self.reopen() as video:
            tainted = False  # by damage to a picture that this one may be built on
            for frame in self._frames(video, needed, missing):
                tainted = frame.is_corrupt or (tainted and not frame.key_frame)
                if frame.pts in missing:
                    self._check_whole(frame, video, tainted)
                    take(frame.pts, frame)
                    missing.discard(frame.pts)

    def by_count(self, marks: Sequence[int], take: Callable[[int, VideoFrame], None]) -> None:
        """Hand over pictures by their place in the order in which a decoder delivers them.

        Raises:
            UnreadableClipError: damage on the way.
        """
        missing = set(marks)
        with self.reopen() as video:
            tainted = False
            for place, frame in enumerate(self._delivered(video, missing)):
                tainted = frame.is_corrupt or (tainted and not frame.key_frame)
                if place in missing:
                    self._check_whole(frame, video, tainted)
                    take(place, frame)
                    missing.discard(place)
        if missing:
            raise UnreadableClipError(self.name, "it does not decode twice in the same way")

    def count(self) -> Timeline:
        """The timeline of a file whose packets do not tell it: everything is decoded once.

        Raises:
            UnreadableClipError: damage.
            TruncatedClipError: pictures are missing.
        """
        stamps: list[int | None] = []
        woven = False
        with self.reopen() as video:
            tick, rate = float(video.tick), video.rate
            for frame in self._delivered(video, {-1}):
                stamps.append(frame.pts)
                woven |= frame.interlaced_frame
        expected = len(self.packets.shown)
        # Each packet of an interlaced stream may hold half a picture only.
        least = expected // 2 - 2 if woven else expected - 2
        if not stamps:
            raise UnreadableClipError(self.name, "damaged: no picture of it decodes")
        if len(stamps) < least:
            raise TruncatedClipError(self.name, len(stamps), expected)
        timeline = from_delivery(stamps, tick=tick, last=self.packets.last, rate=rate)
        self.budget.hold(self.name, "max_seconds", timeline.duration)
        return timeline

    def first(self, take: Callable[[OpenVideo, VideoFrame], None]) -> None:
        """Hand over the first picture that comes out."""
        with self.reopen() as video:
            for frame in self._delivered(video, {-1}):
                take(video, frame)
                return
        raise UnreadableClipError(self.name, "damaged: no picture of it decodes")

    def _delivered(self, video: OpenVideo, missing: set[int]) -> Iterator[VideoFrame]:
        """All pictures in order; those flagged corrupt before the first whole one are left out."""
        whole = False
        for frame in self._frames(video, None, missing):
            whole = whole or not frame.is_corrupt
            if whole:
                yield frame

    def _check_whole(self, frame: VideoFrame, video: OpenVideo, tainted: bool) -> None:
        if tainted:
            moment = float((frame.pts or 0) * video.tick)
            raise UnreadableClipError(
                self.name, f"damaged or encrypted: the picture at {moment:.3f} s is corrupt"
            )

    def _needed(self, marks: Sequence[int]) -> list[_Stretch]:
        """The stretches of packets that have to be decoded for these time stamps."""
        shown = self.packets.shown
        order = np.argsort(self.packets.stamps[shown])
        stamps = self.packets.stamps[shown][order]
        keys, key_stamps = self.packets.starting_points()
        stretches: list[_Stretch] = []
        for mark in marks:
            number = int(shown[order[np.searchsorted(stamps, mark)]])
            before = keys[(keys <= number) & (key_stamps <= mark)]
            start = int(before[-1]) if len(before) else 0
            if stretches and start <= stretches[-1].last:
                stretches[-1].last = max(stretches[-1].last, number)
                stretches[-1].marks.add(mark)
            else:
                stretches.append(_Stretch(first=start, last=number, marks={mark}))
        return stretches

    def _frames(
        self, video: OpenVideo, needed: Sequence[_Stretch] | None, missing: set[int]
    ) -> Iterator[VideoFrame]:
        """Pictures of the needed stretches (None: of the whole file) until nothing is missing."""
        context = video.stream.codec_context
        waiting = list(needed or [])
        inside = needed is None
        for number, packet in enumerate(video.packets()):
            if needed is not None and not inside:
                if not waiting:
                    return
                if number < waiting[0].first:
                    continue
                inside = True
                if number:
                    context.flush_buffers()
            yield from self._decode(video, packet)
            if needed is not None and (
                not waiting[0].marks & missing or number > waiting[0].last + _LONGEST_DELAY
            ):
                waiting.pop(0)
                inside = bool(waiting) and waiting[0].first <= number
            if not missing:
                return
        yield from self._decode(video, None)

    def _decode(self, video: OpenVideo, packet: Packet[Any] | None) -> list[VideoFrame]:
        context = video.stream.codec_context
        if packet is not None:
            self.decoded += 1
            self.budget.hold(self.name, "max_decoded", self.decoded)
        try:
            with library_errors(self.name):
                frames = context.decode(packet)
        except UnreadableClipError as error:
            if context.width * context.height > self.budget.max_pixels:
                found = context.width * context.height
                limit = self.budget.max_pixels
                raise BudgetExceededError(self.name, "max_pixels", limit, found) from error
            raise
        for frame in frames:
            self.budget.hold(self.name, "max_pixels", frame.width * frame.height)
        return frames


@dataclass(kw_only=True)
class _Stretch:
    first: int
    """Number of the packet to start at."""
    last: int
    """Number of the last packet that holds a picture wanted here."""
    marks: set[int]
    """Time stamps wanted here."""
