"""How the questions speak of objects: names that fit one object alone, and told attributes."""

from __future__ import annotations

import random
from typing import Literal

from gpt4video.evaluation.wordings import asking
from gpt4video.shapes.world import COLOURS, MOTION_PHRASE, MOTIONS, SHAPES, Scene, SceneObject

_NOUNS = ("one", "object", "shape", "thing", "figure")


def naming(
    scene: Scene, each: SceneObject, rng: random.Random, *, hide: str | None = None
) -> str | None:
    """A phrase that names `each` and no other object, without telling the attribute `hide`.

    None when there is no such phrase.
    """
    phrases = []
    for known in (("colour",), ("shape",), ("colour", "shape"), ("size",), ("motion",),
                  ("size", "shape")):  # fmt: skip
        alone = sum(_same(each, other, known) for other in scene.objects) == 1
        if hide not in known and alone:
            phrases.append(known)
    if not phrases:
        return None
    # People name by colour and shape first.
    weights = [3 if known[0] in ("colour", "shape") else 1 for known in phrases]
    return _spoken(each, rng.choices(phrases, weights)[0], rng)


def _same(one: SceneObject, other: SceneObject, known: tuple[str, ...]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in known)


def _spoken(each: SceneObject, known: tuple[str, ...], rng: random.Random) -> str:
    noun = each.shape if "shape" in known else rng.choice(_NOUNS)
    if known == ("motion",):
        noun = rng.choice(_NOUNS[1:])
        return f"the {noun} that is {spoken_motion(each.motion, rng)}"
    adjectives = [getattr(each, name) for name in ("size", "colour") if name in known]
    return " ".join(["the", *adjectives, noun])


def spoken_motion(motion: str, rng: random.Random) -> str:
    """A motion in a human's words, such as `going to the left`."""
    return rng.choice(asking.MOTION_PHRASES[motion])


def told(
    each: SceneObject,
    attribute: Literal["colour", "shape", "size", "motion"],
    *,
    bare: bool = False,
) -> str:
    """A right sentence about one attribute of an object (`bare`: the motion's phrase alone)."""
    if attribute == "motion":
        phrase = MOTION_PHRASE[each.motion]
        return phrase if bare else f"It is {phrase}."
    if attribute == "shape":
        return f"It is a {each.shape}."
    return f"It is {getattr(each, attribute)}."


def other_value(
    attribute: Literal["colour", "shape", "motion"], scene: Scene, rng: random.Random
) -> str:
    """A word of the row that no object of the scene has."""
    rows: dict[str, tuple[str, ...]] = {"colour": COLOURS, "shape": SHAPES, "motion": MOTIONS}
    taken = {getattr(each, attribute) for each in scene.objects}
    return rng.choice([word for word in rows[attribute] if word not in taken])


def same_about(about: str, one: Scene, other: Scene) -> bool:
    """Whether two clips of one object are alike in their `background` or in that attribute."""
    if about == "background":
        return one.background == other.background
    return bool(getattr(one.objects[0], about) == getattr(other.objects[0], about))
