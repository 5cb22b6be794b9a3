"""Wordings are many, questions are balanced, and their own right answers pass their checks."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from gpt4video.evaluation import FAMILIES, Question, make_questions
from gpt4video.evaluation.wordings import asking, making, typed

MANY = {
    "count": asking.COUNT,
    "background": asking.BACKGROUND,
    "colour": asking.COLOUR_ALONE + asking.COLOUR_NAMED,
    "shape": asking.SHAPE_ALONE + asking.SHAPE_NAMED,
    "size": asking.SIZE_ALONE + asking.SIZE_NAMED,
    "motion": asking.MOTION_ALONE + asking.MOTION_NAMED,
    "relation": asking.RELATION + asking.RELATION_ACROSS + asking.RELATION_UPRIGHT,
    "existence": asking.EXISTENCE + asking.EXISTENCE_MOTION,
    "description": asking.DESCRIPTION,
    "order": asking.ORDER + asking.ORDER_WHICH,
    "follow-up": sum(asking.FOLLOW_UP.values(), ()),
    "comparison": sum(asking.COMPARE_ASK.values(), asking.COMPARE_WHICH)
    + sum(asking.COMPARE_SAME.values(), ()),
    "direct": making.DIRECT,
    "indirect": making.INDIRECT,
    "no request": making.NO_REQUEST,
    "outside": making.OUTSIDE,
    "small talk": making.SMALL_TALK,
    "edits": tuple(sorted(set(sum(making.EDITS.values(), ())))),
}


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return make_questions(360, seed=4)


@pytest.mark.parametrize("family", MANY)
def test_every_family_has_twenty_wordings_or_more_without_a_double(family: str) -> None:
    assert len(MANY[family]) >= 20
    assert len(set(MANY[family])) == len(MANY[family])


def test_questions_are_spread_evenly_over_the_families(questions: list[Question]) -> None:
    assert Counter(question.family for question in questions) == dict.fromkeys(FAMILIES, 30)


def test_the_right_answer_of_every_question_passes_its_check(questions: list[Question]) -> None:
    assert [q for q in questions if not q.check.passes(q.gold)] == []


def test_one_fixed_answer_is_hardly_ever_right(questions: list[Question]) -> None:
    for parrot in ("A clip.", "Yes, a small red circle moving left.", "There are two.", ""):
        right = [question.check.passes(parrot) for question in questions]
        assert sum(right) / len(right) < 0.2


def test_yes_and_no_are_right_about_equally_often(questions: list[Question]) -> None:
    golds = [q.gold[:2] for q in questions if q.family == "existence"]
    assert 8 <= golds.count("No") <= 22


def test_every_slot_of_a_wording_is_filled(questions: list[Question]) -> None:
    texts = [turn.text for question in questions for turn in question.turns]
    assert [text for text in texts if "{" in text or "}" in text] == []


def test_the_same_seed_asks_the_same_questions() -> None:
    first, second = (make_questions(24, seed=2) for _ in range(2))
    assert [q.turns for q in first] == [q.turns for q in second]
    assert [q.gold for q in first] == [q.gold for q in second]


def test_slips_of_the_keyboard_never_touch_what_fills_a_slot() -> None:
    rng = random.Random(1)
    for _ in range(300):
        text = typed("Please describe {obj} completely", rng, obj="the purple triangle")
        assert "the purple triangle" in text.lower()
