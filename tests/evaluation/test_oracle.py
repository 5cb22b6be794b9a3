"""The pixel oracle is right about rendered clips, compressed or not, and about wrong ones too."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from gpt4video.evaluation import read_pixels
from gpt4video.evaluation.renderer import CLEAN, Camera, Footage, draw
from gpt4video.evaluation.takes import Take, random_take, random_words, take_of
from gpt4video.shapes.world import BACKGROUNDS, SceneObject
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import read_clip

ATTRIBUTES = ("colour", "shape", "size", "motion")


def shares(clips: list[tuple[Take, npt.NDArray[np.uint8]]], objects: int = 1) -> dict[str, float]:
    """How often each attribute was read rightly, over all objects."""
    right: dict[str, list[bool]] = {name: [] for name in ("background", *ATTRIBUTES)}
    for take, frames in clips:
        reading = read_pixels(frames, objects=objects)
        right["background"].append(reading.background == take.scene.background)
        by_colour = {found.colour: found for found in reading.objects}
        for each in take.scene.objects:
            found = by_colour.get(each.colour)
            for name in ATTRIBUTES:
                right[name].append(getattr(found, name, None) == getattr(each, name))
    return {name: sum(found) / len(found) for name, found in right.items()}


def one_object(seed: int, **words: str) -> tuple[SceneObject, npt.NDArray[np.uint8]]:
    rng = random.Random(seed)
    each = random_words(rng, **words)  # type: ignore[arg-type]
    return each, draw(take_of([each], rng.choice(BACKGROUNDS), rng), CLEAN)


def test_single_objects_are_read_rightly_from_clean_frames() -> None:
    rng = random.Random(31)
    takes = [random_take(rng, objects=1) for _ in range(60)]
    found = shares([(take, draw(take, CLEAN)) for take in takes])
    assert min(found.values()) >= 0.97, found


def test_single_objects_are_read_rightly_from_compressed_noisy_clips_of_any_size() -> None:
    rng = random.Random(32)
    clips = []
    for size in (64, 96, 128, 160) * 4:
        camera = Camera(size=size, fps=12, noise=2, unevenness=3, colour_shift=12)
        take = random_take(rng, objects=1)
        footage = Footage(take=take, camera=camera, seed=rng.getrandbits(16))
        clips.append((take, read_clip(footage.mp4, num_frames=16).frames))
    found = shares(clips)
    assert min(found.values()) >= 0.95, found


def test_two_objects_are_mostly_read_rightly() -> None:
    rng = random.Random(33)
    takes = [random_take(rng, objects=2) for _ in range(25)]
    found = shares([(take, draw(take, CLEAN)) for take in takes], objects=2)
    assert min(found.values()) >= 0.9, found


def test_noise_reads_as_nothing() -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed).integers(0, 256, (16, 64, 64, 3), dtype=np.uint8)
        reading = read_pixels(noise)
        assert reading.background is None
        assert all(found.shape is None or found.motion is None for found in reading.objects)


def test_an_empty_clip_has_no_object() -> None:
    frames = np.full((16, 64, 64, 3), 15, dtype=np.uint8)
    reading = read_pixels(frames)
    assert (reading.background, reading.objects) == ("black", ())


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_a_swapped_label_does_not_fit_the_pixels(attribute: str) -> None:
    rng = random.Random(34)
    for seed in range(4):
        each, frames = one_object(seed)
        reading = read_pixels(frames).objects[0]
        other = replace(each)
        while getattr(other, attribute) == getattr(each, attribute):
            other = random_words(rng)
        assert getattr(reading, attribute) != getattr(other, attribute)


@pytest.mark.parametrize("motion", ["left", "right", "up", "down", "bounce", "spin", "blink"])
def test_a_frozen_clip_stands_still_whatever_it_was(motion: str) -> None:
    for seed in range(3):
        _, frames = one_object(seed, motion=motion)
        frozen = np.repeat(frames[:1], 16, axis=0)
        assert read_pixels(frozen).objects[0].motion == "still"


def test_a_clip_played_backwards_moves_the_other_way() -> None:
    for there, back in (("left", "right"), ("up", "down"), ("grow", "shrink")):
        _, frames = one_object(5, motion=there)
        assert read_pixels(frames).objects[0].motion == there
        assert read_pixels(frames[::-1]).objects[0].motion == back


def test_a_clip_that_jumps_once_is_no_steady_motion() -> None:
    _, frames = one_object(6, motion="left")
    jumpy = np.concatenate([np.repeat(frames[:1], 8, axis=0), np.repeat(frames[-1:], 8, axis=0)])
    assert read_pixels(jumpy).objects[0].motion is None


def test_shuffled_frames_show_no_motion_of_the_world() -> None:
    _, frames = one_object(7, motion="right")
    order = np.random.default_rng(1).permutation(16)
    assert read_pixels(frames[order]).objects[0].motion != "right"


def test_an_object_of_no_colour_of_the_world_has_no_colour_word() -> None:
    frames = np.full((16, 64, 64, 3), 240, dtype=np.uint8)
    frames[:, 20:44, 20:44] = (90, 60, 20)  # brown
    assert [found.colour for found in read_pixels(frames).objects] == [None]


def test_frames_of_another_kind_are_turned_down() -> None:
    with pytest.raises(InvalidInputError, match="uint8"):
        read_pixels(np.zeros((16, 64, 64, 3)))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="8 or more"):
        read_pixels(np.zeros((4, 64, 64, 3), dtype=np.uint8))
    with pytest.raises(InvalidInputError, match="1 or 2"):
        read_pixels(np.zeros((16, 64, 64, 3), dtype=np.uint8), objects=3)
