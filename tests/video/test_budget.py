"""What a clip may cost: said before decoding, held to while decoding, lowered but never raised."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from tests.video.films import film, numbered

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import (
    BudgetExceededError,
    ClipError,
    VideoBudget,
    probe_clip,
    read_clip,
)

FILM = film(numbered(40), options={"g": "40"})  # 4 s, 64x32


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"max_frames": 7}, 8),
        ({"max_pixels": 64 * 32 - 1}, 64 * 32),
        ({"max_seconds": 3.9}, None),
        ({"max_bytes": len(FILM) - 1}, len(FILM)),
        ({"max_decoded": 30}, 31),
    ],
    ids=lambda value: "",
)
@pytest.mark.parametrize("isolate", [False, True])
def test_each_limit_is_kept(limits: dict[str, Any], found: float | None, isolate: bool) -> None:
    with pytest.raises(BudgetExceededError) as caught:
        read_clip(FILM, num_frames=8, budget=VideoBudget(**limits), isolate=isolate)
    assert (caught.value.limit, caught.value.allowed) == next(iter(limits.items()))
    assert found is None or caught.value.found == found


def test_limits_are_inclusive() -> None:
    budget = VideoBudget(
        max_frames=8, max_pixels=64 * 32, max_seconds=4.0, max_bytes=len(FILM), max_decoded=40
    )
    assert len(read_clip(FILM, num_frames=8, budget=budget).frames) == 8


def test_limits_hold_for_frames_in_memory_and_clips_read_before() -> None:
    clip = read_clip(numbered(40), fps=10, num_frames=8)
    for limits in ({"max_frames": 7}, {"max_seconds": 3.0}):
        budget = VideoBudget(**limits)
        for source, fps in ((numbered(40), 10.0), (clip, None)):
            with pytest.raises(BudgetExceededError):
                read_clip(source, fps=fps, num_frames=8, budget=budget)


def test_a_file_object_without_end_is_left_at_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            self.given += max(size, 0)
            return b"\0" * max(size, 0)

    endless = Endless()
    with pytest.raises(BudgetExceededError, match="max_bytes"):
        read_clip(endless, num_frames=2, budget=VideoBudget(max_bytes=5_000_000))  # type: ignore[arg-type]
    assert endless.given < 8_000_000


def test_a_header_that_claims_an_enormous_picture_is_refused_before_decoding() -> None:
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    picture = b"\x89PNG\r\n\x1a\n"
    for name, body in ((b"IHDR", size), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")):
        picture += struct.pack(">I", len(body)) + name + body
        picture += struct.pack(">I", zlib.crc32(name + body))
    with pytest.raises(ClipError):
        read_clip(picture, num_frames=1)
    data = bytearray(film(numbered(3), container="matroska", codec="ffv1", pix_fmt="bgr0"))
    at = data.index(b"\xb0\x81\x40\xba\x81\x20")  # width and height of the track
    data[at + 2] = data[at + 5] = 0xFF
    budget = VideoBudget(max_pixels=100 * 100)
    with pytest.raises(BudgetExceededError, match="max_pixels"):
        probe_clip(bytes(data), budget=budget)


def test_a_header_that_hides_the_size_of_later_pictures_gains_nothing() -> None:
    options = {"g": "4", "bf": "0"}
    data = film(numbered(8), container="h264", options=options)
    data += film(numbered(8, width=512, height=512), container="h264", options=options)
    with pytest.raises(BudgetExceededError, match="max_pixels"):
        read_clip(data, num_frames=4, budget=VideoBudget(max_pixels=64 * 64))


def test_a_header_that_understates_the_duration_gains_nothing() -> None:
    data = bytearray(film(numbered(40), container="matroska"))
    at = data.index(b"\x44\x89\x88") + 3  # the segment's duration: eight bytes, milliseconds
    assert struct.unpack_from(">d", data, at) == (4000.0,)
    struct.pack_into(">d", data, at, 500.0)
    assert probe_clip(bytes(data)).duration == pytest.approx(4.0)
    with pytest.raises(BudgetExceededError, match="max_seconds"):
        read_clip(bytes(data), num_frames=4, budget=VideoBudget(max_seconds=3.0))


def test_a_last_picture_that_stands_for_ever_counts() -> None:
    stamps = [0, 100, 3_600_000_000]
    data = film(numbered(3), stamps=stamps, container="matroska")
    with pytest.raises(BudgetExceededError, match="max_seconds"):
        read_clip(data, num_frames=4)


def test_the_cost_is_known_before_decoding() -> None:
    budget = VideoBudget(longest_side=32)
    cost = budget.cost(probe_clip(FILM), num_frames=8, tokens_per_clip=65)
    assert (cost.frames, cost.pixels) == (8, 64 * 32)
    assert cost.seconds == pytest.approx(4.0)
    assert (cost.bytes, cost.tokens) == (len(FILM), 65)
    assert cost.memory == read_clip(FILM, num_frames=8, budget=budget).frames.nbytes
    budget.check(cost)
    for limits in ({"max_tokens": 64}, {"max_frames": 7}, {"max_seconds": 1.0}):
        with pytest.raises(BudgetExceededError):
            budget.lowered(**limits).check(cost)


def test_a_request_may_lower_a_ceiling_and_never_raise_it() -> None:
    host = VideoBudget(max_frames=16, max_seconds=60.0)
    asked = host.lowered(max_frames=1000, max_seconds=5.0, longest_side=100)
    assert (asked.max_frames, asked.max_seconds, asked.longest_side) == (16, 5.0, 100)
    assert host.lowered() == host


@pytest.mark.parametrize(
    "limits",
    [{"max_frames": 0}, {"max_frames": -3}, {"max_frames": 1.5}, {"max_seconds": float("nan")},
     {"max_pixels": True}, {"longest_side": "640"}],
)  # fmt: skip
def test_limits_are_positive_numbers(limits: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(limits))):
        VideoBudget(**limits)
    with pytest.raises(InvalidInputError, match=next(iter(limits))):
        VideoBudget().lowered(**limits)


def test_a_limit_that_does_not_exist_is_named() -> None:
    with pytest.raises(InvalidInputError, match="max_colours"):
        VideoBudget().lowered(max_colours=3)
