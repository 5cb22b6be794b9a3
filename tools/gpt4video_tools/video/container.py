"""PyAV at arm's length: opening a file, choosing its stream, and walking its packets.

A file from a stranger is given to FFmpeg as bytes only, and only to the formats listed here: play
lists and scripts, which can name other files or addresses, are not among them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import BinaryIO

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from gpt4video_guards.errors import GPT4VideoError

from .budget import VideoBudget
from .errors import BudgetExceededError, UnreadableClipError
from .source import Bytes

__all__ = ["OpenVideo", "library_errors", "open_video"]

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,m4v,h264,hevc,vvc,av1,obu,"
    "ivf,asf,ogg,mxf,nut,dv,rm,wtv,yuv4mpegpipe,mjpeg,gif,apng,"
    "webp_pipe,png_pipe,jpeg_pipe,bmp_pipe,tiff_pipe,qoi_pipe,jpegxl_pipe"
)
_BUFFER = 1 << 16
_MANY_PIXELS = 1280 * 720
_THREADS = min(4, os.cpu_count() or 1)
_RATES = (Fraction(1, 60), Fraction(240))
"""A rate outside is a time base that the container passes off as one."""


class OpenVideo:
    """An open container and its stream to show. Its PyAV objects die with it: keep it, not them."""

    def __init__(self, container: InputContainer, stream: VideoStream, name: str) -> None:
        self.container = container
        self.stream = stream
        self.name = name
        self.tick: Fraction = stream.time_base or Fraction(1, 90_000)
        """Seconds of one step of the stream's time stamps."""

    @property
    def rate(self) -> float | None:
        """Pictures a second as the header has it, where it is believable."""
        for rate in (self.stream.average_rate, self.stream.guessed_rate):
            if rate and _RATES[0] <= rate <= _RATES[1]:
                return float(rate)
        return None

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """The stream's packets that hold data, in file order."""
        with library_errors(self.name):
            for packet in self.container.demux(self.stream):
                if packet.size:
                    yield packet

    def pixels(self) -> int:
        """Pixels of a stored picture, as the header (or, later, the decoder) has it."""
        context = self.stream.codec_context
        return max(context.width * context.height, context.coded_width * context.coded_height)


@contextmanager
def open_video(data: Bytes, *, budget: VideoBudget) -> Iterator[OpenVideo]:
    """The container in these bytes, its best video stream chosen, from its start.

    Raises:
        UnreadableClipError: no format that is read here, or no moving picture in it.
        BudgetExceededError: the header claims pictures over `budget.max_pixels`.
    """
    data.handle.seek(0)
    with library_errors(data.name, "not a video format that is read here, or damaged"):
        container = av.open(
            _Nameless(data.handle),
            mode="r",
            container_options={"format_whitelist": _FORMATS, "protocol_whitelist": "none"},
            metadata_errors="replace",
            buffer_size=_BUFFER,
        )
    with container:
        video = OpenVideo(container, _best_stream(container, data.name), data.name)
        budget.hold(data.name, "max_pixels", video.pixels())
        context = video.stream.codec_context
        # FFmpeg patches damaged pictures up unless told to give up on them.
        context.options = {"max_pixels": str(budget.max_pixels), "err_detect": "crccheck+explode"}
        # Frame threads keep several pictures in flight: worth it only where pictures are dear.
        context.thread_type = "AUTO"
        context.thread_count = _THREADS if video.pixels() >= _MANY_PIXELS else 1
        yield video


def _best_stream(container: InputContainer, name: str) -> VideoStream:
    still = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    moving = [s for s in container.streams.video if not s.disposition & still]
    if not moving:
        raise UnreadableClipError(name, "it holds no moving picture")
    best = container.streams.best("video")
    chosen = next((s for s in moving if best is not None and s.index == best.index), moving[0])
    if getattr(chosen, "codec_context", None) is None:
        raise UnreadableClipError(name, "its codec is unknown")
    return chosen


@contextmanager
def library_errors(name: str, problem: str = "damaged") -> Iterator[None]:
    """Turn what PyAV, FFmpeg and the file object raise into errors of our tree.

    PyAV answers damage with many types beside its own: `ValueError`, `UnicodeDecodeError`,
    `EOFError`, `PermissionError`, `OverflowError`. Mistakes of ours (`TypeError`,
    `AttributeError`) pass through, and so do our own errors.
    """
    try:
        yield
    except MemoryError as error:
        raise BudgetExceededError(name, "memory", None, None) from error
    except GPT4VideoError:
        raise
    except (
        av.error.FFmpegError,
        OSError,
        ValueError,
        RuntimeError,
        EOFError,
        ArithmeticError,
        LookupError,
    ) as error:
        raise UnreadableClipError(name, f"{problem} ({_words(error)})") from error


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class _Nameless:
    """A handle without its name, so that a file's extension cannot change how it is read."""

    def __init__(self, handle: BinaryIO) -> None:
        self.read = handle.read
        self.seek = handle.seek
        self.tell = handle.tell
