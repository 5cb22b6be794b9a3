"""Arithmetic of picture sizes."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["displayed", "fit"]

_WIDEST_PIXEL = 10
"""A pixel aspect beyond 10:1 either way is damage, not a lens."""


def fit(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """The size with its longest side brought down to `longest_side`; never up, never under 1."""
    longest = max(width, height)
    if longest <= longest_side:
        return width, height
    return (
        max(1, round(width * longest_side / longest)),
        max(1, round(height * longest_side / longest)),
    )


def displayed(width: int, height: int, pixel_aspect: Fraction | None) -> tuple[int, int]:
    """The size at which stored pixels of that aspect (width to height) are to be shown."""
    if not pixel_aspect or not Fraction(1, _WIDEST_PIXEL) <= pixel_aspect <= _WIDEST_PIXEL:
        return width, height
    return max(1, round(width * pixel_aspect)), height
