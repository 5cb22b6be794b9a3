"""Which moments are looked at, and which picture is on the screen then."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import uniform_times
from gpt4video_tools.video.timeline import from_delivery, from_stamps


def test_moments_are_the_midpoints_of_equal_segments() -> None:
    assert uniform_times(8.0, 4) == (1.0, 3.0, 5.0, 7.0)


@given(st.floats(0, 1e5), st.integers(1, 64))
def test_every_third_moment_of_a_denser_reading_is_one_of_the_sparser(
    duration: float, count: int
) -> None:
    dense = uniform_times(duration, 3 * count)
    assert dense[1::3] == pytest.approx(uniform_times(duration, count))


@pytest.mark.parametrize(
    ("duration", "count"), [(-1.0, 2), (math.nan, 2), (math.inf, 2), (1.0, 0), (1.0, True)]
)
def test_moments_of_no_clip_are_refused(duration: float, count: int) -> None:
    with pytest.raises(InvalidInputError):
        uniform_times(duration, count)


def test_the_picture_shown_is_the_last_that_starts_by_then() -> None:
    line = from_stamps(np.array([500, 0, 100, 2000]), tick=0.001, last=0.5, rate=None)
    assert line.duration == 2.5
    assert line.shown_at([0.0, 0.099, 0.1, 0.499, 1.999, 2.0, 9.0]) == [0, 0, 1, 1, 2, 3, 3]


def test_time_starts_at_the_first_picture() -> None:
    line = from_stamps(np.array([8000, 8100]), tick=0.001, last=None, rate=None)
    assert list(line.starts) == [0.0, pytest.approx(0.1)]
    assert line.duration == pytest.approx(0.2)


def test_a_single_picture_stands_as_long_as_the_rate_says() -> None:
    line = from_stamps(np.array([7]), tick=0.001, last=None, rate=25.0)
    assert line.duration == pytest.approx(0.04)


def test_pictures_without_stamps_stand_at_an_even_rate() -> None:
    line = from_delivery([None, None, 3, None], tick=1.0, last=None, rate=2.0)
    assert list(line.starts) == [0.0, 0.5, 1.0, 1.5]
    assert line.duration == 2.0


def test_stamps_a_little_out_of_order_are_sorted() -> None:
    line = from_delivery([2, 3, 5, 4, 6], tick=0.1, last=None, rate=None)
    assert line.starts == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])


def test_a_second_run_of_pictures_follows_on_the_first() -> None:
    line = from_delivery([100, 102, 104, 0, 2, 3], tick=1.0, last=2.0, rate=None)
    assert line.starts == pytest.approx([0, 2, 4, 6, 8, 9])
    assert line.duration == pytest.approx(11)
