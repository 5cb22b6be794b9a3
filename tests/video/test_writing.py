"""Files written: they play everywhere, are the same each time, and appear whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from tests.video.films import flat, numbered, numbers

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import (
    ClipError,
    encode_mp4,
    read_clip,
    write_contact_sheet,
    write_mp4,
    writing,
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "out.mp4", numbered(20), fps=8)
    clip = read_clip(path, num_frames=20)
    assert numbers(clip.frames) == list(range(20))
    assert clip.duration == pytest.approx(2.5)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.mp4"]


def test_colours_survive_writing() -> None:
    colours = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128), (240, 230, 40))
    frames = read_clip(encode_mp4(flat(*colours), fps=5), num_frames=5).frames
    assert np.abs(frames.astype(int) - flat(*colours)).max() <= 4


def test_the_stream_is_one_that_every_player_knows() -> None:
    data = encode_mp4(numbered(5), fps=29.97)
    with av.open(io.BytesIO(data)) as container:
        context = container.streams.video[0].codec_context
        assert (context.codec.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (context.colorspace, context.color_range) == (1, 1)
        assert float(container.streams.video[0].average_rate or 0) == pytest.approx(29.97)
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    first = write_mp4(tmp_path / "one.mp4", numbered(20), fps=8).read_bytes()
    assert first == encode_mp4(numbered(20), fps=8)
    assert not any(name in first for name in (b"x264", b"Lavf", b"Lavc", b"one.mp4"))


@pytest.mark.parametrize(("width", "height"), [(1, 1), (63, 33), (64, 31)])
def test_odd_sides_are_made_even_by_repeating_the_edge(width: int, height: int) -> None:
    frames = flat((10, 200, 90), (250, 3, 3), width=width, height=height)
    read = read_clip(encode_mp4(frames, fps=5), num_frames=2).frames
    assert read.shape == (2, height + height % 2, width + width % 2, 3)
    assert np.abs(read.astype(int) - read[:, :1, :1]).max() <= 3


@pytest.mark.parametrize("older", [None, b"an older file"])
@pytest.mark.parametrize("failure", [av.error.InvalidDataError(1, "bad"), KeyboardInterrupt()])
def test_nothing_half_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, older: bytes | None
) -> None:
    target = tmp_path / "out.mp4"
    if older is not None:
        target.write_bytes(older)
    real = writing._frame

    def failing(picture: Any, index: int) -> Any:
        if index == 3:
            raise failure
        return real(picture, index)

    monkeypatch.setattr(writing, "_frame", failing)
    expected = KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else ClipError
    with pytest.raises(expected):
        write_mp4(target, numbered(9), fps=5)
    assert [entry.name for entry in tmp_path.iterdir()] == ([] if older is None else ["out.mp4"])
    assert older is None or target.read_bytes() == older


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ClipError, match=r"out\.mp4"):
        write_mp4(tmp_path / "none" / "out.mp4", numbered(2), fps=5)
    with pytest.raises(ClipError, match=r"out\.png"):
        write_contact_sheet(tmp_path / "none" / "out.png", numbered(2))


@pytest.mark.parametrize("fps", [0, -1, float("nan"), 1e-9, 1e9])
def test_rates_out_of_this_world_are_refused(fps: float) -> None:
    with pytest.raises(InvalidInputError, match="fps"):
        encode_mp4(numbered(2), fps=fps)


def test_frames_that_are_none_are_refused(tmp_path: Path) -> None:
    for frames in (numbered(2).astype(float), numbered(2)[:0], numbered(2)[..., 0], "frames"):
        with pytest.raises(InvalidInputError, match="frames"):
            encode_mp4(frames, fps=5)  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="frames"):
            write_contact_sheet(tmp_path / "sheet.png", frames)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="16384"):
        encode_mp4(np.zeros((1, 2, 20_000, 3), np.uint8), fps=5)


def test_a_contact_sheet_shows_every_frame_in_rows(tmp_path: Path) -> None:
    frames = flat(*[(20 * i, 0, 255) for i in range(7)])
    path = write_contact_sheet(tmp_path / "sheet.png", frames, columns=3)
    with Image.open(path) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (3 * 36 + 4, 3 * 68 + 4, 3)
    shown = [pixels[4 + i // 3 * 36 + 16, 4 + i % 3 * 68 + 32].tolist() for i in range(7)]
    assert shown == [[20 * i, 0, 255] for i in range(7)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["sheet.png"]


def test_titles_stand_under_their_frames(tmp_path: Path) -> None:
    frames = flat((0, 0, 255), (0, 255, 0))
    plain = write_contact_sheet(tmp_path / "plain.png", frames)
    titled = write_contact_sheet(tmp_path / "titled.png", frames, titles=["", "0.50 s " * 20])
    with Image.open(plain) as one, Image.open(titled) as two:
        assert two.height > one.height
        strip = np.asarray(two)[4 + 32 : 4 + 32 + 16]
    assert (strip[:, 4:68] == strip[0, 0]).all()
    assert not (strip[:, 72:136] == strip[0, 0]).all()
    with pytest.raises(InvalidInputError, match="titles"):
        write_contact_sheet(titled, frames, titles=["one"])


def test_a_sheet_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Image.Image, file: Path, **options: Any) -> None:
        file.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(ClipError, match="disk full"):
        write_contact_sheet(tmp_path / "sheet.png", numbered(2))
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_beyond_reason_is_refused(tmp_path: Path) -> None:
    frames = np.broadcast_to(np.uint8(0), (1000, 1000, 1000, 3))
    with pytest.raises(InvalidInputError, match="sheet"):
        write_contact_sheet(tmp_path / "sheet.png", frames)
