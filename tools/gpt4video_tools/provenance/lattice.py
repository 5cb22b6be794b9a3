"""An invisible watermark that survives re-encoding: a lattice in the low frequencies of each frame.

Of the luma's cosine transform over the whole frame, 256 low coefficients each carry a chip: the
coefficient is moved to the nearest point of a lattice of width `step`, shifted by half a step
for a chip of -1, and by a secret offset that follows from the key (quantisation index modulation,
Chen and Wornell, IEEE Trans. Inf. Theory 47, 2001). The frame's own picture is no noise to that.
The basis counts waves per frame, not per pixel, so scaling changes little; every frame says the
same, so a part of the clip will do.

The chips are eight words of the first-order Reed-Muller code of length 32: 6 bits each, decoded
from soft values summed over the frames. Of the 48 bits, 32 are payload and 16 a checksum, which
also chooses between the likeliest readings.
"""

from __future__ import annotations

import binascii
import hashlib
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.provenance.watermark import Frames, WatermarkReading

_Reals = NDArray[np.float64]

_CHIPS: Final = 32
"""Of one word of the code."""
_WORDS: Final = 8
_BITS: Final = 6
"""Of one word: which row of the Hadamard matrix, and its sign."""
_PAYLOAD: Final = 4  # bytes
_LOWEST: Final = 4.0
"""Waves per frame (times two) below which nothing is moved: there, changes are seen most."""
_SMALLEST: Final = 32  # pixels of a side
_ROUNDS: Final = 6
"""How often what clipping at black and white took away is put back."""
_FIXED: Final = 3
"""From this round on, the lattice points stay."""
_CHANCE: Final = 1e-6
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722])
"""BT.709, as in the files that we write."""


def _hadamard(size: int) -> _Reals:
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


_CODE: Final = _hadamard(_CHIPS)


@dataclass(frozen=True, kw_only=True)
class LatticeWatermark:
    """A watermark of 4 bytes for frames with sides of at least 32 pixels. Needs numpy alone.

    Whoever knows the key can find, remove and forge the mark; with the default key, everybody.

    Attributes:
        key: where the lattices lie; to find the mark, the same one is needed.
        step: width of the lattices in grey levels; the mark is stronger and more visible with a
            larger one. To find the mark, the same one is needed. At most 4.
    """

    key: str = field(default="gpt4video", repr=False)
    step: float = 0.45

    def __post_init__(self) -> None:
        if not isinstance(self.key, str) or not self.key:
            raise InvalidInputError("key", "an empty one", "a string of at least one character")
        if not 0 < self.step <= 4:
            raise InvalidInputError("step", self.step, "above 0, at most 4 grey levels")

    @property
    def scheme(self) -> str:
        """The name of the method, its step, and a short hash of the key."""
        return f"gpt4video-lattice-1/{self.step:g}/{_digest('name', self.key, 3).hex()}"

    @property
    def payload_bytes(self) -> int:
        """How many bytes it carries."""
        return _PAYLOAD

    def embed(self, frames: Frames, payload: bytes) -> Frames:
        """New frames that carry `payload`: uint8 [T, H, W, 3] RGB, as the given ones.

        Raises:
            InvalidInputError: a side is below 32 pixels, or the payload is not of 4 bytes.
        """
        height, width = frames.shape[1:3]
        if min(height, width) < _SMALLEST:
            expected = f"sides of at least {_SMALLEST} pixels for a watermark"
            raise InvalidInputError("frames", f"{width}x{height}", expected)
        if len(payload) != _PAYLOAD:
            raise InvalidInputError("payload", f"{len(payload)} bytes", f"{_PAYLOAD} bytes")
        lattices = _Lattices.of(self.key, self.step)
        offsets = lattices.offsets + (_chips(payload + _checksum(payload)) < 0) * self.step / 2
        waves = _Waves.of(lattices, height, width)
        return np.stack([self._marked(frame, waves, offsets) for frame in frames])

    def detect(self, frames: Frames) -> WatermarkReading:
        """Look for the mark in frames (uint8 [T, H, W, 3] RGB), in all of them together.

        The chance is a bound, not an estimate: over keys drawn at random, the signs of the soft
        values of frames without the mark are independent coin tosses, so Hoeffding's inequality
        holds for each of the 2^32 messages with a right checksum. Found is what is below 1e-6.
        """
        height, width = frames.shape[1:3]
        if len(frames) == 0 or min(height, width) < _SMALLEST:
            return WatermarkReading(found=False, payload=None, chance=1.0)
        soft = self._soft(frames)
        messages = (message for message in _likely(soft) if _is_right(message))
        message = next(messages, None)
        chance = 1.0 if message is None else _bound(_agreement(soft, message))
        if message is None or chance >= _CHANCE:
            return WatermarkReading(found=False, payload=None, chance=chance)
        return WatermarkReading(found=True, payload=message[:_PAYLOAD], chance=chance)

    def heard(self, frames: Frames) -> bytes:
        """The likeliest 6 bytes of payload and checksum, errors and all, to count the errors.

        Args:
            frames: uint8 [T, H, W, 3] RGB, T at least 1, sides of at least 32 pixels.
        """
        return next(_likely(self._soft(frames)))

    def _marked(self, frame: Frames, waves: _Waves, offsets: _Reals) -> Frames:
        picture = frame.astype(np.float64)
        added = np.zeros(frame.shape[:2])
        points = offsets
        for each in range(_ROUNDS):
            seen = np.clip(picture + added[..., None], 0, 255) @ _LUMA
            found = waves.analyse(seen)
            if each < _FIXED:
                points = np.round((found - offsets) / self.step) * self.step + offsets
            added += waves.synthesise(points - found)
        marked = np.clip(np.round(picture + added[..., None]), 0, 255)
        return marked.astype(np.uint8)

    def _soft(self, frames: Frames) -> _Reals:
        """How much each coefficient looks like a chip of 1 or of -1, on average: [256]."""
        lattices = _Lattices.of(self.key, self.step)
        waves = _Waves.of(lattices, *frames.shape[1:3])
        turns = [(waves.analyse(frame @ _LUMA) - lattices.offsets) / self.step for frame in frames]
        soft: _Reals = np.cos(2 * np.pi * np.array(turns)).mean(axis=0)
        return soft


@dataclass(frozen=True, kw_only=True, eq=False)
class _Lattices:
    """Where the chips are, in the order of the message: [256] each."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    offsets: _Reals
    """In [0, step)."""

    @classmethod
    def of(cls, key: str, step: float) -> _Lattices:
        count = _CHIPS * _WORDS
        side = math.isqrt(4 * count)
        row, column = np.mgrid[:side, :side]
        waves = np.hypot(row, column)
        lowest_first = np.argsort(
            np.where(waves < _LOWEST, np.inf, waves), axis=None, kind="stable"
        )
        drawn = np.frombuffer(_digest("chips", key, 16 * count), dtype="<u8")
        places = lowest_first[:count][np.argsort(drawn[count:], kind="stable")]
        rows, columns = np.unravel_index(places, (side, side))
        return cls(rows=rows, columns=columns, offsets=drawn[:count] / 2.0**64 * step)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Waves:
    """The cosines of one frame size that carry chips, each of mean square 1 over the frame."""

    down: _Reals
    """[K, H]"""
    across: _Reals
    """[K, W]"""
    lattices: _Lattices

    @classmethod
    def of(cls, lattices: _Lattices, height: int, width: int) -> _Waves:
        count = 1 + int(max(lattices.rows.max(), lattices.columns.max()))
        return cls(down=_cosines(count, height), across=_cosines(count, width), lattices=lattices)

    def analyse(self, luma: _Reals) -> _Reals:
        """[H, W] -> [256], in grey levels."""
        all_of_them = self.down @ luma @ self.across.T / luma.size
        return all_of_them[self.lattices.rows, self.lattices.columns]

    def synthesise(self, values: _Reals) -> _Reals:
        """[256] -> [H, W]"""
        all_of_them = np.zeros((len(self.down), len(self.across)))
        all_of_them[self.lattices.rows, self.lattices.columns] = values
        return self.down.T @ all_of_them @ self.across


def _cosines(count: int, pixels: int) -> _Reals:
    """The first waves of the cosine transform of so many pixels: [count, pixels]."""
    waves = np.cos(np.pi * np.arange(count)[:, None] * (np.arange(pixels) + 0.5) / pixels)
    waves[1:] *= math.sqrt(2)
    return waves


def _chips(message: bytes) -> _Reals:
    """The code words of a message: [256] of +1 and -1."""
    bits = int.from_bytes(message)
    words = [bits >> (_BITS * index) & (1 << _BITS) - 1 for index in range(_WORDS)]
    return np.concatenate([_CODE[word % _CHIPS] * (1 - 2 * (word // _CHIPS)) for word in words])


def _likely(soft: _Reals) -> Iterator[bytes]:
    """The likeliest message, and those with second-best words in its place, likeliest first."""
    scores = soft.reshape(_WORDS, _CHIPS) @ _CODE.T
    scores = np.concatenate([scores, -scores], axis=1)  # the second half of the words is negative
    best = np.argsort(-scores, axis=1)[:, :2]  # [8, 2]
    choices = np.array(list(itertools.product((0, 1), repeat=_WORDS)))  # [256, 8]
    words = best[np.arange(_WORDS), choices]
    sums = scores[np.arange(_WORDS), words].sum(axis=1)
    for each in np.argsort(-sums, kind="stable"):
        bits = sum(int(word) << (_BITS * index) for index, word in enumerate(words[each]))
        yield bits.to_bytes(_WORDS * _BITS // 8)


def _agreement(soft: _Reals, message: bytes) -> float:
    """With a message, in standard deviations of pure chance; at most 16."""
    spread = math.sqrt(float(soft @ soft))
    return float(soft @ _chips(message)) / spread if spread else 0.0


def _bound(agreement: float) -> float:
    """At most how often chance alone agrees so well with any message whose checksum is right."""
    return min(1.0, math.exp(8 * _PAYLOAD * math.log(2) - agreement**2 / 2))


def _is_right(message: bytes) -> bool:
    return message[_PAYLOAD:] == _checksum(message[:_PAYLOAD])


def _checksum(payload: bytes) -> bytes:
    return binascii.crc_hqx(payload, 0xFFFF).to_bytes(2)


def _digest(purpose: str, key: str, size: int) -> bytes:
    return hashlib.shake_256(f"gpt4video {purpose}\n{key}".encode("utf-8", "surrogatepass")).digest(
        size
    )
