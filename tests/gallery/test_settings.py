"""Rounding to what a family can do, and filling in what the request leaves open."""

from __future__ import annotations

import pytest

from gpt4video_tools.gallery import GenerationDefaults, VideoRequest
from gpt4video_tools.gallery.families import FamilyRules, rules_of
from gpt4video_tools.gallery.settings import settle

EVERYTHING = {
    "num_frames",
    "height",
    "width",
    "num_inference_steps",
    "guidance_scale",
    "negative_prompt",
}


@pytest.mark.parametrize(
    ("wanted", "made"), [(1, 1), (2, 1), (3, 5), (4, 5), (5, 5), (6, 5), (7, 9), (81, 81), (82, 81)]
)
def test_frames_in_blocks_of_four_and_one_are_rounded_to_the_nearest(
    wanted: int, made: int
) -> None:
    assert FamilyRules(frame_step=4).nearest_frames(wanted) == made


def test_a_family_of_one_length_makes_that_length() -> None:
    assert FamilyRules(only_frames=16).nearest_frames(3) == 16


@pytest.mark.parametrize(("wanted", "made"), [(8, 16), (23, 16), (24, 32), (64, 64), (320, 320)])
def test_sizes_are_rounded_to_the_nearest_multiple_and_never_to_nothing(
    wanted: int, made: int
) -> None:
    assert FamilyRules(size_multiple=(16, 16)).nearest_size(wanted, 64) == (made, 64)


def test_a_pipeline_not_known_by_name_is_asked_as_wished() -> None:
    assert rules_of(object()) == FamilyRules()
    assert rules_of(object()).nearest_frames(23) == 23


def test_the_request_goes_before_the_defaults() -> None:
    defaults = GenerationDefaults(num_frames=8, fps=4, num_inference_steps=10, guidance_scale=3)
    request = VideoRequest(prompt="p", num_frames=12, num_inference_steps=2)
    settings = settle(request, defaults, FamilyRules(), EVERYTHING)
    assert settings.arguments == {
        "num_frames": 12,
        "num_inference_steps": 2,
        "guidance_scale": 3.0,
    }
    assert settings.fps == 4
    assert settings.notes == ()


def test_zero_guidance_is_a_wish_and_not_a_missing_value() -> None:
    request = VideoRequest(prompt="p", guidance_scale=0)
    settings = settle(request, GenerationDefaults(guidance_scale=7), FamilyRules(), EVERYTHING)
    assert settings.arguments["guidance_scale"] == 0


def test_what_was_rounded_or_left_out_is_noted() -> None:
    request = VideoRequest(prompt="p", num_frames=7, width=60, height=64, negative_prompt="blurry")
    settings = settle(
        request,
        GenerationDefaults(),
        FamilyRules(frame_step=4, size_multiple=(16, 16)),
        EVERYTHING - {"negative_prompt"},
    )
    assert settings.arguments == {"num_frames": 9, "height": 64, "width": 64}
    assert len(settings.notes) == 3
    assert "7 frames" in settings.notes[0]
    assert "width of 60" in settings.notes[1]
    assert "negative_prompt" in settings.notes[2]


def test_a_default_that_the_pipeline_does_not_know_is_left_out_silently() -> None:
    defaults = GenerationDefaults(negative_prompt="blurry")
    settings = settle(VideoRequest(prompt="p"), defaults, FamilyRules(), {"num_frames"})
    assert settings.arguments == {}
    assert settings.notes == ()


def test_a_family_of_one_length_is_asked_for_it_where_nobody_says() -> None:
    rules = FamilyRules(only_frames=16)
    settings = settle(VideoRequest(prompt="p"), GenerationDefaults(), rules, EVERYTHING)
    assert settings.arguments == {"num_frames": 16}
    assert settings.notes == ()


def test_a_family_that_says_video_length_is_asked_in_its_words() -> None:
    request = VideoRequest(prompt="p", num_frames=16)
    settings = settle(request, GenerationDefaults(), FamilyRules(), {"video_length"})
    assert settings.arguments == {"video_length": 16}
