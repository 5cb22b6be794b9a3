"""Pixels: colours, sizes, turns, transparency."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image
from tests.video.films import Picture, film, flat, numbered, numbers

from gpt4video_tools.video import VideoBudget, probe_clip, read_clip
from gpt4video_tools.video.sizes import displayed

COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 100, 50))
RGB = {"codec": "ffv1", "container": "matroska", "pix_fmt": "bgr0"}


def test_lossless_pictures_come_back_exactly() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (6, 37, 53, 3), dtype=np.uint8)
    assert np.array_equal(read_clip(film(noise, **RGB), num_frames=6).frames, noise)  # type: ignore[arg-type]


@pytest.mark.parametrize("colorspace", [1, 5], ids=["BT.709", "BT.601"])
@pytest.mark.parametrize("color_range", [1, 2], ids=["limited", "full"])
def test_colours_are_right_in_every_matrix_and_range(colorspace: int, color_range: int) -> None:
    tags = {"colorspace": colorspace, "color_range": color_range}
    data = film(flat(*COLOURS), colours=tags, pix_fmt="yuv444p", options={"crf": "1"})
    _assert_close(read_clip(data, num_frames=len(COLOURS)).frames, COLOURS)


@pytest.mark.parametrize(
    "pix_fmt", ["yuv420p10le", "yuv422p10le", "yuv444p12le", "yuv420p16le", "gray", "rgb48le"]
)
def test_any_depth_and_layout_is_read(pix_fmt: str) -> None:
    greys = tuple((level, level, level) for level in (0, 64, 128, 192, 255))
    data = film(flat(*greys), codec="ffv1", container="matroska", pix_fmt=pix_fmt)
    _assert_close(read_clip(data, num_frames=5).frames, greys)


def _assert_close(frames: Picture, colours: tuple[tuple[int, int, int], ...]) -> None:
    difference = np.abs(frames.astype(int) - flat(*colours).astype(int))
    assert difference.max() <= 4


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (65, 33), (641, 7)])
def test_odd_sizes_are_read_whole(width: int, height: int) -> None:
    data = film(flat((9, 99, 199), width=width, height=height), **RGB)  # type: ignore[arg-type]
    frames = read_clip(data, num_frames=2, budget=VideoBudget(longest_side=1000)).frames
    assert frames.shape == (2, height, width, 3)


@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_pictures_are_turned_upright(degrees: int) -> None:
    corners = np.zeros((32, 64, 3), np.uint8)
    corners[:16, :32] = 255, 0, 0  # the top left corner is red
    corners[:16, 32:] = 0, 255, 0
    stored = np.stack([corners] * 3)
    data = film(stored, rotation=degrees, codec="libx264", pix_fmt="yuv444p")
    clip = read_clip(data, num_frames=1)
    expected = np.rot90(corners, degrees // 90)
    assert clip.frames[0].shape == expected.shape
    assert np.abs(clip.frames[0].astype(int) - expected).mean() < 6
    info = probe_clip(data)
    assert (info.height, info.width) == expected.shape[:2]


def test_wide_pixels_are_shown_wide() -> None:
    data = film(numbered(4), pixel_aspect=Fraction(2, 1))
    clip = read_clip(data, num_frames=4)
    assert clip.frames.shape == (4, 32, 128, 3)
    assert numbers(clip.frames) == [0, 1, 2, 3]


def test_a_pixel_aspect_out_of_this_world_is_ignored() -> None:
    assert displayed(64, 32, Fraction(5000, 1)) == (64, 32)
    assert displayed(64, 32, Fraction(1, 5000)) == (64, 32)
    assert displayed(64, 32, None) == (64, 32)


def test_kept_frames_are_scaled_down_and_never_up() -> None:
    data = film(numbered(4, width=320, height=160))
    small = read_clip(data, num_frames=4, budget=VideoBudget(longest_side=64))
    assert small.frames.shape == (4, 32, 64, 3)
    assert numbers(small.frames) == [0, 1, 2, 3]
    large = read_clip(data, num_frames=4, budget=VideoBudget(longest_side=4000))
    assert large.frames.shape == (4, 160, 320, 3)
    array = read_clip(
        numbered(4, width=320), fps=2, num_frames=4, budget=VideoBudget(longest_side=64)
    )
    assert max(array.frames.shape[1:3]) == 64


def test_a_size_that_changes_on_the_way_is_fitted_to_the_first() -> None:
    small, large = numbered(8), numbered(8, width=128, height=64)
    options = {"g": "4", "bf": "0"}
    data = film(small, container="h264", options=options)
    data += film(large, container="h264", options=options)
    clip = read_clip(data, num_frames=16)
    assert clip.frames.shape == (16, 32, 64, 3)
    assert numbers(clip.frames) == [*range(8), *range(8)]


def test_transparency_is_laid_on_white() -> None:
    half = np.zeros((3, 32, 64, 4), np.uint8)
    half[..., 0] = 255
    half[0, ..., 3], half[1, ..., 3], half[2, ..., 3] = 255, 128, 0
    data = film(half, codec="apng", container="apng", pix_fmt="rgba")
    frames = read_clip(data, num_frames=3).frames
    assert frames[:, 5, 5].tolist() == [[255, 0, 0], [255, 127, 127], [255, 255, 255]]


def webp(pictures: Picture, milliseconds: list[int]) -> bytes:
    images = [Image.fromarray(picture) for picture in pictures]
    target = io.BytesIO()
    images[0].save(
        target,
        format="WEBP",
        save_all=True,
        append_images=images[1:],
        duration=milliseconds,
        lossless=True,
    )
    return target.getvalue()


def test_animated_webp_is_read_by_its_own_times() -> None:
    data = webp(numbered(5), [100, 100, 500, 200, 100])
    clip = read_clip(data, num_frames=10)
    assert clip.duration == pytest.approx(1.0)
    assert numbers(clip.frames) == [0, 1, 2, 2, 2, 2, 2, 3, 3, 4]
    info = probe_clip(data)
    assert (info.codec, info.frames, info.width, info.height) == ("webp", 5, 64, 32)


def test_the_stream_to_show_is_chosen_over_cover_art() -> None:
    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as output:
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 256, 256, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        main = output.add_stream("ffv1", rate=10)
        main.height, main.width = 32, 64
        main.pix_fmt = "bgr0"
        art = av.VideoFrame.from_ndarray(flat((9, 9, 9), width=256, height=256)[0], "rgb24")
        output.mux(cover.encode(art.reformat(format="yuvj420p")))
        for index, picture in enumerate(numbered(10)):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format="bgr0")
            frame.pts = index
            output.mux(main.encode(frame))
        output.mux(main.encode())
        output.mux(cover.encode())
    clip = read_clip(target.getvalue(), num_frames=10)
    assert numbers(clip.frames) == list(range(10))
