"""A contact sheet: all frames of a clip in one picture, for people."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gpt4video_guards.errors import InvalidInputError

from .clip import check_frames
from .errors import ClipError
from .replacing import replacing
from .sampling import check_count

__all__ = ["write_contact_sheet"]

_GAP = 4
_TITLE = 12
_PAPER, _INK = (24, 24, 24), (220, 220, 220)
_MOST_PIXELS = 1 << 28


def write_contact_sheet(
    path: str | os.PathLike[str],
    frames: NDArray[np.uint8],
    *,
    columns: int = 8,
    titles: Sequence[str] | None = None,
) -> Path:
    """Write frames side by side as one PNG, row by row.

    The file appears when it is whole; on failure nothing is left and an older file stays.

    Args:
        path: where to; its folder must exist.
        frames: uint8 [T, H, W, 3], RGB, T at least 1.
        columns: frames in a row, at least 1.
        titles: one short line under each frame, for instance its time; None for no lines.

    Returns:
        The path.

    Raises:
        InvalidInputError: an argument is wrong, or the sheet would be over 2**28 pixels.
        ClipError: the disk failed.
    """
    check_frames("frames", frames)
    check_count("columns", columns)
    if titles is not None and len(titles) != len(frames):
        raise InvalidInputError("titles", f"{len(titles)} titles", f"{len(frames)}, one a frame")
    target = Path(path)
    sheet = _sheet(frames, min(columns, len(frames)), titles)
    try:
        with replacing(target) as beside:
            sheet.save(beside, format="PNG")
    except OSError as error:
        raise ClipError(target.name, f"cannot be written: {error}") from error
    return target


def _sheet(frames: NDArray[np.uint8], columns: int, titles: Sequence[str] | None) -> Image.Image:
    count, height, width, _ = frames.shape
    line = _TITLE + _GAP if titles is not None else 0
    step_x, step_y = width + _GAP, height + line + _GAP
    size = (columns * step_x + _GAP, -(-count // columns) * step_y + _GAP)
    if size[0] * size[1] > _MOST_PIXELS:
        raise InvalidInputError("frames", f"a sheet of {size[0]}x{size[1]}", "2**28 pixels at most")
    sheet = Image.new("RGB", size, _PAPER)
    font = ImageFont.load_default()
    for index, frame in enumerate(frames):
        left = _GAP + index % columns * step_x
        top = _GAP + index // columns * step_y
        sheet.paste(Image.fromarray(frame), (left, top))
        if titles is not None:
            # Drawn on its own strip, so that a long title is cut, not drawn over its neighbour.
            strip = Image.new("RGB", (width, line), _PAPER)
            ImageDraw.Draw(strip).text((0, 1), titles[index], fill=_INK, font=font)
            sheet.paste(strip, (left, top + height))
    return sheet
