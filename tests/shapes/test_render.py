"""The training renderer keeps the rules of the shapes world."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from gpt4video.shapes.layout import Drawing, poses, reach
from gpt4video.shapes.render import draw, frame_boxes, frame_times, sample_drawing, sample_scene
from gpt4video.shapes.world import (
    BACKGROUND_RGB,
    COLOUR_RGB,
    MOTIONS,
    ROUND_SHAPES,
    SHAPES,
    SIZE_RANGE,
    Motion,
    Scene,
    SceneObject,
    ShapeName,
)

DENSE = np.linspace(0, 1, 49, dtype=np.float32)


def one(shape: ShapeName = "square", motion: Motion = "still", *, wide: bool = False) -> Drawing:
    thing = SceneObject(colour="red", shape=shape, size="large", motion=motion)
    scene = Scene(background="black", objects=(thing,))
    return sample_drawing(scene, np.random.default_rng(7), wide=wide)


def many(count: int = 250, *, wide: bool = True) -> list[Drawing]:
    rng = np.random.default_rng(3)
    return [sample_scene(rng, wide=wide) for _ in range(count)]


@pytest.mark.parametrize("wide", [False, True])
def test_objects_of_one_scene_differ_in_colour_and_start_a_quarter_frame_apart(wide: bool) -> None:
    for drawing in many(wide=wide):
        things = drawing.scene.objects
        assert len({each.colour for each in things}) == len(things) <= 3
        for a, b in itertools.combinations(things, 2):
            assert math.hypot(a.x - b.x, a.y - b.y) >= 0.25


@pytest.mark.parametrize("wide", [False, True])
def test_every_object_stays_inside_the_frame_for_the_whole_clip(wide: bool) -> None:
    for drawing in many(wide=wide):
        for thing, motif in zip(drawing.scene.objects, drawing.motifs, strict=True):
            at = poses(thing, motif, DENSE)
            half = at.extent / 2 * reach(thing.shape, motif)
            assert (at.x - half).min() > -0.005 and (at.x + half).max() < 1.005
            assert (at.y - half).min() > -0.005 and (at.y + half).max() < 1.005


def test_no_object_hides_another_for_the_whole_clip() -> None:
    for drawing in many():
        boxes = frame_boxes(drawing, DENSE)
        for a, b in itertools.combinations(range(boxes.shape[1]), 2):
            gap = np.hypot(*(boxes[:, a, :2] - boxes[:, b, :2]).T)
            assert gap.max() >= 0.25


@pytest.mark.parametrize("wide", [False, True])
def test_numbers_stay_inside_the_ranges_of_the_world(wide: bool) -> None:
    for drawing in many(wide=wide):
        backdrop = np.subtract(drawing.surroundings.rgb, BACKGROUND_RGB[drawing.scene.background])
        assert np.abs(backdrop).max() <= 10
        for thing, motif in zip(drawing.scene.objects, drawing.motifs, strict=True):
            assert np.abs(np.subtract(motif.rgb, COLOUR_RGB[thing.colour])).max() <= 15
            low, high = SIZE_RANGE[thing.size]
            assert low <= motif.extent <= high
            match thing.motion:
                case "left" | "right" | "up" | "down":
                    assert motif.travel >= 0.35
                case "bounce":
                    assert motif.hops in {2, 3, 4} and motif.height > 0.09
                case "spin":
                    assert 0.5 <= abs(motif.turns) <= 2 and thing.shape not in ROUND_SHAPES
                case "grow":
                    assert 1.79 <= motif.factor <= 3.01
                case "shrink":
                    assert 1.79 <= 1 / motif.factor <= 3.01
                case "blink":
                    assert motif.blinks in {2, 3, 4}
                case "still":
                    assert (motif.travel, motif.turns, motif.factor, motif.hops) == (0, 0, 1, 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_drawn_shape_is_as_wide_as_it_says_and_has_its_colour(shape: ShapeName) -> None:
    drawing = one(shape)
    frame = draw(drawing, times=[0.0], size=128)[0].astype(float)
    thing, motif = drawing.scene.objects[0], drawing.motifs[0]
    inside = frame[..., 0] > 120
    columns = np.flatnonzero(inside.any(axis=0))
    assert abs((columns[-1] - columns[0] + 1) / 128 - motif.extent) < 0.035
    assert np.abs(np.median(frame[inside], axis=0) - motif.rgb).max() <= 1.5
    assert abs(columns.mean() / 128 - thing.x) < 0.02


def test_shapes_cover_the_area_that_their_geometry_says() -> None:
    expected = {"circle": math.pi / 4, "square": 1.0, "triangle": math.sqrt(3) / 4}
    for shape, area in expected.items():
        drawing = one(shape)  # type: ignore[arg-type]
        cover = (draw(drawing, times=[0.0], size=256)[0, ..., 0] > 117).mean()
        assert cover == pytest.approx(area * drawing.motifs[0].extent ** 2, rel=0.03)


@pytest.mark.parametrize("motion", MOTIONS)
def test_only_what_should_move_moves(motion: Motion) -> None:
    drawing = one("star", motion)
    frames = draw(drawing, times=frame_times(16), size=64).astype(int)
    assert (np.abs(np.diff(frames, axis=0)).max() > 30) == (motion != "still")


def test_a_blinking_object_goes_off_and_on_and_its_box_says_so() -> None:
    drawing = one("circle", "blink")
    on = frame_boxes(drawing, frame_times(16))[:, 0, 2] > 0
    assert on[0] and on[-1]
    assert (np.diff(on.astype(int)) == -1).sum() == drawing.motifs[0].blinks
    frames = draw(drawing, times=frame_times(16), size=64)
    assert np.array_equal(frames[..., 0].reshape(16, -1).max(axis=1) > 120, on)


def test_boxes_follow_the_pixels_of_a_mover() -> None:
    drawing = one("square", "right")
    boxes = frame_boxes(drawing, frame_times(5))
    frames = draw(drawing, times=frame_times(5), size=64)
    for box, frame in zip(boxes[:, 0], frames, strict=True):
        rows, columns = np.nonzero(frame[..., 0] > 120)
        assert abs((columns.mean() + 0.5) / 64 - box[0]) < 0.02
        assert abs((rows.mean() + 0.5) / 64 - box[1]) < 0.02


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others() -> None:
    first, second, other = (
        draw(sample_scene(np.random.default_rng(seed), wide=True), times=[0, 1], size=64)
        for seed in (5, 5, 6)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_worn_clips_keep_each_colour_nearest_to_its_own_name() -> None:
    for drawing in many(60):
        boxes = frame_boxes(drawing, [0.0])[0]
        if len(boxes) > 1:
            continue
        frame = draw(drawing, times=[0.0], size=128)[0].astype(float)
        far = np.linalg.norm(frame - drawing.surroundings.rgb, axis=-1)
        ink = np.median(frame[far > 0.7 * np.quantile(far, 0.995)], axis=0)
        nearest = min(COLOUR_RGB, key=lambda name: float(np.linalg.norm(ink - COLOUR_RGB[name])))
        assert nearest == drawing.scene.objects[0].colour
