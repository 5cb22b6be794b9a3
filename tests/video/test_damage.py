"""Whatever is wrong with a file: one clear error of our tree, never fewer frames than said."""

from __future__ import annotations

import io
import os
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.video.films import KINDS, film, numbered
from tests.video.test_pictures import webp

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.video import (
    ClipError,
    TruncatedClipError,
    UnreadableClipError,
    encode_mp4,
    probe_clip,
    read_clip,
)

UNBOUNDED = {
    # Streams without any statement of their length: what is there is all that was said.
    "H.264 in a transport stream",
    "H.264 without a container",
    "MPEG-2 in a program stream",
    "H.264 in FLV",
}


@pytest.mark.parametrize("share", [0.35, 0.7, 0.95])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - UNBOUNDED))
def test_a_file_that_is_cut_off_is_refused(kind: str, share: float) -> None:
    data = film(numbered(40), **KINDS[kind])
    with pytest.raises(ClipError):
        read_clip(data[: int(len(data) * share)], num_frames=8)


@pytest.mark.parametrize("kind", sorted(UNBOUNDED))
def test_a_stream_of_no_stated_length_that_is_cut_off_ends_in_frames_or_a_clear_error(
    kind: str,
) -> None:
    data = film(numbered(40), **KINDS[kind])
    for share in (0.35, 0.7, 0.95):
        try:
            clip = read_clip(data[: int(len(data) * share)], num_frames=8)
        except ClipError:
            continue
        assert len(clip.frames) == 8


def test_a_cut_film_with_its_index_in_front_says_what_is_there() -> None:
    data = encode_mp4(_noise(40), fps=10)
    with pytest.raises(TruncatedClipError) as caught:
        read_clip(data[: len(data) // 2], num_frames=8)
    assert caught.value.expected == 40
    assert 10 <= caught.value.decoded <= 30
    with pytest.raises(TruncatedClipError):
        probe_clip(data[: len(data) // 2])


def test_a_cut_webp_is_refused() -> None:
    data = webp(numbered(12), [100] * 12)
    for end in (20, 29, 40, len(data) // 2, len(data) - 5):
        with pytest.raises(ClipError):
            read_clip(data[:end], num_frames=4)


def _noise(count: int) -> Any:
    return np.random.default_rng(3).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", ["H.264 with B-frames in MP4", "HEVC in MP4", "APNG"])
def test_damaged_pictures_are_never_handed_out(kind: str) -> None:
    # HEVC tells damage only where the encoder left a checksum of each picture.
    checked = {"options": {"x265-params": "log-level=none:hash=1"}} if "HEVC" in kind else {}
    data = bytearray(film(_noise(20), **KINDS[kind] | checked))
    for position in range(len(data) // 3, len(data) * 2 // 3, 97):
        data[position] ^= 0x55
    with pytest.raises(ClipError):
        read_clip(bytes(data), num_frames=20)


def test_a_header_that_promises_a_longer_film_is_caught() -> None:
    data = bytearray(film(numbered(40), container="matroska"))
    at = data.index(b"\x44\x89\x88") + 3  # the segment's duration: eight bytes, milliseconds
    assert struct.unpack_from(">d", data, at) == (4000.0,)
    struct.pack_into(">d", data, at, 9000.0)
    with pytest.raises(TruncatedClipError):
        read_clip(bytes(data), num_frames=4)


def test_a_header_that_promises_more_pictures_than_there_are_is_caught() -> None:
    data = bytearray(encode_mp4(numbered(20), fps=10))
    # The table of sizes claims a thousand times the pictures.
    at = data.index(b"stsz") + 12
    assert struct.unpack_from(">I", data, at) == (20,)
    struct.pack_into(">I", data, at, 19_000)
    with pytest.raises(ClipError):
        read_clip(bytes(data), num_frames=8)


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_anywhere_ends_in_frames_or_a_clear_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kind = sorted(KINDS)[seed % len(KINDS)]
    data = np.frombuffer(bytearray(film(numbered(12), **KINDS[kind])), np.uint8).copy()
    places = rng.integers(0, len(data), rng.integers(1, 30))
    data[places] = rng.integers(0, 256, len(places))
    try:
        clip = read_clip(data.tobytes(), num_frames=5)
    except GPT4VideoError:
        return
    assert len(clip.frames) == 5


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"just words, not a film", b"\0" * 5000, b"GIF89a", b"RIFF\x20\0\0\0WEBPVP8X\x0a"],
)
def test_what_is_no_film_is_refused(data: bytes) -> None:
    with pytest.raises(ClipError):
        read_clip(data, num_frames=2)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableClipError, match="no such file"):
        read_clip(tmp_path / "nowhere.mp4", num_frames=2)
    with pytest.raises(UnreadableClipError, match="not a regular file"):
        read_clip(tmp_path, num_frames=2)
    with pytest.raises(UnreadableClipError, match="cannot be opened"):
        read_clip("a\0b.mp4", num_frames=2)


def test_addresses_are_not_fetched() -> None:
    with pytest.raises(UnreadableClipError, match="URLs are not fetched"):
        read_clip("https://example.org/clip.mp4", num_frames=2)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(UnreadableClipError, match="not a regular file"):
        read_clip(tmp_path / "pipe.mp4", num_frames=2)


def test_a_play_list_does_not_reach_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(film(numbered(10), container="mpegts"))
    lists = {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile {secret.name}\n",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    }
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(UnreadableClipError, match="not a video format"):
            read_clip(tmp_path / name, num_frames=2)


def test_formats_outside_the_list_are_not_even_tried() -> None:
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0" * 16000)
    with pytest.raises(UnreadableClipError, match="not a video format"):
        read_clip(target.getvalue(), num_frames=2)


def test_a_sound_without_pictures_is_refused() -> None:
    import av

    target = io.BytesIO()
    with av.open(target, "w", format="matroska") as output:
        stream = output.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.rate, sound.pts = 8000, 0
        output.mux(stream.encode(sound))
    with pytest.raises(UnreadableClipError, match="no moving picture"):
        read_clip(target.getvalue(), num_frames=2)


def test_a_file_object_that_fails_is_one_clear_error() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size and self.tell() > 200:
                raise OSError("the disk is gone")
            return super().read(size)

    with pytest.raises(UnreadableClipError):
        read_clip(Failing(film(numbered(10))), num_frames=2)
    closed = io.BytesIO(b"x")
    closed.close()
    with pytest.raises(GPT4VideoError):
        read_clip(closed, num_frames=2)
