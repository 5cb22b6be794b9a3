"""What each embedding of a clip is to say, as a sum of weighted words.

The language model learns to read clips from these sums before any clip is shown to it, and the
abstractor learns to say the same from frames. An embedding is about one thing only, so what belongs
together is found in one look:

    8 by colour     ` red` + ` small` + ` circle` + ` right` + place, or ` red` + ` no`
    6 by shape      ` circle` + the colours of what is one, or ` circle` + ` no`
    2 by size       ` small` + the colours of what is so, or ` small` + ` no`
    4 by place      ` leftmost` + the colour of what starts there
    1 on the whole  ` black` + ` background` + ` two`
    10 by motion    ` right` + the colours of what moves so, or ` right` + ` no`

The place at the start is told by the weights of ` x` and ` y`: -1 at the left and upper edge of the
frame, 1 at the right and lower one.
"""

from __future__ import annotations

import operator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from gpt4video.shapes.world import BACKGROUNDS, COLOURS, MOTIONS, SHAPES, SIZES, Scene, SceneObject

PLACES: Final = ("leftmost", "rightmost", "highest", "lowest")
SPATIAL: Final = len(COLOURS) + len(SHAPES) + len(SIZES) + len(PLACES) + 1
"""Embeddings on what is where."""
TEMPORAL: Final = len(MOTIONS)
"""Embeddings on what changes."""
EMBEDDINGS: Final = SPATIAL + TEMPORAL
NUMBERS: Final = ("one", "two", "three")
ABSENT: Final = "no"
WORDS: Final[tuple[str, ...]] = (
    *COLOURS,
    *SHAPES,
    *SIZES,
    *MOTIONS,
    *BACKGROUNDS,
    *NUMBERS,
    *PLACES,
    *("background", "x", "y", ABSENT),
)
GROUPS: Final[dict[int, tuple[str, str]]] = {
    **dict(enumerate((("shape", each) for each in SHAPES), start=len(COLOURS))),
    **dict(enumerate((("size", each) for each in SIZES), start=len(COLOURS) + len(SHAPES))),
    **dict(enumerate((("motion", each) for each in MOTIONS), start=SPATIAL)),
}
"""The attribute and its value that each embedding by shape, size and motion is about."""
_COLUMN: Final = {word: column for column, word in enumerate(WORDS)}


def tell(scene: Scene) -> NDArray[np.float32]:
    """The weight of each of `WORDS` in each embedding of a clip: [EMBEDDINGS, words]."""
    told = np.zeros((EMBEDDINGS, len(WORDS)), np.float32)

    def say(row: int, **weights: float) -> None:
        for word, weight in weights.items():
            told[row, _COLUMN[word]] = weight

    found = {each.colour: each for each in scene.objects}
    for row, colour in enumerate(COLOURS):
        say(row, **{colour: 1.0})
        each = found.get(colour)
        if each is None:
            say(row, **{ABSENT: 1.0})
        else:
            say(row, **dict.fromkeys((each.size, each.shape, each.motion), 1.0))
            say(row, x=2 * each.x - 1, y=2 * each.y - 1)
    number = NUMBERS[len(scene.objects) - 1]
    say(SPATIAL - 1, **dict.fromkeys((scene.background, "background", number), 1.0))
    first = len(COLOURS) + len(SHAPES) + len(SIZES)
    for row, place in enumerate(PLACES, start=first):
        say(row, **dict.fromkeys((place, _furthest(scene, place).colour), 1.0))
    for row, (name, value) in GROUPS.items():
        alike = [each.colour for each in scene.objects if getattr(each, name) == value]
        say(row, **dict.fromkeys((value, *(alike or (ABSENT,))), 1.0))
    return told


def _furthest(scene: Scene, place: str) -> SceneObject:
    """The object that starts furthest to a side."""
    key = operator.attrgetter("x" if place in ("leftmost", "rightmost") else "y")
    return (min if place in ("leftmost", "highest") else max)(scene.objects, key=key)


def word_ids(tokenizer: Any) -> list[int]:
    """The token id of each of `WORDS`, with a space before it.

    Raises:
        ValueError: the tokenizer splits one of them.
    """
    ids = [tokenizer(f" {word}", add_special_tokens=False).input_ids for word in WORDS]
    split = [word for word, each in zip(WORDS, ids, strict=True) if len(each) != 1]
    if split:
        raise ValueError(f"the tokenizer splits {', '.join(split)}: train it on these words")
    return [each[0] for each in ids]
