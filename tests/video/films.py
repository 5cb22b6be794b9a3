"""Small films made for the tests: numbered or flat pictures in many codecs and containers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

STRIPES = 8
WIDTH, HEIGHT = 64, 32


def numbered(count: int, *, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Pictures [count, H, W, 3] that carry their index as eight black or white stripes."""
    bits = (np.arange(count)[:, None] >> np.arange(STRIPES)) & 1
    row = np.repeat(bits, width // STRIPES, axis=1).astype(np.uint8) * 255
    return np.ascontiguousarray(np.broadcast_to(row[:, None, :, None], (count, height, width, 3)))


def numbers(frames: Picture) -> list[int]:
    """The indices that `numbered` pictures carry, read off at any size."""
    height, width = frames.shape[1:3]
    columns = ((np.arange(STRIPES) + 0.5) * width / STRIPES).astype(int)
    bits = frames[:, height // 2, columns, 1] > 127
    return [int(number) for number in bits @ (1 << np.arange(STRIPES))]


def flat(*colours: tuple[int, int, int], width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """One picture of each colour."""
    return np.stack([np.full((height, width, 3), colour, np.uint8) for colour in colours])


def film(
    pictures: Picture,
    *,
    codec: str = "libx264",
    container: str = "mp4",
    pix_fmt: str = "yuv420p",
    fps: int = 10,
    stamps: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation: int | None = None,
    pixel_aspect: Fraction | None = None,
    colours: dict[str, int] | None = None,
) -> bytes:
    """The bytes of a film. `stamps` are milliseconds at which the pictures start."""
    target = io.BytesIO()
    with av.open(target, "w", format=container, container_options=container_options) as output:
        stream = output.add_stream(codec, rate=fps, options=options or {})
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = pix_fmt
        stream.codec_context.thread_count = 1
        for name, value in (colours or {}).items():
            setattr(stream.codec_context, name, value)
        if stamps is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for index, picture in enumerate(pictures):
            frame = _frame(picture, pix_fmt, colours or {})
            frame.pts = index if stamps is None else stamps[index]
            frame.time_base = Fraction(1, fps) if stamps is None else Fraction(1, 1000)
            for packet in stream.encode(frame):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return target.getvalue()


def _frame(picture: Picture, pix_fmt: str, colours: dict[str, int]) -> VideoFrame:
    source = "rgba" if picture.shape[2] == 4 else "rgb24"
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=source)
    wanted: dict[str, Any] = {}
    if "colorspace" in colours:
        wanted["dst_colorspace"] = colours["colorspace"]
    if "color_range" in colours:
        wanted["dst_color_range"] = colours["color_range"]
    return frame.reformat(format=pix_fmt, **wanted)


KINDS: dict[str, dict[str, Any]] = {
    "H.264 with B-frames in MP4": {"options": {"g": "12", "bf": "3"}},
    "H.264 in fragmented MP4": {
        "options": {"g": "8"},
        "container_options": {"movflags": "frag_keyframe+empty_moov"},
    },
    "H.264 with B-frames in Matroska": {"container": "matroska", "options": {"g": "12", "bf": "3"}},
    "H.264 with B-frames in AVI": {"container": "avi", "options": {"g": "12", "bf": "2"}},
    "H.264 in a transport stream": {"container": "mpegts", "options": {"g": "8", "bf": "2"}},
    "H.264 in FLV": {"container": "flv", "options": {"g": "12"}},
    "H.264 without a container": {"container": "h264", "options": {"g": "12", "bf": "2"}},
    "HEVC in MP4": {"codec": "libx265", "options": {"x265-params": "log-level=none:keyint=12"}},
    "VP8 in WebM": {
        "codec": "libvpx",
        "container": "webm",
        "options": {"g": "12", "auto-alt-ref": "1", "lag-in-frames": "10", "b": "200k"},
    },
    "VP9 in WebM": {
        "codec": "libvpx-vp9",
        "container": "webm",
        "options": {"g": "12", "lag-in-frames": "10", "cpu-used": "8"},
    },
    "MPEG-4 in AVI": {"codec": "mpeg4", "container": "avi", "options": {"g": "10", "q": "2"}},
    "MPEG-2 in a program stream": {
        "codec": "mpeg2video",
        "container": "mpeg",
        "fps": 25,
        "options": {"g": "8", "bf": "2", "q": "2"},
    },
    "Motion JPEG in MOV": {"codec": "mjpeg", "container": "mov", "pix_fmt": "yuvj420p"},
    "lossless FFV1 in Matroska": {"codec": "ffv1", "container": "matroska", "pix_fmt": "bgr0"},
    "GIF": {"codec": "gif", "container": "gif", "pix_fmt": "rgb8"},
    "APNG": {"codec": "apng", "container": "apng", "pix_fmt": "rgb24"},
}
"""Films by what they are: arguments for `film`."""
