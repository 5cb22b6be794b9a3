"""An answer is right when it carries the word asked for and no other word of that row."""

from __future__ import annotations

import pytest

from gpt4video.evaluation.checks import Carries, Describes, NamesWinner, SaysYes
from gpt4video.evaluation.words import RowName, carried
from gpt4video.shapes.world import MOTION_PHRASE, SceneObject

RED_CIRCLE = SceneObject(colour="red", shape="circle", size="large", motion="right")
BLUE_STAR = SceneObject(colour="blue", shape="star", size="small", motion="bounce")


@pytest.mark.parametrize(
    ("row", "word", "answer"),
    [
        ("count", "1", "There is one object."),
        ("count", "2", "There are 2 shapes in video 1."),
        ("count", "3", "I can see three of them: the red one, the blue one and the pink one."),
        ("background", "gray", "The background is grey."),
        ("background", "gray", "GRAY"),
        ("colour", "red", "The circle on the white background is red."),
        ("shape", "ring", "It is a ring."),
        ("shape", "cross", "A cross moves across the frame."),
        ("size", "large", "It's large!"),
        ("motion", "left", "It moves to the left."),
        ("motion", "left", "It is moving left."),
        ("motion", "right", "The one to the left of the ring moves right."),
        ("motion", "up", "It drifts upwards."),
        ("motion", "bounce", "It bounces up and down."),
        ("motion", "still", "It is standing still."),
        ("motion", "spin", "The star on the left is spinning."),
        ("relation", "left", "The circle is to the left of the star."),
        ("relation", "above", "above"),
        ("order", "bigger", "The circle is larger than the star."),
        ("clip", "second", "It is in video 2."),
    ],
)
def test_a_plain_sentence_with_the_word_is_right(row: RowName, word: str, answer: str) -> None:
    assert Carries(row=row, word=word).passes(answer)


@pytest.mark.parametrize(
    ("row", "word", "answer"),
    [
        ("count", "1", "There are two."),
        ("count", "2", "I don't know."),
        ("background", "gray", "It is black or gray."),
        ("colour", "red", "It is orange and red."),
        ("colour", "red", "It is coloured."),
        ("shape", "ring", "It is spinning."),
        ("size", "small", "It is smaller."),
        ("motion", "left", "It is at the left."),
        ("motion", "up", "It bounces up and down."),
        ("motion", "left", "It moves to the right."),
        ("motion", "still", "It stays still, then spins."),
        ("motion", "grow", "It grows and blinks."),
        ("relation", "left", "It is to the right of the star."),
        ("relation", "above", "It is above, or perhaps below."),
        ("order", "bigger", "It is smaller."),
        ("clip", "first", "Both video 1 and video 2 show it."),
        ("colour", "blue", ""),
    ],
)
def test_a_wrong_missing_or_second_word_is_wrong(row: RowName, word: str, answer: str) -> None:
    assert not Carries(row=row, word=word).passes(answer)


@pytest.mark.parametrize("motion", MOTION_PHRASE)
def test_every_canonical_motion_phrase_carries_its_own_word_alone(motion: str) -> None:
    assert carried("motion", f"It is {MOTION_PHRASE[motion]}.") == {motion}  # type: ignore[index]


def test_an_existence_answer_begins_with_yes_or_no() -> None:
    assert SaysYes(yes=True).passes("Yes, there is a red star.")
    assert SaysYes(yes=False).passes("no")
    assert not SaysYes(yes=True).passes("No, there is none.")
    assert not SaysYes(yes=False).passes("There is no star.")
    assert not SaysYes(yes=True).passes("Yesterday there was.")


def test_an_answer_that_gives_its_reason_first_is_wrong() -> None:
    assert not SaysYes(yes=True).passes("The clip shows a red star, so yes.")
    first = Carries(row="clip", word="first")
    assert not first.passes("Video 1 shows a red star, video 2 shows a ring, so it is video 1.")
    bigger = NamesWinner(winner=RED_CIRCLE, loser=BLUE_STAR, order="bigger")
    sizes = "The red circle is large and the blue star is small"
    assert not bigger.passes(f"{sizes}, so the red circle is bigger.")
    assert bigger.passes("The red circle is bigger.")


@pytest.mark.parametrize(
    "answer",
    [
        "A large red circle moving right and a small blue star bouncing on a white background.",
        "There is a red circle that moves to the right. There's also a blue star; it bounces.",
        "I see a blue star and a red circle. The red circle moves right, the blue star bounces.",
        "Red circle, moving right. Blue star, bouncing up and down. The background is white.",
    ],
)
def test_a_description_tells_colour_shape_and_motion_of_every_object(answer: str) -> None:
    assert Describes(objects=(RED_CIRCLE, BLUE_STAR)).passes(answer)


def test_a_description_may_put_the_colour_behind_the_shape() -> None:
    answer = "There are a circle moving right that is red, and a bouncing star that is blue."
    assert Describes(objects=(RED_CIRCLE, BLUE_STAR)).passes(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "A red circle moving right on a white background.",
        "A red star moving right and a blue circle bouncing.",
        "A red circle bouncing and a blue star moving right.",
        "A red circle and a blue star.",
        "A red circle moving right, a blue star bouncing and a green ring spinning.",
        "Two shapes are moving.",
    ],
)
def test_a_description_that_leaves_out_swaps_or_invents_is_wrong(answer: str) -> None:
    assert not Describes(objects=(RED_CIRCLE, BLUE_STAR)).passes(answer)


def test_the_bigger_one_is_named_by_colour_or_shape_and_the_other_one_is_not() -> None:
    check = NamesWinner(winner=RED_CIRCLE, loser=BLUE_STAR, order="bigger")
    assert check.passes("The red circle is bigger than the blue star.")
    assert check.passes("The circle.")
    assert check.passes("The red one is larger.")
    assert not check.passes("The blue star is bigger.")
    assert not check.passes("The blue star is smaller than the red circle.")
    assert not check.passes("Both are of the same size.")
