"""From a decoded picture to the array that is shown: RGB, upright, square pixels, small enough."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from .container import library_errors
from .sizes import displayed, fit

__all__ = ["PictureMaker", "Upright"]

# Exact and the same on every processor, at a small cost: only kept pictures come through here.
_SCALING = (
    Interpolation.BICUBIC
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
    | Interpolation.FULL_CHR_H_INT
)
_PAPER = 255
"""Transparent pictures are laid on white, as a page would show them."""


@dataclass(frozen=True, kw_only=True)
class Upright:
    """One of the eight ways to turn and mirror a picture: transpose first, then flip."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Upright:
        """What the frame's display matrix asks for, to the nearest quarter turn."""
        try:
            data: Any = frame.side_data.get("DISPLAYMATRIX")
        except ValueError:  # PyAV does not know the type of some other side data
            return cls.by_angle(frame.rotation)
        if data is None or data.buffer_size < 36:
            return cls()
        # (x, y) goes to (a x + c y, b x + d y); rows are (a, b, u), (c, d, v), (x, y, w).
        a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data)[:36])
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(flip_x=a < 0, flip_y=d < 0)
        return cls(transpose=True, flip_x=c < 0, flip_y=b < 0)

    @classmethod
    def by_angle(cls, degrees: float) -> Upright:
        """A turn counterclockwise, to the nearest quarter."""
        turns = (cls(), cls(transpose=True, flip_y=True), cls(flip_x=True, flip_y=True))
        quarters = round(degrees / 90) % 4
        return turns[quarters] if quarters < 3 else cls(transpose=True, flip_x=True)

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size of a picture after (or, as it is the same, before) turning."""
        return (height, width) if self.transpose else (width, height)

    def turn(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A picture [H, W, C], turned."""
        if self.transpose:
            picture = picture.transpose(1, 0, 2)
        if self.flip_x:
            picture = picture[:, ::-1]
        if self.flip_y:
            picture = picture[::-1]
        return np.ascontiguousarray(picture)


class PictureMaker:
    """Makes pictures of one size. The first picture sets it; later ones are fitted into it."""

    def __init__(self, name: str, *, longest_side: int, pixel_aspect: Fraction | None) -> None:
        self.name = name
        self.longest_side = longest_side
        self.pixel_aspect = pixel_aspect
        self._size: tuple[int, int] | None = None
        self._reformatter = VideoReformatter()

    def size_shown(self, frame: VideoFrame) -> tuple[int, int]:
        """Width and height at which the picture is to be shown, before any scaling down."""
        shown = displayed(frame.width, frame.height, self.pixel_aspect)
        return Upright.of(frame).size(*shown)

    def make(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The picture as uint8 [H, W, 3], RGB."""
        upright = Upright.of(frame)
        if self._size is None:
            self._size = fit(*self.size_shown(frame), self.longest_side)
        width, height = upright.size(*self._size)
        transparent = frame.format.has_palette or any(
            component.is_alpha for component in frame.format.components
        )
        with library_errors(self.name):
            scaled: Any = self._reformatter.reformat(
                frame,
                width=width,
                height=height,
                format="rgba" if transparent else "rgb24",
                interpolation=_SCALING,
                threads=1,
            ).to_ndarray()
        return upright.turn(_on_paper(scaled) if transparent else scaled)


def _on_paper(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    colour = picture[..., :3].astype(np.uint16)
    alpha = picture[..., 3:].astype(np.uint16)
    return ((colour * alpha + _PAPER * (255 - alpha) + 127) // 255).astype(np.uint8)
