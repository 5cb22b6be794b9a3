"""Questions that compare two clips of one conversation, given at once or one after the other."""

from __future__ import annotations

import random

from gpt4video.evaluation._about_one import expected, with_article
from gpt4video.evaluation._phrases import same_about
from gpt4video.evaluation.checks import Carries, Check, SaysYes
from gpt4video.evaluation.question import Question, Turn
from gpt4video.evaluation.renderer import Footage, random_footage
from gpt4video.evaluation.wordings import asking, typed


def ask_comparison(footage: Footage, rng: random.Random) -> Question:
    pair = (random_footage(rng, objects=1), random_footage(rng, objects=1))
    return rng.choice((_compare_ask, _compare_ask, _compare_which, _compare_same))(pair, rng)


def _compare_ask(pair: tuple[Footage, Footage], rng: random.Random) -> Question:
    which = rng.randrange(2)
    about = rng.choice(tuple(asking.COMPARE_ASK))
    clip = rng.choice(asking.CLIP_NAMES[which])
    text = typed(rng.choice(asking.COMPARE_ASK[about]), rng, clip=clip)
    check, gold = expected(pair[which], pair[which].scene.objects[0], about)
    return _two_clips(pair, text, check, gold, rng)


def _compare_which(pair: tuple[Footage, Footage], rng: random.Random) -> Question:
    which = rng.randrange(2)
    here, there = (pair[which].scene.objects[0], pair[1 - which].scene.objects[0])
    noun = f"{here.colour} {here.shape}"
    if (here.colour, here.shape) == (there.colour, there.shape):
        return _compare_same(pair, rng)
    text = with_article(typed(rng.choice(asking.COMPARE_WHICH), rng, noun=noun))
    check = Carries(row="clip", word=("first", "second")[which])
    return _two_clips(pair, text, check, f"It is in video {which + 1}.", rng)


def _compare_same(pair: tuple[Footage, Footage], rng: random.Random) -> Question:
    about = rng.choice(tuple(asking.COMPARE_SAME))
    if rng.random() < 0.5:  # left to chance, hardly any two clips would be alike
        pair = (pair[0], _alike(pair[0], about, rng))
    same = same_about(about, pair[0].scene, pair[1].scene)
    text = typed(rng.choice(asking.COMPARE_SAME[about]), rng)
    gold = "Yes, they are alike." if same else "No, they differ."
    return _two_clips(pair, text, SaysYes(yes=same), gold, rng)


def _alike(model: Footage, about: str, rng: random.Random) -> Footage:
    """Another clip of one object that shares what the question is about."""
    while True:
        other = random_footage(rng, objects=1)
        if same_about(about, other.scene, model.scene):
            return other


def _two_clips(
    pair: tuple[Footage, Footage], text: str, check: Check, gold: str, rng: random.Random
) -> Question:
    turns: tuple[Turn, ...] = (Turn(text=text, clips=(0, 1)),)
    if rng.random() < 0.4:  # one clip after the other, each with words of its own
        opening = typed(rng.choice(asking.DESCRIPTION), rng)
        turns = (Turn(text=opening, clips=(0,)), Turn(text=text, clips=(1,)))
    return Question(family="comparison", footage=pair, turns=turns, check=check, gold=gold)
