"""Walking a file's packets without decoding: the true timeline, before anything is spent.

Headers lie, packets do not: their time stamps say how long the clip is, which pictures it holds
and which of them open a group that can be decoded by itself.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from .budget import VideoBudget
from .container import OpenVideo, library_errors
from .errors import BudgetExceededError, TruncatedClipError, UnreadableClipError

__all__ = ["Scan", "scan"]

_MISSING = -(2**63)
_MOST_PACKETS = 1 << 23
"""At 240 pictures a second nearly ten hours: more packets are a trick, not a film."""
_STAMPED = ("mov", "matroska")
"""Containers in which a packet's own presentation time can be believed."""
_ESTIMATING = ("mpegts", "mpeg", "h264", "hevc", "vvc", "mpegvideo", "m4v", "mjpeg", "obu")
"""Containers that say nothing of their length: FFmpeg guesses it."""
_SHOWN, _KEY = 1, 2


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What the packets of the chosen stream say, in file order."""

    stamps: NDArray[np.int64]
    """[P] presentation time stamps."""
    flags: NDArray[np.uint8]
    """[P] bits: shown, key."""
    last: float | None
    """Seconds that the last picture stands, if its packet tells."""
    reliable: bool
    """Whether the stamps of the pictures shown are all there, distinct and believable."""

    @property
    def shown(self) -> NDArray[np.int64]:
        """Packet numbers of the pictures that are shown."""
        return np.flatnonzero(self.flags & _SHOWN)

    def starting_points(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Packet numbers and time stamps of the key pictures."""
        keys = np.flatnonzero(self.flags & _KEY)
        return keys, self.stamps[keys]


def scan(video: OpenVideo, *, budget: VideoBudget, cut: bool = False) -> Scan:
    """Walk all packets of an open video (which is used up by it) and check what the header said.

    Args:
        video: open, at its start.
        budget: what the clip may cost.
        cut: the file is known to be shorter than its own structure says.

    Raises:
        UnreadableClipError: no picture at all.
        TruncatedClipError: fewer pictures than the header promises.
        BudgetExceededError: longer than `budget.max_seconds`.
    """
    walk = _Walk(video, budget)
    broken: UnreadableClipError | None = None
    try:
        walk.run()
    except UnreadableClipError as error:
        broken = error
    promised = _promised(video, walk)
    if not walk.stamps and broken is None and not promised and not cut:
        raise UnreadableClipError(video.name, "it holds no picture")
    if walk.cut or cut or (walk.stamps and broken is not None) or (promised and not walk.stamps):
        raise TruncatedClipError(video.name, len(walk.stamps), promised) from broken
    if broken is not None:
        raise broken
    if _falls_short(video, walk):
        raise TruncatedClipError(video.name, len(walk.stamps), promised)
    return walk.result()


class _Walk:
    def __init__(self, video: OpenVideo, budget: VideoBudget) -> None:
        self.video = video
        self.budget = budget
        self.stamps = array("q")
        self.flags = array("B")
        self.codec = video.stream.codec_context.name
        self.latest = (_MISSING, 0)  # time stamp and duration of the last picture shown
        self.first: int | None = None
        self.end = 0.0  # of all streams, in seconds of the container's clock
        self.decode_stamp = _MISSING
        self.ordered = True
        self.cut = False

    def run(self) -> None:
        """Look at every packet of every stream."""
        index = self.video.stream.index
        with library_errors(self.video.name):
            for packet in self.video.container.demux():
                if packet.size and not self.cut:
                    self._note_end(packet)
                    if packet.stream_index == index:
                        self._note(packet)

    def _note_end(self, packet: Packet[Any]) -> None:
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None and packet.time_base:
            self.end = max(self.end, float((stamp + (packet.duration or 0)) * packet.time_base))

    def _note(self, packet: Packet[Any]) -> None:
        if packet.is_corrupt and not self.video.container.format.name.startswith("mpegts"):
            self.cut = True  # the demuxer read less of it than the index says
            return
        if len(self.stamps) >= _MOST_PACKETS:
            raise BudgetExceededError(self.video.name, "packets", _MOST_PACKETS, None)
        shown = not packet.is_discard and not _hidden(packet, self.codec)
        self.stamps.append(_MISSING if packet.pts is None else packet.pts)
        self.flags.append((_SHOWN if shown else 0) | (_KEY if packet.is_keyframe else 0))
        if packet.dts is not None:
            self.ordered &= packet.dts > self.decode_stamp
            self.decode_stamp = packet.dts
        if shown and packet.pts is not None:
            self.first = packet.pts if self.first is None else min(self.first, packet.pts)
            self.latest = max(self.latest, (packet.pts, packet.duration or 0))
            seconds = float((self.latest[0] - self.first) * self.video.tick)
            self.budget.hold(self.video.name, "max_seconds", seconds)

    def seconds(self) -> float:
        """From the first picture shown to the end of the last."""
        if self.first is None:
            return 0.0
        return float((self.latest[0] + self.latest[1] - self.first) * self.video.tick)

    def result(self) -> Scan:
        stamps = np.frombuffer(self.stamps, dtype=np.int64)
        flags = np.frombuffer(self.flags, dtype=np.uint8).copy()
        container = self.video.container.format.name
        if container.startswith(("mpegts", "mpeg")):
            _drop_lead_in(stamps, flags)
        shown = stamps[(flags & _SHOWN) > 0]
        believable = container.startswith(_STAMPED) or not (
            self.video.stream.codec_context.has_b_frames and container == "avi"
        )
        return Scan(
            stamps=stamps,
            flags=flags,
            last=float(self.latest[1] * self.video.tick) if self.latest[1] > 0 else None,
            reliable=bool(
                believable
                and self.ordered
                and len(shown)
                and shown.min() != _MISSING
                and len(np.unique(shown)) == len(shown)
            ),
        )


def _drop_lead_in(stamps: NDArray[np.int64], flags: NDArray[np.uint8]) -> None:
    """A broadcast joined in the middle starts with pictures that cannot be decoded: not shown."""
    keys = np.flatnonzero(flags & _KEY)
    if len(keys):
        flags[stamps < stamps[keys[0]]] &= ~np.uint8(_SHOWN)


def _hidden(packet: Packet[Any], codec: str) -> bool:
    """Whether a VP8 or VP9 packet holds only a reference that is never shown."""
    if codec not in ("vp8", "vp9"):
        return False
    data = memoryview(packet)
    first = data[0]
    if codec == "vp8":
        return not first >> 4 & 1
    if data[-1] >> 5 == 0b110:  # a superframe: references and the picture they serve
        return False
    # frame marker (2 bits), profile (2), a reserved bit in profile 3, show_existing_frame,
    # frame_type, show_frame
    shift = 0 if (first >> 4 & 3) != 3 else 1
    exists, shown = first >> (3 - shift) & 1, first >> (1 - shift) & 1
    return not exists and not shown


def _promised(video: OpenVideo, walk: _Walk) -> int | None:
    """Pictures that the header promises, where that is more than were found."""
    found, seconds = len(walk.stamps), walk.seconds()
    rate = found / seconds if seconds else video.rate
    guessed = 0 if video.container.format.name.startswith(_ESTIMATING) else _duration(video)
    promised = video.stream.frames or round(guessed * rate if rate else 0.0)
    return promised if promised > found else None


def _duration(video: OpenVideo) -> float:
    """Seconds by the container's header; 0 if it says nothing."""
    return (video.container.duration or 0) / 1_000_000


def _falls_short(video: OpenVideo, walk: _Walk) -> bool:
    """Whether the packets end well before the header says."""
    stream, kind = video.stream, video.container.format.name
    found, seconds = len(walk.stamps), walk.seconds()
    usual = seconds / found
    if kind.startswith("mov") and stream.frames:
        # An edit list may hide stored pictures, so both count and time must fall short.
        declared = float((stream.duration or 0) * video.tick)
        return found < stream.frames and declared - seconds > 1.5 * usual
    if kind.startswith(_ESTIMATING):
        return False
    missing = _duration(video) - max(seconds, walk.end)
    return missing > max(0.5, 2.5 * usual, 0.02 * _duration(video))
