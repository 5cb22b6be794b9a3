"""Rounding to what a family can do, whatever is wished."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gpt4video_tools.gallery import PRESETS
from gpt4video_tools.gallery.families import FAMILIES, FamilyRules, family_of, rules_of

STEPS = st.integers(1, 16)
COUNTS = st.integers(1, 2048)
SIDES = st.integers(8, 8192)
MULTIPLES = st.sampled_from([8, 16, 32, 64])


@st.composite
def free_rules(draw: st.DrawFn) -> FamilyRules:
    """Rules of families that can do more than one shape."""
    step = draw(STEPS)
    offset = draw(st.integers(1, step))
    return FamilyRules(
        size_multiple=(draw(MULTIPLES), draw(MULTIPLES)),
        frame_step=step,
        frame_offset=offset,
        max_frames=draw(st.none() | st.integers(offset, 300)),
    )


def can_make(rules: FamilyRules, frames: int) -> bool:
    """The rule in the words of its definition."""
    fits = frames >= rules.frame_offset and (frames - rules.frame_offset) % rules.frame_step == 0
    return fits and (rules.max_frames is None or frames <= rules.max_frames)


@given(free_rules(), COUNTS)
def test_the_nearest_count_can_be_made_and_none_that_can_is_nearer(
    rules: FamilyRules, wanted: int
) -> None:
    made = rules.nearest_frames(wanted)
    assert can_make(rules, made)
    distance = abs(made - wanted)
    near = range(max(wanted - distance + 1, 1), wanted + distance)
    assert not any(can_make(rules, other) for other in near)


@given(free_rules(), COUNTS)
def test_what_can_be_made_is_left_as_it_is(rules: FamilyRules, wanted: int) -> None:
    made = rules.nearest_frames(wanted)
    assert rules.nearest_frames(made) == made
    if can_make(rules, wanted):
        assert made == wanted


@given(free_rules(), SIDES, SIDES)
def test_the_nearest_size_is_of_whole_blocks_and_less_than_a_block_away(
    rules: FamilyRules, height: int, width: int
) -> None:
    made = rules.nearest_size(height, width)
    assert rules.nearest_size(*made) == made
    for side, wanted, multiple in zip(made, (height, width), rules.size_multiple, strict=True):
        assert side % multiple == 0
        assert side > 0
        assert abs(side - wanted) <= multiple / 2 or side == multiple


@given(COUNTS, SIDES, SIDES)
def test_a_family_of_one_shape_makes_it_whatever_is_wished(
    frames: int, height: int, width: int
) -> None:
    rules = FamilyRules(only_frames=16, only_size=(64, 48))
    assert rules.nearest_frames(frames) == 16
    assert rules.nearest_size(height, width) == (64, 48)


def test_rules_are_told_in_words() -> None:
    assert str(FamilyRules(frame_step=4, size_multiple=(16, 16))) == (
        "4k + 1 frames; sides in multiples of 16"
    )
    assert str(FamilyRules(max_frames=32)) == (
        "any number of frames up to 32; sides in multiples of 8"
    )
    assert str(FamilyRules(only_frames=16, only_size=(64, 48))) == "16 frames; 48 x 64 pixels"
    assert str(FamilyRules(size_multiple=(16, 32))).endswith("multiples of 32 x 16")


def test_a_class_that_is_not_known_is_asked_as_wished() -> None:
    assert rules_of(object()) == FamilyRules()
    assert family_of("NoSuchPipeline").ignores == ()


def test_every_preset_of_diffusers_has_a_family_of_its_own() -> None:
    classes: set[Any] = {preset.pipeline for preset in PRESETS.values()} - {""}
    assert classes == set(FAMILIES)
