"""The evaluation's own clips keep to the rules of the shapes world and come as true video files."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from gpt4video.evaluation import Camera, random_footage
from gpt4video.evaluation.masks import Proportions, fill, outline, placed
from gpt4video.evaluation.renderer import CLEAN, FRAME_SIZES, Footage, draw, random_camera
from gpt4video.evaluation.takes import Take, random_take, random_words, take_of
from gpt4video.shapes.world import (
    BACKGROUND_RGB,
    COLOUR_RGB,
    ROUND_SHAPES,
    SHAPES,
    SIZE_RANGE,
    SceneObject,
)
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import read_clip


@pytest.fixture(scope="module")
def takes() -> list[Take]:
    rng = random.Random(20)
    return [random_take(rng) for _ in range(90)]


def test_objects_of_a_take_differ_in_colour_and_start_apart(takes: list[Take]) -> None:
    for take in takes:
        objects = take.scene.objects
        assert 1 <= len(objects) <= 3
        assert len({each.colour for each in objects}) == len(objects)
        for one, other in itertools.combinations(objects, 2):
            assert math.dist((one.x, one.y), (other.x, other.y)) >= 0.25


def test_every_object_has_the_size_that_its_word_says_at_mid_clip(takes: list[Take]) -> None:
    for actor in (actor for take in takes for actor in take.actors):
        low, high = SIZE_RANGE[actor.words.size]
        assert low <= actor.extent <= high
        if actor.words.motion != "blink":
            assert actor.pose(0.5).extent == pytest.approx(actor.extent)


def test_motions_reach_as_far_and_as_often_as_the_world_asks(takes: list[Take]) -> None:
    for actor in (actor for take in takes for actor in take.actors):
        first, last = actor.pose(0.0), actor.pose(1.0)
        moved = math.dist(first.centre, last.centre)
        match actor.words.motion:
            case "left" | "right" | "up" | "down":
                assert moved >= 0.35
            case "spin":
                assert math.pi * 0.99 <= abs(last.angle - first.angle) <= 4 * math.pi * 1.01
                assert actor.words.shape not in ROUND_SHAPES
            case "grow" | "shrink":
                factor = last.extent / first.extent
                factor = factor if actor.words.motion == "grow" else 1 / factor
                assert 1.8 <= factor <= 3.0 + 1e-9
            case "bounce" | "blink":
                assert 2 <= actor.repeats <= 4
            case _:
                assert (first.extent, first.angle, moved) == (last.extent, last.angle, 0)


def test_no_object_leaves_the_frame(takes: list[Take]) -> None:
    for actor in (actor for take in takes for actor in take.actors):
        for moment in np.linspace(0, 1, 9):
            pose = actor.pose(float(moment))
            if pose.extent:
                points = np.concatenate(
                    placed(
                        actor.polygons,
                        centre=pose.centre,
                        extent=pose.extent,
                        angle=pose.angle,
                        size=1,
                    )
                )
                assert points.min() >= 0
                assert points.max() <= 1


@pytest.mark.parametrize("shape", SHAPES)
def test_a_filled_shape_covers_the_area_of_its_outline(shape: str) -> None:
    polygons = outline(shape, Proportions())  # type: ignore[arg-type]
    areas = [
        abs(float(np.dot(p[:, 0], np.roll(p[:, 1], 1)) - np.dot(p[:, 1], np.roll(p[:, 0], 1)))) / 2
        for p in polygons
    ]
    expected = areas[0] - sum(areas[1:])  # what follows the first polygon is a hole
    mask = fill([p * 40 + 32 for p in polygons], size=64)
    assert mask.sum() / 40**2 == pytest.approx(expected, rel=0.02)


def test_a_square_on_the_pixel_grid_is_filled_exactly() -> None:
    corners = np.array([(2.0, 3.0), (6.0, 3.0), (6.0, 5.0), (2.0, 5.0)])
    expected = np.zeros((8, 8))
    expected[3:5, 2:6] = 1
    np.testing.assert_array_equal(fill([corners], size=8), expected)


def test_drawn_pixels_have_the_colours_of_the_words() -> None:
    words = SceneObject(colour="green", shape="square", size="large", motion="still")
    take = take_of([words], "white", random.Random(1))
    frames = draw(take, CLEAN)
    assert frames.shape == (16, 64, 64, 3)
    x, y = take.scene.objects[0].x, take.scene.objects[0].y
    assert tuple(frames[0, int(y * 64), int(x * 64)]) == COLOUR_RGB["green"]
    found, counts = np.unique(frames.reshape(-1, 3), axis=0, return_counts=True)
    assert tuple(found[counts.argmax()]) == BACKGROUND_RGB["white"]


def test_cameras_stay_within_the_limits_of_the_world() -> None:
    rng = random.Random(3)
    cameras = [random_camera(rng) for _ in range(200)]
    assert {camera.size for camera in cameras} == set(FRAME_SIZES)
    assert all(64 <= c.size <= 256 and 8 <= c.fps <= 30 and 2 <= c.seconds <= 4 for c in cameras)


def test_the_same_seed_films_the_same_file() -> None:
    one, two = (random_footage(random.Random(8), objects=1) for _ in range(2))
    assert one.mp4 == two.mp4


def test_a_filmed_take_reads_back_as_a_video_of_that_size_and_length() -> None:
    take = random_take(random.Random(2), objects=2)
    camera = Camera(size=96, fps=12, seconds=2.5)
    clip = read_clip(Footage(take=take, camera=camera).mp4, num_frames=16)
    assert clip.frames.shape == (16, 96, 96, 3)
    assert clip.duration == pytest.approx(2.5, abs=0.1)


def test_words_that_break_a_rule_of_the_world_are_turned_down() -> None:
    spinning = SceneObject(colour="red", shape="ring", size="small", motion="spin")
    with pytest.raises(InvalidInputError, match="motion can be seen"):
        take_of([spinning], "black", random.Random(0))
    twins = [random_words(random.Random(i), colour="red", motion="still") for i in range(2)]
    with pytest.raises(InvalidInputError, match="different colours"):
        take_of(twins, "black", random.Random(0))
