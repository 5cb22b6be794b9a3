"""What the embeddings of a clip are to say."""

from __future__ import annotations

from gpt4video.shapes.telling import EMBEDDINGS, PLACES, SPATIAL, WORDS, tell
from gpt4video.shapes.world import COLOURS, MOTIONS, SHAPES, SIZES, Scene, SceneObject

SCENE = Scene(
    background="gray",
    objects=(
        SceneObject(colour="blue", shape="ring", size="large", motion="up", x=0.75, y=0.5),
        SceneObject(colour="red", shape="star", size="small", motion="up", x=0.25, y=1.0),
    ),
)


def said(row: int) -> dict[str, float]:
    weights = tell(SCENE)[row]
    return {word: float(weight) for word, weight in zip(WORDS, weights, strict=True) if weight}


def test_each_colour_has_an_embedding_that_says_what_its_object_is_like() -> None:
    assert tell(SCENE).shape == (EMBEDDINGS, len(WORDS))
    assert said(COLOURS.index("red")) == {
        **dict.fromkeys(("red", "star", "small", "up"), 1.0),
        "x": -0.5,
        "y": 1.0,
    }
    assert said(COLOURS.index("blue")) == {
        **dict.fromkeys(("blue", "ring", "large", "up"), 1.0),
        "x": 0.5,
    }
    assert said(COLOURS.index("green")) == {"green": 1.0, "no": 1.0}


def test_one_embedding_says_what_holds_for_the_whole() -> None:
    assert said(SPATIAL - 1) == {"gray": 1.0, "background": 1.0, "two": 1.0}


def test_each_shape_and_size_has_an_embedding_that_says_the_colours_of_what_is_so() -> None:
    shapes, sizes = len(COLOURS), len(COLOURS) + len(SHAPES)
    assert said(shapes + SHAPES.index("star")) == {"star": 1.0, "red": 1.0}
    assert said(shapes + SHAPES.index("cross")) == {"cross": 1.0, "no": 1.0}
    assert said(sizes + SIZES.index("large")) == {"large": 1.0, "blue": 1.0}


def test_each_place_has_an_embedding_that_says_the_colour_of_what_starts_there() -> None:
    places = SPATIAL - 1 - len(PLACES)
    found = {place: said(places + row) for row, place in enumerate(PLACES)}
    assert found == {
        "leftmost": {"leftmost": 1.0, "red": 1.0},
        "rightmost": {"rightmost": 1.0, "blue": 1.0},
        "highest": {"highest": 1.0, "blue": 1.0},
        "lowest": {"lowest": 1.0, "red": 1.0},
    }


def test_each_motion_has_an_embedding_that_says_what_moves_so() -> None:
    assert said(SPATIAL + MOTIONS.index("up")) == {"up": 1.0, "red": 1.0, "blue": 1.0}
    assert said(SPATIAL + MOTIONS.index("spin")) == {"spin": 1.0, "no": 1.0}
