"""Every file of the shared folder: what it yields, or the one error that it raises."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from gpt4video_tools import video
from gpt4video_tools.video import ClipError, VideoBudget, probe_clip, read_clip
from gpt4video_tools.video.picture import PictureMaker
from gpt4video_tools.video.sizes import fit

READABLE: dict[str, tuple[int, int, int | None, float]] = {
    "8k24fps_300ms.mp4": (7680, 4320, 8, 0.333),
    "SVA_Base_B.264": (176, 144, None, 0.68),
    "anim_frame1.webp": (82, 82, 1, 0.04),
    "animated-loop-3.webp": (370, 285, 10, 42.0),
    "animated.gif": (64, 48, 4, 0.4),
    "av1_video.mkv": (640, 360, 125, 5.0),
    "bbb_176x144_128kbps_15fps_h263.3gp": (176, 144, 15, 1.0),
    "bbb_800x640_768kbps_30fps_avc_pyramid_3b.mp4": (1138, 640, 120, 4.0),
    "bbb_prog_10s.mp4": (427, 240, 238, 9.917),
    "bear-vp9-odd-dimensions.webm": (161, 121, 30, 1.001),
    "bear-vp9.webm": (320, 240, 82, 2.736),
    "big_buck_bunny_432_433.webm": (1280, 720, 24, 0.999),
    "bikes.mp4": (640, 272, 250, 10.0),
    "bitmap.mp4": (1, 1, 5, 5.0),
    "bt601_full_range.mp4": (320, 240, 60, 2.0),
    "chaplin.mp4": (640, 360, 241, 9.64),
    "chi.gif": (320, 240, 31, 3.1),
    "dali_cfr.mov": (1280, 720, 180, 3.0),
    "decord_video_0.mov": (568, 320, 3, 0.1),
    "decord_video_180.mov": (568, 320, 3, 0.1),
    "decord_video_90.mov": (320, 568, 3, 0.1),
    "discard_first_keyframe.mp4": (64, 64, 25, 1.0),
    "dispose_prev.gif": (100, 100, 5, 4.1),
    "duplicate_frame.gif": (10, 10, 3, 3.0),
    "edit_list_positive_shift.mp4": (1920, 1080, 270, 9.0),
    "filetype_animated.apng": (100, 100, 20, 1.5),
    "filetype_mjpeg.mov": (640, 480, 15, 1.5),
    "frame_exceeds_screen.gif": (4, 4, 1, 0.1),
    "gifplayer-muybridge.gif": (472, 298, 380, 58.55),
    "gofuzz_150cf945.gif": (10, 63498, 1, 0.1),
    "h264_10bits.mp4": (200, 200, 30, 1.0),
    "h264_white_frame_sar_16_9.mp4": (1138, 480, 1, 0.04),
    "h265_bframes.mp4": (854, 480, 30, 1.0),
    "h265_video.mp4": (128, 128, 10, 1.0),
    "hdr10-video-with-sdr-container.mp4": (1920, 1080, 28, 1.017),
    "hevc.265": (1920, 1080, None, 2.0),
    "internal_emulator_transformer_output_270_rotated.mp4": (720, 1280, 149, 4.972),
    "long_180p_av1.mp4": (320, 180, 21766, 362.767),
    "loop_forever.avif": (128, 128, 2, 1.0),
    "metadata.mp4": (320, 240, 1, 0.04),
    "minimal.mp4": (320, 240, 1, 0.04),
    "nasa_13013.mp4": (480, 270, 390, 13.013),
    "nasa_13013_rotated.mp4": (270, 480, 17, 0.567),
    "no_duration.webm": (1280, 720, 74, 4.938),
    "palette_not_needed_for_second_frame.gif": (128, 128, 2, 10.0),
    "pigs_in_a_polka.gif": (314, 273, 30, 3.0),
    "pixel-motion-photo-2-hevc-tracks.mp4": (768, 1024, 58, 2.109),
    "random_lossy.webp": (99, 87, 4, 0.6),
    "roadtrip-vp92-10bit.webm": (426, 240, None, 3.002),
    "sample-with-large-length.avi": (256, 144, None, 1.933),
    "sample.avi": (960, 400, 96, 4.087),
    "sample.flv": (1080, 720, 30, 0.968),
    "sample.mkv": (1080, 720, 30, 0.968),
    "sample.mp4": (1080, 720, 30, 1.001),
    "sample_edit_list_only_preroll_sync_sample.mp4": (640, 360, 16, 0.533),
    "sample_empty_track.mp4": (1080, 720, 30, 1.001),
    "sample_fragmented.mp4": (1080, 720, 30, 1.001),
    "sample_fragmented_seekable_multiple_sidx.mp4": (1920, 1080, 600, 20.0),
    "sample_h262_mpeg_audio.ts": (640, 426, 3, 0.1),
    "sample_h264.ts": (854, 480, 30, 1.0),
    "sample_no_bframes.mp4": (1080, 720, 30, 1.001),
    "sample_sef_slow_motion.mp4": (320, 240, 63, 2.067),
    "sample_with_chapters.mkv": (320, 240, 150, 5.0),
    "sample_with_color_info.mp4": (1080, 1920, 9, 0.3),
    "sample_with_increasing_timestamps_320w_240h_5s.mp4": (320, 240, 300, 5.0),
    "sample_with_multiple_key_frames.mkv": (1080, 720, 30, 0.983),
    "sample_with_vobsub.mp4": (1080, 720, 30, 0.05),
    "silent-black-25s.mp4": (320, 240, 750, 25.0),
    "sine_stereo_mp2.mpg": (128, 128, 100, 4.0),
    "test_non_zero_start.mp4": (199, 112, 12, 0.4),
    "testsrc2.mp4": (1280, 720, 60, 2.0),
    "testsrc2_12bit_hdr.mp4": (320, 180, 60, 2.0),
    "testsrc2_444_10bit_hevc.mp4": (321, 241, 25, 1.0),
    "testsrc2_av1_10bit.mp4": (320, 240, 25, 1.0),
    "testsrc2_h265.mp4": (1280, 720, 60, 2.0),
    "testsrc2_hdr.mp4": (320, 180, 60, 2.0),
    "testsrc2_mpeg4.mp4": (64, 64, 1, 0.04),
    "testsrc2_odd_height_444.mp4": (320, 241, 25, 1.0),
    "testsrc2_odd_width_mpeg2.mp4": (121, 80, 10, 0.4),
    "testsrc2_odd_width_vp9.mp4": (321, 240, 25, 1.0),
    "testsrc2_vp9.webm": (1280, 720, 30, 1.0),
    "tiny_av1.mp4": (64, 64, 1, 0.042),
    "transparent.gif": (64, 48, 1, 0.1),
    "transparent.webm": (200, 200, 150, 5.0),
    "video_colr_nclx_hlg.mp4": (2, 2, 3, 0.12),
    "video_with_failing_audio.mp4": (640, 360, 280, 11.2),
    "vvc_400kbps_2s.mp4": (1280, 720, 50, 2.0),
    "water_180_mvhevc_5frames.mov": (1934, 2160, 5, 0.056),
}
"""Width and height as shown, pictures (None where only decoding tells), seconds."""

REFUSED = {
    "BA_MW_D_IDR_LOST.264": "TruncatedClipError",
    "bbb_1ch_12kHz_q10_vorbis.webm": "UnreadableClipError",
    "bear-id3.mp3": "UnreadableClipError",
    "block_ends_beyond_cluster.mkv": "TruncatedClipError",
    "chapters_truncated_chapter_string_2.mkv": "TruncatedClipError",
    "chunk_out_of_range.mp4": "UnreadableClipError",
    "decompression_bomb.gif": "TruncatedClipError",
    "decord_corrupted.mp4": "UnreadableClipError",
    "empty.webm": "UnreadableClipError",
    "gofuzz_4ac49cef.webp": "UnreadableClipError",
    "gofuzz_a725d196.gif": "UnreadableClipError",
    "gofuzz_bc3eac79.gif": "TruncatedClipError",
    "init.mp4": "UnreadableClipError",
    "init_truncated.mp4": "TruncatedClipError",
    "invalid_userdata.mp4": "TruncatedClipError",
    "invalid_vp9_bitstream-bug_1416.webm": "BudgetExceededError",
    "issue-117-out-of-range.gif": "UnreadableClipError",
    "issue-96-small-codesize.gif": "UnreadableClipError",
    "nasa_13013.mp4.audio.mp3": "UnreadableClipError",
    "primarychromaticity_fieldtoolarge.webm": "TruncatedClipError",
    "prog_8s_enc_dashinit.mp4": "UnreadableClipError",
    "sample_audio_only.mp4": "UnreadableClipError",
    "sample_fragmented_widevine.mp4": "UnreadableClipError",
    "sample_malformed_free_box.mp4": "UnreadableClipError",
    "sample_mpegh_mhm1.mp4": "UnreadableClipError",
    "sample_with_invalid_nalu.mp4": "UnreadableClipError",
    "test_case_1185230.mp4": "TruncatedClipError",
}

SMALL = VideoBudget(longest_side=64)


def test_the_table_names_every_file(data_dir: Path) -> None:
    listed = {*READABLE, *REFUSED}
    assert listed == {line.split()[1] for line in _sums(data_dir)}


def _sums(data_dir: Path) -> list[str]:
    return (data_dir / "videos" / "SHA256SUMS").read_text().splitlines()


@pytest.mark.parametrize("name", READABLE)
def test_a_readable_file_yields_its_frames(data_dir: Path, name: str) -> None:
    width, height, count, seconds = READABLE[name]
    path = data_dir / "videos" / name
    clip = read_clip(path, num_frames=8, budget=SMALL)
    info = probe_clip(path, budget=SMALL)
    assert (info.width, info.height, info.frames) == (width, height, count)
    assert clip.frames.shape == (8, *reversed(fit(width, height, 64)), 3)
    assert clip.duration == pytest.approx(seconds, abs=1e-3)
    assert info.duration is None or info.duration == clip.duration


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_raises_one_clear_error(data_dir: Path, name: str) -> None:
    with pytest.raises(ClipError) as caught:
        read_clip(data_dir / "videos" / name, num_frames=8, budget=SMALL)
    assert type(caught.value) is getattr(video, REFUSED[name])
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize(
    "name",
    [
        "dali_cfr.mov",  # has its frame numbers burned in
        "nasa_13013.mp4",
        "bikes.mp4",
        "bbb_800x640_768kbps_30fps_avc_pyramid_3b.mp4",
        "discard_first_keyframe.mp4",
        "h265_video.mp4",
        "sample.avi",
        "sample_h264.ts",
        "sine_stereo_mp2.mpg",
        "transparent.webm",
        "gifplayer-muybridge.gif",
        "test_non_zero_start.mp4",
    ],
)
def test_sampled_frames_are_those_of_a_whole_decode(data_dir: Path, name: str) -> None:
    path = data_dir / "videos" / name
    clip = read_clip(path, num_frames=7, budget=SMALL)
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        assert isinstance(stream, av.VideoStream)
        maker = PictureMaker(name, longest_side=64, pixel_aspect=stream.sample_aspect_ratio)
        starts, pictures = [], []
        for frame in container.decode(stream):
            starts.append(frame.time or 0.0)
            pictures.append(maker.make(frame))
    for time, picture in zip(clip.times, clip.frames, strict=True):
        shown = int(np.searchsorted(np.array(starts) - starts[0], time + 1e-9, side="right")) - 1
        assert np.array_equal(picture, pictures[shown])
