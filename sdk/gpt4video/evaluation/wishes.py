"""Requests to make a clip, changes of it, and what is no request, with what each one asks for."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from gpt4video.evaluation.prompts import PromptWords, Wish, read_prompt
from gpt4video.evaluation.takes import random_words
from gpt4video.evaluation.wordings import making, typed
from gpt4video.shapes.world import (
    BACKGROUNDS,
    COLOURS,
    MOTIONS,
    ROUND_SHAPES,
    SHAPES,
    SIZES,
    SceneObject,
)

RequestKind = Literal["direct", "indirect", "no request", "outside", "small talk"]
Attribute = Literal["colour", "shape", "size", "motion", "background"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One message, and what it asks for."""

    kind: RequestKind
    text: str
    wish: Wish | None = None
    """None where no clip is asked for."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A request, and a change asked for after the clip was made."""

    first: Request
    text: str
    attribute: Attribute
    value: str

    def done(self, before: str, after: str) -> bool:
        """Whether the second prompt is the first one with this change, and nothing else changed."""
        old, new = read_prompt(before), read_prompt(after)
        if len(old.objects) != 1 or len(new.objects) != 1:
            return False
        return all(
            _words(new, name) == ({self.value} if name == self.attribute else _words(old, name))
            for name in ("colour", "shape", "size", "motion", "background")
        )


def make_requests(n: int, *, seed: int = 0) -> list[Request]:
    """`n` messages: half ask for a clip (directly and indirectly), half do not."""
    rng = random.Random(f"requests {seed}")
    kinds: tuple[RequestKind, ...] = (
        "direct",
        "indirect",
        "direct",
        "indirect",
        "no request",
        "outside",
        "no request",
        "small talk",
    )
    return [_request(kinds[index % len(kinds)], rng) for index in range(n)]


def make_edits(n: int, *, seed: int = 0) -> list[Edit]:
    """`n` changes of single objects, spread evenly over the attributes."""
    rng = random.Random(f"edits {seed}")
    attributes: tuple[Attribute, ...] = ("colour", "shape", "size", "motion", "background")
    return [_edit(attributes[index % len(attributes)], rng) for index in range(n)]


def _request(kind: RequestKind, rng: random.Random) -> Request:
    if kind in ("direct", "indirect"):
        wish, phrase = _wish(rng, objects=2 if rng.random() < 0.25 else 1)
        wordings = making.DIRECT if kind == "direct" else making.INDIRECT
        text = _capitalised(typed(rng.choice(wordings), rng, scene=phrase), rng)
        return Request(kind=kind, text=text, wish=wish)
    wordings = {
        "no request": making.NO_REQUEST,
        "outside": making.OUTSIDE,
        "small talk": making.SMALL_TALK,
    }[kind]
    return Request(kind=kind, text=typed(rng.choice(wordings), rng))


def _capitalised(text: str, rng: random.Random) -> str:
    """After a question mark or a full stop people mostly start with a capital."""
    head, stop, tail = text.partition("? ")
    if stop and tail and rng.random() < 0.8:
        return head + stop + tail[0].upper() + tail[1:]
    return text


def _wish(rng: random.Random, *, objects: int) -> tuple[Wish, str]:
    wished, named, phrases = [], [], []
    for colour in rng.sample(COLOURS, objects):
        each = random_words(rng, colour=colour)
        # With two objects colours are always told: they keep the objects apart.
        told = {"shape"} | ({"colour"} if objects == 2 or rng.random() < 0.9 else set())
        told |= {name for name, odds in (("size", 0.6), ("motion", 0.75)) if rng.random() < odds}
        wished.append(each)
        named.append(frozenset(told))
        phrases.append(_phrase(each, frozenset(told), rng))
    background = rng.choice(BACKGROUNDS) if rng.random() < 0.55 else None
    phrase = " and ".join(phrases)
    if background is not None:
        word = "grey" if background == "gray" and rng.random() < 0.5 else background
        phrase += " " + rng.choice(making.BACKGROUND_PHRASES).replace("{value}", word)
    return Wish(objects=tuple(wished), named=tuple(named), background=background), phrase


def _phrase(each: SceneObject, told: frozenset[str], rng: random.Random) -> str:
    size = {"small": ("small", "small", "little"), "large": ("large", "large", "big")}[each.size]
    words = [
        *([rng.choice(size)] if "size" in told else []),
        *([each.colour] if "colour" in told else []),
        each.shape,
    ]
    article = "an" if words[0][0] in "aeio" else "a"
    motion = rng.choice(making.WISHED_MOTIONS[each.motion]) if "motion" in told else ""
    return " ".join([article, *words, motion]).strip()


def _edit(attribute: Attribute, rng: random.Random) -> Edit:
    wish, phrase = _wish(rng, objects=1)
    first = Request(
        kind="direct", text=typed(rng.choice(making.DIRECT), rng, scene=phrase), wish=wish
    )
    value = _new_value(attribute, wish, rng)
    spoken = rng.choice(making.EDIT_MOTIONS[value]) if attribute == "motion" else value
    text = typed(rng.choice(making.EDITS[attribute]), rng, value=spoken)
    text = text.replace(" a orange", " an orange")
    return Edit(first=first, text=text, attribute=attribute, value=value)


def _new_value(attribute: Attribute, wish: Wish, rng: random.Random) -> str:
    """A value that the wished-for clip does not have, and that goes with its shape or motion.

    Where the wish leaves shape or motion open, the value goes with any choice.
    """
    each, told = wish.objects[0], wish.named[0]
    if attribute == "background":
        return rng.choice([word for word in BACKGROUNDS if word != wish.background])
    rows: dict[str, tuple[str, ...]] = {
        "colour": COLOURS,
        "shape": SHAPES,
        "size": SIZES,
        "motion": MOTIONS,
    }
    barred = {getattr(each, attribute)}
    if attribute == "shape" and ("motion" not in told or each.motion == "spin"):
        barred |= ROUND_SHAPES
    if attribute == "motion" and each.shape in ROUND_SHAPES:
        barred.add("spin")
    return rng.choice([word for word in rows[attribute] if word not in barred])


def _words(words: PromptWords, name: str) -> frozenset[str]:
    if name == "background":
        return words.background
    found: frozenset[str] = getattr(words.objects[0], name)
    return found
