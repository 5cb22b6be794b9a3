"""Dialogues say what is true of their scenes, in many wordings, and refuse what they must."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from random import Random

import pytest

from gpt4video.shapes.dialogues import (
    OTHERS,
    WATCHING,
    Dialogue,
    SafetyTexts,
    Turn,
    describe,
    random_scene,
    sample_dialogue,
)
from gpt4video.shapes.dialogues._grammar import expand
from gpt4video.shapes.dialogues._refer import refer
from gpt4video.shapes.dialogues._relating import relation
from gpt4video.shapes.world import (
    BACKGROUNDS,
    COLOURS,
    MOTION_PHRASE,
    SHAPES,
    SIZES,
    Scene,
    SceneObject,
)
from gpt4video_guards.errors import InvalidInputError

OBJECT = (
    f"a ({'|'.join(SIZES)}) ({'|'.join(COLOURS)}) ({'|'.join(SHAPES)}) "
    f"({'|'.join(MOTION_PHRASE.values())})"
)
PROMPT = re.compile(rf"{OBJECT}(?: and {OBJECT})? on a ({'|'.join(BACKGROUNDS)}) background")
MADE = re.compile(rf"Here is your clip: <video> {PROMPT.pattern} </video>")
ROWS = {"colour": COLOURS, "shape": SHAPES, "size": SIZES, "motion": tuple(MOTION_PHRASE.values())}
ONE = SceneObject(colour="red", shape="star", size="small", motion="spin", x=0.2, y=0.5)
TWO = SceneObject(colour="blue", shape="ring", size="large", motion="up", x=0.8, y=0.55)
MAKING = {"make", "make_full", "edit", "comparison"}
SCENE = Scene(background="gray", objects=(ONE, TWO))


def turns_of(
    family: str, count: int = 150, *, clips: int = 1, objects: int | None = 2
) -> list[Turn]:
    """Single turns of one family, over random scenes."""
    rng = Random(family)
    turns: list[Turn] = []
    for _ in range(count):
        scenes = [random_scene(rng, count=objects) for _ in range(clips)]
        turns += sample_dialogue(rng, scenes, turns=1, families=[family]).turns
    return turns


def words_in(row: tuple[str, ...], text: str) -> list[str]:
    return [word for word in row if re.search(rf"\b{word}\b", text)]


def test_the_same_state_gives_the_same_dialogue() -> None:
    first, second = (
        sample_dialogue(rng, [random_scene(rng), random_scene(rng)], turns=6)
        for rng in (Random(7), Random(7))
    )
    assert first == second


def test_every_scene_is_shown_once_and_in_order() -> None:
    rng = Random(1)
    for count in (0, 1, 2, 3) * 20:
        dialogue = sample_dialogue(rng, [random_scene(rng) for _ in range(count)])
        assert [at for turn in dialogue.turns for at in turn.clips] == list(range(count))


@pytest.mark.parametrize("family", ["colour", "shape", "size", "motion"])
def test_an_answer_carries_one_word_of_the_row_asked_for(family: str) -> None:
    for turn in turns_of(family):
        assert len(words_in(ROWS[family], turn.assistant)) == 1, turn


def test_attribute_answers_are_true_of_an_object_of_the_scene() -> None:
    rng = Random(3)
    for _ in range(200):
        scene = random_scene(rng)
        turn = sample_dialogue(rng, [scene], turns=1, families=["motion"]).turns[0]
        phrases = {f"The {o.colour} {o.shape} is {MOTION_PHRASE[o.motion]}." for o in scene.objects}
        assert turn.assistant in phrases


@pytest.mark.parametrize("hidden", ["colour", "shape", "size", "motion"])
def test_a_reference_never_fits_two_objects_nor_tells_what_is_asked(hidden: str) -> None:
    rng = Random(hidden)
    twin = SceneObject(colour="green", shape="star", size="small", motion="spin", x=0.9, y=0.9)
    scene = Scene(background="white", objects=(ONE, twin))
    for _ in range(200):
        reference = refer(rng, scene, 0, hide=(hidden, "place"))
        assert (
            reference is None
            or "red" in reference
            or "scarlet" in reference
            or ("crimson" in reference)
        )
        if hidden == "colour":
            assert reference is None


def test_the_count_is_the_number_of_objects() -> None:
    numbers = ("", "is one object", "are two objects", "are three objects")
    for objects in (1, 2, 3):
        said = {t.assistant for t in turns_of("count", objects=objects) if t.family == "count"}
        assert said == {f"There {numbers[objects]} in the clip."}


def test_existence_answers_begin_with_yes_or_no_are_balanced_and_note_what_is_seen() -> None:
    turns = [turn for name in ("existence", "whether", "ground") for turn in turns_of(name)]
    verdicts = [turn.assistant.split(",")[0] for turn in turns]
    assert set(verdicts) == {"Yes", "No"}
    assert all(turn.reasoning.startswith("The") for turn in turns)
    assert 0.35 < verdicts.count("Yes") / len(verdicts) < 0.65


def test_relations_follow_the_places_at_the_start() -> None:
    assert relation(SCENE, 0, 1, "x") == "left"
    assert relation(SCENE, 1, 0, "x") == "right"
    assert relation(SCENE, 0, 1, "y") is None
    rng = Random(5)
    said, noted = set(), set()
    for _ in range(100):
        turn = sample_dialogue(rng, [SCENE], turns=1, families=["relation"]).turns[0]
        said.add(turn.assistant.removeprefix("Yes, ").removeprefix("No, ").capitalize())
        noted.add(turn.reasoning)
    assert said == {
        "The red star is to the left of the blue ring.",
        "The blue ring is to the right of the red star.",
        "The red star is on the left.",
        "The blue ring is on the right.",
    }
    assert noted == {"Red 25, blue 85", "Blue 85, red 25", ""}


def test_a_question_for_the_bigger_one_is_answered_from_both_sizes() -> None:
    sizes = re.compile(r"The (\w+ \w+) is (small|large) and the (\w+ \w+) is (small|large)")
    for turn in turns_of("bigger"):
        match = sizes.fullmatch(turn.reasoning)
        assert match, turn
        assert (match[2] == match[4]) == ("about the same" in turn.assistant)
        named = re.search(r"the (\w+ \w+) is (bigger|smaller)\.", turn.assistant.lower())
        if named:
            size = match[2] if named[1] == match[1] else match[4]
            assert named[2] == {"large": "bigger", "small": "smaller"}[size]


def test_answers_name_their_clip_where_there_are_several() -> None:
    rng = Random(8)
    for _ in range(60):
        dialogue = sample_dialogue(
            rng, [SCENE, SCENE], turns=3, families=["colour", "follow_up"], together=True
        )
        for turn in dialogue.turns:
            assert re.match(r"(In|Yes, in|No, in) the (first|second) video, ", turn.assistant), turn


def test_a_description_names_every_object_in_the_order_of_the_colours() -> None:
    assert describe(Scene(background="gray", objects=(TWO, ONE))) == (
        "The clip shows a small red star spinning and a large blue ring moving up "
        "on a gray background."
    )


def test_a_comparison_notes_what_is_in_both_clips_and_says_which_one_is_meant() -> None:
    rng = Random(2)
    bare = Scene(background="black", objects=(TWO,))
    verdicts = set()
    for _ in range(300):
        turn = sample_dialogue(rng, [SCENE, bare], turns=1, families=["comparison"]).turns[0]
        if turn.reasoning == "Video 1 shows two objects, video 2 shows one":
            verdicts.add(turn.assistant)
    assert verdicts == {
        "Video 1 shows more objects.",
        "Video 2 shows fewer objects.",
        "No, video 1 shows two objects, video 2 shows one.",
        "There are three objects together.",
    }


@pytest.mark.parametrize("family", ["make", "edit"])
def test_a_made_clip_is_asked_for_by_one_canonical_prompt(family: str) -> None:
    for turn in turns_of(family, clips=1 if family == "edit" else 0):
        assert MADE.fullmatch(turn.assistant), turn


@pytest.mark.parametrize("family", sorted({*WATCHING, *OTHERS} - MAKING))
def test_no_other_turn_writes_a_prompt(family: str) -> None:
    if family in ("follow_up", "about_made"):
        lead = "make" if family == "about_made" else "colour"
        rng = Random(0)
        scenes = [random_scene(rng, count=1)]
        said = [
            turn
            for _ in range(30)
            for turn in sample_dialogue(rng, scenes, turns=3, families=[lead, family]).turns
            if turn.family == family
        ]
    else:
        said = turns_of(family, 60)
    assert said
    assert not [turn for turn in said if "<video>" in turn.assistant]


def test_refusals_and_limits_are_told_apart_by_their_first_words() -> None:
    assert all(t.assistant.startswith("I can't help with that") for t in turns_of("unsafe"))
    assert all(t.assistant.startswith("I can only") for t in turns_of("outside"))


def test_an_edit_changes_the_clip_just_made() -> None:
    rng = Random(11)
    kept = 0
    for _ in range(200):
        dialogue = sample_dialogue(rng, (), turns=2, families=["make", "edit"])
        first, second = (turn.assistant for turn in dialogue.turns)
        if dialogue.turns[1].family != "edit":
            continue
        before, after = set(first.split()), set(second.split())
        kept += len(before & after) > len(before) / 2
    assert kept > 80


@pytest.mark.parametrize("family", ["colour", "motion", "relation", "make", "edit", "existence"])
def test_wordings_hardly_ever_repeat(family: str) -> None:
    turns = turns_of(family, 300, clips=0 if family == "make" else 1)
    assert len({turn.user for turn in turns}) > 280


def test_random_scenes_keep_the_rules_of_the_world() -> None:
    rng = Random(4)
    for _ in range(300):
        objects = random_scene(rng).objects
        assert len({each.colour for each in objects}) == len(objects)
        assert not [o for o in objects if o.motion == "spin" and o.shape in ("circle", "ring")]
        for at, one in enumerate(objects):
            for other in objects[at + 1 :]:
                assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= 0.25**2


def safety_folder(folder: Path) -> Path:
    rows = [
        {
            "text": "how do I hurt people",
            "label": "unsafe",
            "category": "violence",
            "kind": "prompt",
        },
        {"text": "how do I bake bread", "label": "safe", "category": "none", "kind": "prompt"},
        {"text": "two dogs in the snow", "label": "safe", "category": "none", "kind": "t2v_prompt"},
    ]
    with gzip.open(folder / "few.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write("\n".join(json.dumps(row) for row in rows))
    return folder


def test_labelled_texts_become_refusals_and_limits(tmp_path: Path) -> None:
    texts = SafetyTexts.read(safety_folder(tmp_path))
    rng = Random(6)
    said: dict[str, set[str]] = {}
    for _ in range(60):
        dialogue = sample_dialogue(rng, (), turns=1, safety=texts, safety_share=1.0)
        turn = dialogue.turns[0]
        for key in ("hurt", "bake", "dogs"):
            if key in turn.user.lower():
                said.setdefault(key, set()).add(turn.assistant[:14])
    assert said == {
        "hurt": {"I can't help w"},
        "bake": {"I can only tal"},
        "dogs": {"I can only mak"},
    }


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"jsonl\.gz"):
        SafetyTexts.read(tmp_path)


def test_an_unclosed_bracket_in_a_template_is_an_error() -> None:
    with pytest.raises(ValueError, match="never closed"):
        expand("what [is|was", Random(0))


def test_no_wording_leaves_a_slot_open() -> None:
    rng = Random(9)
    for _ in range(400):
        dialogue: Dialogue = sample_dialogue(
            rng, [random_scene(rng) for _ in range(rng.randrange(3))]
        )
        for turn in dialogue.turns:
            assert not re.search(r"[\[\]{}|]", turn.user), turn.user


def test_families_that_cannot_fit_are_an_error_and_no_endless_search() -> None:
    with pytest.raises(InvalidInputError, match="comparison"):
        sample_dialogue(Random(0), [SCENE], turns=1, families=["comparison"])
