"""Writing clips: H.264 in MP4 that plays everywhere, the same bytes for the same frames."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.container import Flags, OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from av.video.stream import VideoStream
from numpy.typing import NDArray

from gpt4video_guards.errors import InvalidInputError

from .arrays import check_rate
from .clip import check_frames
from .errors import ClipError
from .replacing import replacing

__all__ = ["encode_mp4", "write_mp4"]

_BT709 = 1
_SEI = 6
_LARGEST = 16384
"""Pixels of one side: more than any H.264 level allows."""
_SLOWEST, _FASTEST = 0.001, 1000.0
_OPTIONS = {
    "crf": "16",
    "preset": "medium",
    "profile": "high",
    "threads": "1",
    # Without it x264's macroblock tree rounds by the processor's vector unit and the alignment of
    # its buffers: the same frames gave other bytes from one call to the next.
    "x264-params": "cpu-independent=1",
}
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def write_mp4(path: str | os.PathLike[str], frames: NDArray[np.uint8], *, fps: float) -> Path:
    """Write frames as an MP4 (H.264 High, yuv420p, BT.709, index in front).

    The same frames give the same bytes (with the same encoder version): one thread, no dates, no
    names. The file appears when it is whole; on failure nothing is left and an older file stays.
    An odd width or height is made even by repeating the last column or row.

    Args:
        path: where to; its folder must exist.
        frames: uint8 [T, H, W, 3], RGB, T at least 1, sides of at most 16384.
        fps: frames a second, 0.001 to 1000.

    Returns:
        The path.

    Raises:
        InvalidInputError: an argument is wrong.
        ClipError: the encoder or the disk failed.
    """
    _check(frames, fps)
    target = Path(path)
    try:
        with replacing(target) as beside:
            _encode(beside, frames, fps)
    except (av.error.FFmpegError, OSError, ValueError, RuntimeError) as error:
        raise ClipError(target.name, f"cannot be written: {error}") from error
    return target


def encode_mp4(frames: NDArray[np.uint8], *, fps: float) -> bytes:
    """The bytes that `write_mp4` would write; arguments and errors are the same."""
    # Putting the index in front needs a real file: FFmpeg opens it a second time by its name.
    with tempfile.TemporaryDirectory() as folder:
        return write_mp4(Path(folder) / "clip.mp4", frames, fps=fps).read_bytes()


def _check(frames: NDArray[np.uint8], fps: float) -> None:
    if not _SLOWEST <= check_rate(fps) <= _FASTEST:
        raise InvalidInputError("fps", fps, f"{_SLOWEST} to {_FASTEST} frames a second")
    height, width = check_frames("frames", frames).shape[1:3]
    if max(height, width) > _LARGEST:
        raise InvalidInputError("frames", f"{width}x{height}", f"sides of at most {_LARGEST}")


def _encode(path: Path, frames: NDArray[np.uint8], fps: float) -> None:
    options = {"movflags": "+faststart"}
    with av.open(str(path), "w", format="mp4", container_options=options) as container:
        container.flags |= Flags.bitexact.value
        stream = _stream(container, frames, fps)
        # x264 signs its streams in such a unit, with its version and all its settings. (Naming the
        # stream as output too would set the encoder back to PyAV's first guess, 640 x 480.)
        unsigned = BitStreamFilterContext(f"filter_units=remove_types={_SEI}", stream)
        for index, picture in enumerate(frames):
            for packet in stream.encode(_frame(picture, index)):
                container.mux(unsigned.filter(packet))
        for packet in stream.encode():
            container.mux(unsigned.filter(packet))
        container.mux(unsigned.filter(None))


def _stream(container: OutputContainer, frames: NDArray[np.uint8], fps: float) -> VideoStream:
    rate = Fraction(fps).limit_denominator(1001)
    stream = container.add_stream("libx264", rate=rate, options=dict(_OPTIONS))
    height, width = frames.shape[1:3]
    stream.width, stream.height = width + width % 2, height + height % 2
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = ColorRange.MPEG.value
    context.thread_count = 1
    return stream


def _frame(picture: NDArray[np.uint8], index: int) -> VideoFrame:
    height, width = picture.shape[:2]
    even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=_EXACT,
        threads=1,
    )
    frame.pts = index
    return frame
