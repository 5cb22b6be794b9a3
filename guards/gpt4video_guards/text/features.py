"""Hashed word and character n-grams of a text, vectorised in numpy.

Every n-gram of the lower-cased, space-collapsed text is a slice of it, and the hash of a slice is
read off one prefix sum: with H[i] the sum of c[k] * p**k for k < i (modulo 2**64), the slice
[i, j) hashes to (H[j] - H[i]) * p**-i, wherever it stands.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Features: TypeAlias = npt.NDArray[np.int32]

CHAR_ORDERS: Final = (2, 3, 4, 5)
WINDOW: Final = 600
"""Characters of one window; the harm in a long text is often one sentence of it."""
STRIDE: Final = 400

_PRIME: Final = 0x9E3779B97F4A7C55  # odd, so that it can be inverted modulo 2**64
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", re.UNICODE)
_SPACES: Final = re.compile(r"\s+")


def windows(text: str, *, size: int = WINDOW, stride: int = STRIDE) -> list[tuple[int, int]]:
    """Overlapping slices [start, end) that cover the whole text; one for a text that fits."""
    if len(text) <= size:
        return [(0, len(text))]
    starts = range(0, len(text) - (size - stride), stride)
    return [(start, min(start + size, len(text))) for start in starts]


def features(text: str, *, buckets: int) -> Features:
    """The distinct buckets of the text's word 1-2-grams and character 2-5-grams.

    Args:
        text: at most a window or so; memory grows with its length.
        buckets: a power of two.

    Returns:
        Sorted distinct int32 bucket numbers, at least one (the whole text's own hash).
    """
    plain = " " + _SPACES.sub(" ", text.lower()).strip() + " "
    codes = np.frombuffer(plain.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    powers, inverses = _powers(1 << (len(codes) + 1).bit_length())
    prefix = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(codes.astype(np.uint64) * powers[: len(codes)], out=prefix[1:])

    def hashed(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], salt: int) -> Features:
        mixed = (prefix[ends] - prefix[starts]) * inverses[starts]
        return _bucket(mixed + np.uint64(salt), buckets)

    parts: list[Features] = []
    for order in CHAR_ORDERS:
        starts = np.arange(max(0, len(codes) - order + 1))
        parts.append(hashed(starts, starts + order, order))
    spans = np.array([match.span() for match in _WORD.finditer(plain)], dtype=np.int64)
    if len(spans):
        parts.append(hashed(spans[:, 0], spans[:, 1], 101))
    if len(spans) > 1:
        first = _slices(prefix, inverses, spans[:-1])
        second = _slices(prefix, inverses, spans[1:])
        parts.append(_bucket(first * np.uint64(3) + second + np.uint64(202), buckets))
    found: Features = np.unique(np.concatenate(parts))
    return found if len(found) else np.zeros(1, dtype=np.int32)


def _slices(
    prefix: npt.NDArray[np.uint64], inverses: npt.NDArray[np.uint64], spans: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint64]:
    return (prefix[spans[:, 1]] - prefix[spans[:, 0]]) * inverses[spans[:, 0]]


def _bucket(hashes: npt.NDArray[np.uint64], buckets: int) -> Features:
    """splitmix64's finaliser, then the top bits."""
    x = hashes ^ (hashes >> np.uint64(30))
    x = x * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    top: Features = ((x ^ (x >> np.uint64(31))) >> np.uint64(65 - buckets.bit_length())).astype(
        np.int32
    )
    return top


@lru_cache(maxsize=32)
def _powers(count: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """p**k and p**-k modulo 2**64 for k < count."""
    inverse = pow(_PRIME, -1, 1 << 64)
    forth = np.full(count, _PRIME, dtype=np.uint64)
    back = np.full(count, inverse, dtype=np.uint64)
    forth[0] = back[0] = 1
    return np.cumprod(forth), np.cumprod(back)
