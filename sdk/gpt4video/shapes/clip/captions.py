"""Captions of single frames, in many wordings: the texts that the embedded CLIP is trained with."""

from __future__ import annotations

import random
from typing import Final

from gpt4video.shapes.world import (
    BACKGROUNDS,
    COLOURS,
    SHAPES,
    Background,
    Colour,
    ShapeName,
)

SHAPE_NAMES: Final[dict[ShapeName, tuple[str, ...]]] = {
    "circle": ("circle", "circle", "disc", "dot", "filled circle", "ball"),
    "square": ("square", "square", "box", "block"),
    "triangle": ("triangle", "triangle", "three-sided shape"),
    "star": ("star", "star", "five-pointed star"),
    "ring": ("ring", "ring", "donut", "hoop", "hollow circle"),
    "cross": ("cross", "cross", "plus sign", "plus"),
}
SIZE_WORDS: Final = {
    "small": ("small", "small", "little", "tiny"),
    "large": ("large", "large", "big", "huge"),
}
BACKGROUND_NAMES: Final[dict[Background, tuple[str, ...]]] = {
    "black": ("black",),
    "gray": ("gray", "grey"),
    "white": ("white",),
}
ARTICLES: Final = ("a", "a", "one", "the")
FRAMES: Final = ("{}", "{}", "a picture of {}", "a frame with {}", "an image showing {}", "{}.")


def noun(colour: Colour | None, shape: ShapeName | None, rng: random.Random) -> str:
    """A name such as `a red disc`, `something red` or `a star`; None leaves that word open."""
    if shape is None:
        named = rng.choice(("shape", "object", "thing", "figure"))
    else:
        named = rng.choice(SHAPE_NAMES[shape])
    words = f"{colour} {named}" if colour else named
    return f"{rng.choice(ARTICLES)} {words}"


def region_phrases(rng: random.Random) -> list[str]:
    """One phrase for each kind of region: every colour with every shape, then each background."""
    objects = [noun(colour, shape, rng) for colour in COLOURS for shape in SHAPES]
    grounds = [
        rng.choice(("{} background", "a {} background", "empty {} space", "plain {}")).format(
            rng.choice(BACKGROUND_NAMES[each])
        )
        for each in BACKGROUNDS
    ]
    return [rng.choice(FRAMES).format(each) for each in objects + grounds]


def region_index(colour: Colour, shape: ShapeName) -> int:
    """Where the phrase of this colour and shape stands in `region_phrases`."""
    return COLOURS.index(colour) * len(SHAPES) + SHAPES.index(shape)


def background_index(background: Background) -> int:
    """Where the phrase of this background stands in `region_phrases`."""
    return len(COLOURS) * len(SHAPES) + BACKGROUNDS.index(background)


def place(x: float, y: float, rng: random.Random) -> str:
    """Rough words for a place in the frame (fractions from the left and the top)."""
    across = "left" if x < 0.38 else "right" if x > 0.62 else ""
    along = "top" if y < 0.38 else "bottom" if y > 0.62 else ""
    if across and along:
        return rng.choice((f"at the {along} {across}", f"in the {along} {across} corner"))
    if across or along:
        side = across or along
        return rng.choice((f"at the {side}", f"on the {side} side", f"near the {side}"))
    return rng.choice(("in the middle", "in the centre", "at the center"))


def extent_word(extent: float, rng: random.Random) -> str:
    """`small` or `large` (or a synonym) where the extent (of the frame) is clearly so."""
    if extent < 0.26:
        return rng.choice(SIZE_WORDS["small"])
    if extent > 0.32:
        return rng.choice(SIZE_WORDS["large"])
    return ""


def frame_caption(
    background: Background,
    visible: list[tuple[Colour, ShapeName, float, float, float]],
    rng: random.Random,
) -> str:
    """A caption of one frame.

    Args:
        background: its background.
        visible: (colour, shape, x, y, extent) of each object to be seen, fractions of the frame.
        rng: chooses the wording, the order and what is left out.
    """
    ground = rng.choice(
        ("on a {} background", "on {}", "over a {} background", "{} background")
    ).format(rng.choice(BACKGROUND_NAMES[background]))
    if not visible:
        return rng.choice((f"nothing {ground}", f"an empty picture, {ground}"))
    parts = []
    for colour, shape, x, y, extent in rng.sample(visible, len(visible)):
        size = extent_word(extent, rng)
        article, words = noun(colour, shape, rng).split(" ", 1)
        named = f"{article} {size} {words}" if size and rng.random() < 0.8 else f"{article} {words}"
        parts.append(f"{named} {place(x, y, rng)}" if rng.random() < 0.8 else named)
    caption = f"{' and '.join(parts)} {ground}" if rng.random() < 0.85 else " and ".join(parts)
    return rng.choice(FRAMES).format(caption)
