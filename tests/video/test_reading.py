"""What comes out of `read_clip`: the right pictures, at the right times, from any source."""

from __future__ import annotations

import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.video.films import KINDS, film, numbered, numbers

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import (
    BudgetExceededError,
    Clip,
    VideoBudget,
    probe_clip,
    read_clip,
    uniform_times,
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_moment_brings_the_picture_shown_then(kind: str) -> None:
    rate = KINDS[kind].get("fps", 10)
    data = film(numbered(40), **KINDS[kind])
    clip = read_clip(data, num_frames=9)
    # Raw streams carry no rate of their own: FFmpeg takes them for 25 pictures a second.
    duration = 40 / (25 if "without a container" in kind else rate)
    assert clip.duration == pytest.approx(duration, abs=1e-3)
    assert clip.times == pytest.approx(uniform_times(duration, 9), abs=1e-3)
    assert numbers(clip.frames) == [int((i + 0.5) / 9 * 40) for i in range(9)]


@pytest.mark.parametrize("kind", KINDS)
def test_all_pictures_come_out_when_all_are_asked_for(kind: str) -> None:
    data = film(numbered(23), **KINDS[kind])
    assert numbers(read_clip(data, num_frames=23).frames) == list(range(23))


def test_an_uneven_rate_is_sampled_by_time_and_not_by_count() -> None:
    stamps = [0, 50, 100, 150, 200, 1000, 1800, 1900]
    data = film(numbered(8), stamps=stamps, container="matroska", codec="ffv1", pix_fmt="bgr0")
    clip = read_clip(data, num_frames=20)
    starts = np.array(stamps) / 1000
    shown = [int(np.searchsorted(starts, time, side="right")) - 1 for time in clip.times]
    assert numbers(clip.frames) == shown
    assert clip.duration == pytest.approx(2.0, abs=0.06)


def test_a_short_clip_gives_its_pictures_several_times() -> None:
    clip = read_clip(film(numbered(2)), num_frames=6)
    assert numbers(clip.frames) == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    "source",
    [film(numbered(40)), read_clip(film(numbered(40)), num_frames=40)],
    ids=["file", "clip"],
)
def test_the_number_of_frames_may_follow_from_the_duration(source: bytes | Clip) -> None:
    clip = read_clip(source, num_frames=lambda seconds: round(2 * seconds))
    assert clip.duration == pytest.approx(4) and len(clip.frames) == 8
    assert numbers(clip.frames) == numbers(read_clip(source, num_frames=8).frames)
    with pytest.raises(BudgetExceededError, match="max_frames"):
        read_clip(source, num_frames=lambda _: 9, budget=VideoBudget(max_frames=8))
    with pytest.raises(InvalidInputError, match="num_frames"):
        read_clip(source, num_frames=lambda _: 0)
    if isinstance(source, bytes):
        with pytest.raises(InvalidInputError, match="num_frames"):
            read_clip(source, num_frames=lambda _: 8, isolate=True)


def test_a_single_picture_is_a_clip() -> None:
    clip = read_clip(film(numbered(1)), num_frames=3)
    assert numbers(clip.frames) == [0, 0, 0]
    assert clip.duration == pytest.approx(0.1)


def test_time_starts_with_the_first_picture_where_stamps_start_late() -> None:
    late = film(numbered(10), container="mpegts", stamps=[9000 + 100 * i for i in range(10)])
    clip = read_clip(late, num_frames=5)
    assert clip.duration == pytest.approx(1.0, abs=0.01)
    assert numbers(clip.frames) == [1, 3, 5, 7, 9]


def test_only_the_groups_that_hold_wanted_pictures_are_decoded() -> None:
    data = film(numbered(200), options={"g": "10", "bf": "0"})
    budget = VideoBudget(max_decoded=4 * 12)
    assert numbers(read_clip(data, num_frames=4, budget=budget).frames) == [25, 75, 125, 175]


def test_all_ways_to_name_a_clip_bring_the_same(tmp_path: Path) -> None:
    data = film(numbered(10))
    path = tmp_path / "ten.mp4"
    path.write_bytes(data)
    with path.open("rb") as opened:
        opened.seek(7)
        sources: list[Any] = [path, str(path), data, io.BytesIO(data), opened, _Pipe(data)]
        clips = [read_clip(source, num_frames=5) for source in sources]
        assert opened.tell() == 7
    assert {clip.key for clip in clips} == {hashlib.sha256(data).hexdigest()}
    assert all(np.array_equal(clip.frames, clips[0].frames) for clip in clips)
    assert [clip.name for clip in clips[:3]] == ["ten.mp4", "ten.mp4", "bytes"]


class _Pipe(io.RawIOBase):
    """A file object that cannot seek."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(size)


def test_frames_in_memory_are_sampled_as_a_clip_is() -> None:
    clip = read_clip(numbered(40), fps=10, num_frames=9)
    assert numbers(clip.frames) == [int((i + 0.5) / 9 * 40) for i in range(9)]
    assert clip.duration == pytest.approx(4.0)
    assert clip.key == read_clip(numbered(40), fps=10, num_frames=2).key
    assert clip.key != read_clip(numbered(39), fps=10, num_frames=2).key


def test_a_clip_read_densely_holds_the_sparser_reading() -> None:
    data = film(numbered(90))
    dense, sparse = read_clip(data, num_frames=24), read_clip(data, num_frames=8)
    taken = dense.take(sparse.times)
    assert taken.times == dense.times[1::3]
    assert np.array_equal(taken.frames, sparse.frames)
    assert np.array_equal(read_clip(dense, num_frames=8).frames, sparse.frames)
    assert taken.key == dense.key


@pytest.mark.parametrize(
    "frames",
    [
        numbered(3).astype(np.float32),
        numbered(3)[0],
        numbered(3)[..., :2],
        numbered(3)[:0],
        numbered(3)[:, :0],
    ],
)
def test_arrays_that_are_no_frames_are_refused(frames: Any) -> None:
    with pytest.raises(InvalidInputError, match="uint8"):
        read_clip(frames, fps=5, num_frames=2)


@pytest.mark.parametrize("fps", [None, 0, -1.0, float("nan"), float("inf"), True])
def test_arrays_need_a_rate(fps: Any) -> None:
    with pytest.raises(InvalidInputError, match="fps"):
        read_clip(numbered(3), fps=fps, num_frames=2)


@pytest.mark.parametrize("count", [0, -1, 1.5, True, None])
def test_a_number_of_frames_is_a_positive_whole_number(count: Any) -> None:
    with pytest.raises(InvalidInputError, match="num_frames"):
        read_clip(numbered(3), fps=5, num_frames=count)


@pytest.mark.parametrize("source", [None, 5, io.StringIO("text"), ["a.mp4"]])
def test_what_is_no_clip_is_refused(source: Any) -> None:
    with pytest.raises(InvalidInputError, match="source"):
        read_clip(source, num_frames=2)


def test_threads_may_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film(numbered(60), options={"g": "12", "bf": "3"}))
    start = threading.Barrier(4)

    def read(_: int) -> list[int]:
        start.wait()
        return numbers(read_clip(path, num_frames=12).frames)

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(read, range(4)))
    assert results == [[int((i + 0.5) * 5) for i in range(12)]] * 4


def test_a_probe_says_what_a_clip_is() -> None:
    info = probe_clip(film(numbered(25), fps=5, container="matroska"))
    assert (info.width, info.height, info.frames, info.codec) == (64, 32, 25, "h264")
    assert info.duration == pytest.approx(5.0)
    assert info.fps == pytest.approx(5.0)
    assert info.container == "matroska,webm"


@pytest.mark.parametrize("kind", ["VP8 in WebM", "VP9 in WebM"])
def test_a_probe_counts_pictures_and_not_packets(kind: str) -> None:
    assert probe_clip(film(numbered(40), **KINDS[kind])).frames in (40, None)


def test_a_probe_says_nothing_where_only_decoding_would_tell() -> None:
    info = probe_clip(film(numbered(25), container="h264"))
    assert (info.width, info.height) == (64, 32)
    assert info.duration is info.frames is info.fps is None


def test_a_probe_knows_arrays_and_clips() -> None:
    info = probe_clip(numbered(6), fps=3)
    assert (info.duration, info.frames, info.codec) == (2.0, 6, "raw")
    assert probe_clip(read_clip(numbered(6), fps=3, num_frames=4)).frames == 4


def test_a_clip_prints_its_shape_and_not_its_pixels() -> None:
    clip = read_clip(numbered(6), fps=3, num_frames=4)
    assert "4x32x64" in repr(clip)
    assert "[[" not in repr(clip)


def test_a_clip_refuses_times_that_do_not_fit_its_frames() -> None:
    with pytest.raises(InvalidInputError, match="times"):
        Clip(frames=numbered(3), times=(0.0, 1.0), duration=3.0, key="k")
    with pytest.raises(InvalidInputError, match="times"):
        read_clip(numbered(3), fps=1, num_frames=3).take([])
