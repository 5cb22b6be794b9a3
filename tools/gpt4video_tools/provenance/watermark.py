"""The plug for invisible watermarks: anything that puts a few bytes into frames and finds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class WatermarkReading:
    """What a detector found in some frames."""

    found: bool
    """Whether they carry the mark."""
    payload: bytes | None
    """What the mark says; None where there is none, or too little of it is left to be sure."""
    chance: float
    """At most how often frames without the mark look as marked as these, in [0, 1]."""


@runtime_checkable
class Watermark(Protocol):
    """An invisible watermark. The same object, or one with the same settings, finds the mark."""

    @property
    def scheme(self) -> str:
        """A name that says how to find the mark, without giving away a secret key."""

    @property
    def payload_bytes(self) -> int:
        """How many bytes it carries."""

    def embed(self, frames: Frames, payload: bytes) -> Frames:
        """New frames that carry `payload`.

        Args:
            frames: uint8 [T, H, W, 3] RGB.
            payload: `payload_bytes` bytes.

        Raises:
            InvalidInputError: the frames are too small, or the payload has another length.
        """

    def detect(self, frames: Frames) -> WatermarkReading:
        """Look for the mark in frames (uint8 [T, H, W, 3] RGB), in all of them together. Frames
        that are too small to carry one carry none."""
