"""Naming one object of a scene so that nobody can mistake it for another."""

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._words import (
    THINGS,
    choose,
    colour_word,
    motion_words,
    shape_word,
    size_word,
)
from gpt4video.shapes.world import Scene, SceneObject

CLEAR = 0.12
"""How much further along an axis, as a fraction of the frame, counts as clearly further."""

_ATTRIBUTES = ("colour", "shape", "size", "motion", "place")
_PLACES = {
    "left": ("on the left", "on the left side", "at the left", "on the left-hand side"),
    "right": ("on the right", "on the right side", "at the right", "on the right-hand side"),
    "top": ("at the top", "at the top", "higher up", "in the upper part"),
    "bottom": ("at the bottom", "at the bottom", "lower down", "in the lower part"),
}
_FURTHEST = {
    "left": ("leftmost", "left", "left-most"),
    "right": ("rightmost", "right", "right-most"),
    "top": ("topmost", "top", "upper", "highest"),
    "bottom": ("bottom", "lower", "lowest", "bottom-most"),
}


def extremes(scene: Scene, index: int) -> list[str]:
    """Where the object is clearly furthest at the start: `left`, `right`, `top`, `bottom`."""
    here = scene.objects[index]
    rest = [each for at, each in enumerate(scene.objects) if at != index]
    if not rest:
        return []
    found = []
    if all(here.x < each.x - CLEAR for each in rest):
        found.append("left")
    if all(here.x > each.x + CLEAR for each in rest):
        found.append("right")
    if all(here.y < each.y - CLEAR for each in rest):
        found.append("top")
    if all(here.y > each.y + CLEAR for each in rest):
        found.append("bottom")
    return found


def _alike(one: SceneObject, other: SceneObject, attributes: tuple[str, ...]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in attributes)


def is_unique(scene: Scene, index: int, attributes: tuple[str, ...]) -> bool:
    """Whether no other object of the scene shares all of these attributes."""
    here = scene.objects[index]
    rest = (each for at, each in enumerate(scene.objects) if at != index)
    return not any(_alike(here, each, attributes) for each in rest)


def noun_phrase(rng: Random, thing: SceneObject, attributes: frozenset[str]) -> str:
    """`small red star spinning`, with as many words as attributes are asked for."""
    size = size_word(rng, thing.size) if "size" in attributes else ""
    colour = colour_word(rng, thing.colour) if "colour" in attributes else ""
    noun = shape_word(rng, thing.shape) if "shape" in attributes else choose(rng, THINGS)
    tail = ""
    if "motion" in attributes:
        _, finite, doing = motion_words(rng, thing.motion)
        if rng.random() < 0.2 and not any((size, colour, "shape" in attributes)):
            return f"{doing} {noun}" if " " not in doing else f"{noun} {doing}"
        tail = choose(rng, (f"that {finite}", f"which {finite}", f"that is {doing}", doing))
        if " not " in f" {finite} " or "n't" in finite:
            tail = choose(rng, (f"that {finite}", "that is not moving", "that isn't moving"))
    return " ".join(word for word in (size, colour, noun, tail) if word)


def refer(rng: Random, scene: Scene, index: int, *, hide: tuple[str, ...] = ()) -> str | None:
    """A wording that names exactly this object, without the hidden attributes.

    Returns:
        E.g. `the small star` or `it`; None when nothing that may be said tells it apart.
    """
    here = scene.objects[index]
    if len(scene.objects) == 1 and rng.random() < 0.5:
        return choose(rng, ("it", "it", "the object", "the shape", "the thing", "the figure"))
    usable = [name for name in _ATTRIBUTES if name not in hide]
    places = extremes(scene, index)
    for attempt in range(8):
        count = (1, 1, 2, 2, 1, 3)[rng.randrange(6)] if attempt < 5 else 3
        chosen = tuple(rng.sample(usable, min(count, len(usable))))
        plain = tuple(name for name in chosen if name != "place")
        if "place" in chosen and places:
            way = choose(rng, places)
            words = noun_phrase(rng, here, frozenset(plain) - {"motion"})
            if rng.random() < 0.5:
                return f"the {choose(rng, _FURTHEST[way])} {words}"
            return f"the {words} {choose(rng, _PLACES[way])}"
        if plain and is_unique(scene, index, plain):
            return f"the {noun_phrase(rng, here, frozenset(plain))}"
    return None


def spoken(scene: Scene, index: int, *, hide: tuple[str, ...] = ()) -> str:
    """How the assistant names an object: `the red circle`, or less where a word is asked for."""
    here = scene.objects[index]
    colour = "" if "colour" in hide else f"{here.colour} "
    noun = "object" if "shape" in hide else here.shape
    return f"the {colour}{noun}"
