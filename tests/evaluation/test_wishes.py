"""Requests and changes know which prompt answers them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gpt4video.evaluation import DrawingGenerator, make_edits, make_requests, read_pixels
from gpt4video.evaluation.prompts import Wish, read_prompt
from gpt4video.evaluation.wishes import Edit, Request
from gpt4video.shapes.world import Scene, SceneObject
from gpt4video_tools.gallery import VideoGenerator, VideoRequest

STAR = SceneObject(colour="red", shape="star", size="small", motion="spin")
RING = SceneObject(colour="blue", shape="ring", size="large", motion="left")
BOTH = Scene(background="gray", objects=(STAR, RING))


def wish_of(*objects: SceneObject, named: str, background: str | None = None) -> Wish:
    each = frozenset(named.split())
    return Wish(
        objects=objects,
        named=tuple(each for _ in objects),
        background=background,  # type: ignore[arg-type]
    )


def test_a_canonical_prompt_is_read_back_whole() -> None:
    words = read_prompt(BOTH.prompt)
    assert words.background == {"gray"}
    for told, each in zip(words.objects, BOTH.objects, strict=True):
        for attribute in ("colour", "shape", "size", "motion"):
            assert told.fits(each, attribute)


def test_a_wish_is_met_by_a_prompt_that_names_all_of_it_in_any_order() -> None:
    wish = wish_of(RING, STAR, named="colour shape size motion", background="gray")
    assert wish.met_by(BOTH.prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "a small blue star spinning and a large red ring moving left on a gray background",
        "a small red star spinning on a gray background",
        "a small red star spinning and a large blue ring moving left on a white background",
        "a small red star spinning and a large blue ring moving left",
        "",
    ],
)
def test_a_wish_is_not_met_by_a_prompt_that_swaps_or_leaves_out(prompt: str) -> None:
    wish = wish_of(STAR, RING, named="colour shape size motion", background="gray")
    assert not wish.met_by(prompt)


def test_what_a_wish_leaves_open_is_free() -> None:
    wish = wish_of(STAR, named="shape")
    assert wish.met_by("a large pink star moving up on a black background")
    assert not wish.met_by("a large pink ring moving up on a black background")


def test_half_of_the_requests_ask_for_a_clip() -> None:
    requests = make_requests(160, seed=1)
    assert sum(request.wish is not None for request in requests) == 80
    assert all("{" not in request.text for request in requests)


def test_an_edit_is_done_when_that_changed_and_nothing_else() -> None:
    first = Request(kind="direct", text="...", wish=wish_of(STAR, named="colour"))
    edit = Edit(first=first, text="now make it blue", attribute="colour", value="blue")
    before = "a small red star spinning on a black background"
    assert edit.done(before, "a small blue star spinning on a black background")
    assert not edit.done(before, before)
    assert not edit.done(before, "a small blue star bouncing on a black background")
    assert not edit.done(before, "a small blue star spinning on a white background")
    assert not edit.done(before, "two blue stars")


def test_edits_ask_for_something_new_that_the_world_allows() -> None:
    for edit in make_edits(100, seed=3):
        wish = edit.first.wish
        assert wish is not None
        each = wish.objects[0]
        assert edit.value != getattr(each, edit.attribute, wish.background)
        if edit.attribute == "motion":
            assert not (edit.value == "spin" and each.shape in ("circle", "ring"))


def test_the_drawing_generator_shows_what_the_prompt_names() -> None:
    generator: VideoGenerator = DrawingGenerator()
    scene = replace(BOTH, objects=(STAR,))
    made = generator.generate(VideoRequest(prompt=scene.prompt, seed=3))
    reading = read_pixels(made.frames)
    found = reading.objects[0]
    assert reading.background == "gray"
    assert (found.colour, found.shape, found.size, found.motion) == ("red", "star", "small", "spin")


def test_the_drawing_generator_gives_the_same_frames_for_the_same_seed() -> None:
    one, two, other = (
        DrawingGenerator().generate(VideoRequest(prompt="a star", seed=seed)).frames
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("prompt", ["a dog on a beach", "a small red ring spinning", "!"])
def test_the_drawing_generator_never_fails(prompt: str) -> None:
    made = DrawingGenerator().generate(VideoRequest(prompt=prompt))
    assert made.frames.shape == (16, 64, 64, 3)
