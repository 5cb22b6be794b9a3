from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.provenance.recoding import decoded, recoded

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.provenance import LatticeWatermark, Watermark
from gpt4video_tools.video import encode_mp4

Frames = NDArray[np.uint8]
MARK = LatticeWatermark()
SAYS = bytes.fromhex("7c48aa5a")


def _moving(seed: int = 0, size: int = 64, count: int = 12) -> Frames:
    """A bright square that moves over a ground of soft colours."""
    draw = np.random.default_rng(seed)
    corners = draw.uniform(0, 200, (2, 2, 3))
    ramp = np.linspace(0, 1, size)
    rows = corners[0][None] * (1 - ramp)[:, None, None] + corners[1][None] * ramp[:, None, None]
    ground = rows[:, :1] * (1 - ramp)[None, :, None] + rows[:, 1:] * ramp[None, :, None]
    frames = np.repeat(ground[None], count, axis=0)
    side = size // 4
    for index, frame in enumerate(frames):
        left = index * (size - side) // count
        frame[side : 2 * side, left : left + side] = (250, 220, 40)
    return frames.astype(np.uint8)


def _flat(level: int) -> Frames:
    return np.full((6, 64, 64, 3), level, dtype=np.uint8)


@pytest.mark.parametrize(
    "frames",
    [_moving(), _moving(size=98), _moving(count=1), _flat(0), _flat(128), _flat(255)],
    ids=["small", "larger", "one frame", "black", "grey", "white"],
)
def test_what_was_embedded_is_found_in_the_written_file(frames: Frames) -> None:
    marked = MARK.embed(frames, SAYS)
    assert marked.dtype == np.uint8
    assert marked.shape == frames.shape
    reading = MARK.detect(decoded(encode_mp4(marked, fps=8)))
    assert reading.found
    assert reading.payload == SAYS
    assert reading.chance < 1e-30


def test_the_mark_is_hard_to_see() -> None:
    frames = _moving()
    change = MARK.embed(frames, SAYS).astype(float) - frames
    assert 10 * np.log10(255**2 / np.mean(change**2)) > 41
    assert np.abs(change).max() <= 12


@pytest.mark.parametrize(
    "change",
    [
        lambda frames: decoded(recoded(frames, crf=23)),
        lambda frames: decoded(recoded(frames, crf=23, size=128)),
        lambda frames: decoded(recoded(frames, crf=18, size=48)),
        lambda frames: frames[5:8],
        lambda frames: np.repeat(frames, 2, axis=0)[::3],
        lambda frames: frames[::-1],
        lambda frames: np.clip(frames.astype(int) + 6, 0, 255).astype(np.uint8),
    ],
    ids=["encoded", "enlarged", "made smaller", "cut", "another rate", "backwards", "brighter"],
)
def test_the_mark_survives(change: Callable[[Frames], Frames]) -> None:
    assert MARK.detect(change(MARK.embed(_moving(), SAYS))).payload == SAYS


def test_the_mark_does_not_survive_a_crop_as_the_page_says() -> None:
    assert not MARK.detect(MARK.embed(_moving(), SAYS)[:, 8:, 8:]).found


def test_frames_without_a_mark_are_not_taken_for_marked() -> None:
    for frames in (*(_moving(seed) for seed in range(20)), _flat(0), _flat(128), _flat(255)):
        reading = MARK.detect(frames)
        assert not reading.found
        assert reading.payload is None
        assert reading.chance > 1e-3


def test_without_the_key_nothing_is_found() -> None:
    marked = LatticeWatermark(key="secret").embed(_moving(), SAYS)
    assert LatticeWatermark(key="secret").detect(marked).payload == SAYS
    assert not MARK.detect(marked).found
    assert LatticeWatermark(key="secret").scheme != MARK.scheme
    assert "secret" not in repr(LatticeWatermark(key="secret"))


def test_a_clip_of_which_half_is_marked_is_read() -> None:
    marked = MARK.embed(_moving(), SAYS)
    assert MARK.detect(np.concatenate([marked, _moving(seed=1)])).payload == SAYS


def test_what_two_marks_say_together_is_not_made_up() -> None:
    one, other = (MARK.embed(_moving(), payload) for payload in (SAYS, bytes(4)))
    reading = MARK.detect(np.concatenate([one, other]))
    assert reading.payload in (None, SAYS, bytes(4))


def test_the_mark_lies_where_it_always_lay() -> None:
    """Files out there must stay readable: these pixels were computed by the first version."""
    frames = MARK.embed(_flat(128)[:1], SAYS)
    assert frames[0, :4, :4, 0].tolist() == [
        [127, 128, 128, 129],
        [128, 128, 129, 129],
        [129, 129, 129, 129],
        [131, 131, 129, 128],
    ]


def test_frames_that_are_too_small_are_refused_and_carry_nothing() -> None:
    small = np.zeros((2, 31, 64, 3), dtype=np.uint8)
    with pytest.raises(InvalidInputError, match="at least 32 pixels"):
        MARK.embed(small, SAYS)
    assert not MARK.detect(small).found
    assert not MARK.detect(np.zeros((0, 64, 64, 3), dtype=np.uint8)).found


def test_a_payload_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="4 bytes"):
        MARK.embed(_moving(), b"abc")


@pytest.mark.parametrize("wrong", [{"key": ""}, {"step": 0}, {"step": 5}, {"step": float("nan")}])
def test_wrong_settings_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        LatticeWatermark(**wrong)  # type: ignore[arg-type]


def test_it_is_a_watermark() -> None:
    assert isinstance(MARK, Watermark)
