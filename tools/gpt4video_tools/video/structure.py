"""How long a file is by its own outermost structure, for formats that say so.

FFmpeg forgives a file that was cut off and plays what is left. The sizes of the outer boxes tell.
"""

from __future__ import annotations

from .source import Bytes

__all__ = ["is_cut"]

_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"uuid", b"meta"}
    | {b"sidx", b"ssix", b"mfra", b"prft", b"emsg", b"udta", b"pnot", b"PICT"}
)
_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
_GIF_EXTENSION, _GIF_PICTURE = 0x21, 0x2C


def is_cut(data: Bytes) -> bool:
    """Whether the file ends inside a box, segment or block that it opened itself."""
    head = data.head(12)
    if head[4:8] in _BOXES:
        return _boxes_cut(data)
    if head[:4] == _EBML.to_bytes(4, "big"):
        return _segment_cut(data)
    if head[:4] == b"RIFF":
        # Writers that were stopped leave the size at zero, and OpenDML files go on after it.
        return int.from_bytes(head[4:8], "little") + 8 > data.size
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _gif_cut(data)
    return False


def _boxes_cut(data: Bytes) -> bool:
    position = 0
    while position + 8 <= data.size:
        head = data.at(position, 16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if kind not in _BOXES or size == 0:  # junk after the film, or a box up to the end
            return False
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            return False
        position += size
    return position > data.size


def _segment_cut(data: Bytes) -> bool:
    position = 0
    for _ in range(16):
        name, after_name = _number(data, position, marked=True)
        size, start = _number(data, after_name, marked=False)
        if name is None or size is None:  # not EBML, or a segment of open size
            return False
        if name == _SEGMENT:
            return start + size > data.size
        position = start + size
    return False


def _number(data: Bytes, position: int, *, marked: bool) -> tuple[int | None, int]:
    """An EBML number and where it ends; None for one that is not there or is left open."""
    head = data.at(position, 8)
    if not head or not head[0]:
        return None, position
    length = 9 - head[0].bit_length()
    value = int.from_bytes(head[:length], "big")
    if not marked:
        value &= (1 << 7 * length) - 1
        if value == (1 << 7 * length) - 1:
            return None, position
    return value, position + length


def _gif_cut(data: Bytes) -> bool:
    head = data.at(0, 13)
    if len(head) < 13:
        return True
    position = 13 + _colours(head[10])
    while position < data.size:
        kind = data.at(position, 1)[0]
        if kind == _GIF_EXTENSION:
            position += 2
        elif kind == _GIF_PICTURE:
            descriptor = data.at(position, 10)
            if len(descriptor) < 10:
                return True
            position += 10 + _colours(descriptor[9]) + 1
        else:  # the end, or junk that players pass over
            return False
        ended, position = _after_blocks(data, position)
        if not ended:
            return True
    return position > data.size


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: Bytes, position: int) -> tuple[bool, int]:
    """Where a chain of GIF blocks ends, and whether it does."""
    while position < data.size:
        size = data.at(position, 1)[0]
        position += 1 + size
        if size == 0:
            return True, position
    return False, position
