"""What happens to clips out there: they are encoded again and scaled."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]


def recoded(frames: Frames, *, crf: int, size: int | None = None) -> bytes:
    """A new H.264 file of these frames, at `size` x `size` pixels if given."""
    height, width = (size, size) if size else frames.shape[1:3]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        options = {"crf": str(crf), "threads": "1"}
        stream = container.add_stream("libx264", rate=Fraction(8), options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in frames:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            for packet in stream.encode(frame.reformat(width, height, "yuv420p")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return buffer.getvalue()


def decoded(content: bytes) -> Frames:
    """All frames of a file."""
    with av.open(io.BytesIO(content)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
