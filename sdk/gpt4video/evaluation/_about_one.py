"""Questions about one clip: each builder gives a question, or None where none fits the clip."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal

from gpt4video.evaluation._phrases import naming, other_value, spoken_motion, told
from gpt4video.evaluation.checks import Carries, Check, Describes, NamesWinner, SaysYes
from gpt4video.evaluation.question import Family, Question, Turn
from gpt4video.evaluation.renderer import Footage
from gpt4video.evaluation.wordings import asking, typed
from gpt4video.shapes.world import SceneObject

_CLEAR = 0.18
"""Least difference of the starts (fraction of the frame) for a relation to be asked."""


def about_one(family: Family, footage: Footage, text: str, check: Check, gold: str) -> Question:
    return Question(
        family=family,
        footage=(footage,),
        turns=(Turn(text=text, clips=(0,)),),
        check=check,
        gold=gold,
    )


def ask_count(footage: Footage, rng: random.Random) -> Question:
    count = len(footage.scene.objects)
    word = ("one object", "two objects", "three objects")[count - 1]
    return about_one(
        "count",
        footage,
        typed(rng.choice(asking.COUNT), rng),
        Carries(row="count", word=str(count)),
        f"I can see {word}.",
    )


def ask_background(footage: Footage, rng: random.Random) -> Question:
    background = footage.scene.background
    return about_one(
        "background",
        footage,
        typed(rng.choice(asking.BACKGROUND), rng),
        Carries(row="background", word=background),
        f"The background is {background}.",
    )


Attribute = Literal["colour", "shape", "size", "motion"]
_WORDINGS: dict[Attribute, tuple[asking.Wordings, asking.Wordings]] = {
    "colour": (asking.COLOUR_ALONE, asking.COLOUR_NAMED),
    "shape": (asking.SHAPE_ALONE, asking.SHAPE_NAMED),
    "size": (asking.SIZE_ALONE, asking.SIZE_NAMED),
    "motion": (asking.MOTION_ALONE, asking.MOTION_NAMED),
}


def ask_attribute(attribute: Attribute) -> Callable[[Footage, random.Random], Question | None]:
    def build(footage: Footage, rng: random.Random) -> Question | None:
        each = rng.choice(footage.scene.objects)
        alone, named = _WORDINGS[attribute]
        if len(footage.scene.objects) == 1 and rng.random() < 0.6:
            text = typed(rng.choice(alone), rng)
        else:
            name = naming(footage.scene, each, rng, hide=attribute)
            if name is None:
                return None
            text = typed(rng.choice(named), rng, obj=name)
        check = Carries(row=attribute, word=getattr(each, attribute))
        return about_one(attribute, footage, text, check, told(each, attribute))

    return build


def ask_relation(footage: Footage, rng: random.Random) -> Question | None:
    if len(footage.scene.objects) < 2:
        return None
    one, other = rng.sample(footage.scene.objects, 2)
    dx, dy = one.x - other.x, one.y - other.y
    across = abs(dx) > abs(dy)
    clear, minor = max(abs(dx), abs(dy)), min(abs(dx), abs(dy))
    if clear < _CLEAR:
        return None
    side = ("left" if dx < 0 else "right") if across else ("above" if dy < 0 else "below")
    open_wordings = asking.RELATION if minor < 0.5 * clear else ()
    wordings = open_wordings + (asking.RELATION_ACROSS if across else asking.RELATION_UPRIGHT)
    names = naming(footage.scene, one, rng), naming(footage.scene, other, rng)
    if names[0] is None or names[1] is None:
        return None
    text = typed(rng.choice(wordings), rng, obj=names[0], other=names[1])
    place = f"to the {side} of" if across else side
    gold = f"The {one.colour} {one.shape} is {place} the {other.colour} {other.shape}."
    return about_one("relation", footage, text, Carries(row="relation", word=side), gold)


def ask_existence(footage: Footage, rng: random.Random) -> Question:
    each, there = rng.choice(footage.scene.objects), rng.random() < 0.5
    if rng.random() < 0.2:
        motion = each.motion if there else other_value("motion", footage.scene, rng)
        text = typed(rng.choice(asking.EXISTENCE_MOTION), rng, doing=spoken_motion(motion, rng))
        gold = f"Yes, the {each.shape} is." if there else "No, nothing is."
        return about_one("existence", footage, text, SaysYes(yes=there), gold)
    noun = _noun(each, footage, rng, there=there)
    text = typed(rng.choice(asking.EXISTENCE), rng, noun=noun).replace("crosss", "crosses")
    text = with_article(text)
    gold = f"Yes, there is a {noun}." if there else f"No, there is no {noun}."
    return about_one("existence", footage, text, SaysYes(yes=there), gold)


def _noun(each: SceneObject, footage: Footage, rng: random.Random, *, there: bool) -> str:
    """A noun phrase that the clip shows, or one that it does not (with one word off, often)."""
    if there:
        return rng.choice(
            (each.shape, f"{each.colour} {each.shape}", f"{each.colour} {each.shape}")
        )
    absent_shape = other_value("shape", footage.scene, rng)
    absent_colour = other_value("colour", footage.scene, rng)
    return rng.choice(
        (absent_shape, f"{each.colour} {absent_shape}", f"{absent_colour} {each.shape}")
    )


def with_article(text: str) -> str:
    return text.replace(" a orange", " an orange").replace("A orange", "An orange")


def ask_description(footage: Footage, rng: random.Random) -> Question:
    gold = " ".join(
        f"There is a {each.size} {each.colour} {each.shape}, {told(each, 'motion', bare=True)}."
        for each in footage.scene.objects
    )
    text = typed(rng.choice(asking.DESCRIPTION), rng)
    return about_one("description", footage, text, Describes(objects=footage.scene.objects), gold)


def ask_order(footage: Footage, rng: random.Random) -> Question | None:
    steady = [each for each in footage.scene.objects if each.motion not in ("grow", "shrink")]
    if len(steady) < 2:
        return None
    one, other = rng.sample(steady, 2)
    if one.size == other.size:
        return None
    names = (
        naming(footage.scene, one, rng, hide="size"),
        naming(footage.scene, other, rng, hide="size"),
    )
    if names[0] is None or names[1] is None:
        return None
    slots = {"obj": names[0], "other": names[1]}
    order = "bigger" if one.size == "large" else "smaller"
    if rng.random() < 0.5:
        text = typed(rng.choice(asking.ORDER), rng, **slots)
        gold = f"The {one.colour} {one.shape} is {order} than the {other.colour} {other.shape}."
        return about_one("order", footage, text, Carries(row="order", word=order), gold)
    wordings = [
        each for each in asking.ORDER_WHICH if "{obj}" in each or len(footage.scene.objects) == 2
    ]
    asked = rng.choice(("bigger", "smaller"))
    winner, loser = (one, other) if asked == order else (other, one)
    text = typed(rng.choice(wordings), rng, order=asked, **slots)
    check = NamesWinner(winner=winner, loser=loser, order=asked)
    return about_one(
        "order", footage, text, check, f"The {winner.colour} {winner.shape} is {asked}."
    )


def ask_follow_up(footage: Footage, rng: random.Random) -> Question | None:
    each = rng.choice(footage.scene.objects)
    first: Attribute = rng.choice(("colour", "shape", "size", "motion"))
    then = rng.choice([a for a in asking.FOLLOW_UP if a != first])
    name: str | None = "the object"
    if len(footage.scene.objects) > 1:
        name = naming(footage.scene, each, rng, hide=first)
    if name is None or (then in _WORDINGS and _gives_away(name, each, then)):
        return None
    opening = typed(rng.choice(asking.FOLLOW_FIRST[first]), rng, obj=name)
    lean = typed(rng.choice(asking.FOLLOW_UP[then]), rng)
    about = about_one("follow-up", footage, "", *expected(footage, each, then))
    turns = (Turn(text=opening, clips=(0,)), Turn(text=lean))
    return Question(
        family="follow-up", footage=about.footage, turns=turns, check=about.check, gold=about.gold
    )


def _gives_away(name: str, each: SceneObject, attribute: str) -> bool:
    """Whether the name already tells the attribute that will be asked for."""
    if attribute == "motion":
        return "that" in name
    return str(getattr(each, attribute)) in name


def expected(footage: Footage, each: SceneObject, about: str) -> tuple[Check, str]:
    if about == "background":
        background = footage.scene.background
        return Carries(row="background", word=background), f"The background is {background}."
    if about == "count":
        count = len(footage.scene.objects)
        return Carries(row="count", word=str(count)), f"{count} in all."
    attribute: Attribute = about  # type: ignore[assignment]
    return Carries(row=attribute, word=getattr(each, attribute)), told(each, attribute)
