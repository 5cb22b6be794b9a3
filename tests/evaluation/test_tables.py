"""Each table gives a perfect assistant everything and a parrot next to nothing."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from tests.evaluation.scripts import (
    BatchTalker,
    Script,
    ScriptedReply,
    ScriptedTalker,
    ScriptedVideo,
    Turn,
    says,
)

from gpt4video.evaluation import (
    DrawingGenerator,
    Question,
    Report,
    evaluate_dialogue,
    evaluate_generation,
    evaluate_safety,
    evaluate_understanding,
    load_requests,
    make_edits,
    make_questions,
    make_requests,
)
from gpt4video.evaluation.prompts import Wish
from gpt4video.reasoning import Conversation
from gpt4video.shapes.world import MOTION_PHRASE, Scene
from gpt4video.testing import scripted_assistant
from gpt4video_guards.errors import GPT4VideoError, InvalidInputError
from gpt4video_tools.gallery import GeneratedVideo, VideoRequest

QUESTIONS = 24


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return make_questions(QUESTIONS, seed=6)


@pytest.fixture(scope="module")
def knowing(questions: list[Question]) -> Script:
    """Knows the right answer to each of the questions."""
    golds: dict[tuple[Turn, ...], str] = {}
    for question in questions:
        turns = tuple(
            (turn.text, tuple(question.footage[i].mp4 for i in turn.clips))
            for turn in question.turns
        )
        golds[turns] = question.gold
    return lambda turns: ScriptedReply(text=golds.get(turns, "Let me see."))


@pytest.mark.parametrize("kind", [ScriptedTalker, BatchTalker])
def test_an_assistant_that_knows_the_answers_understands_everything(
    questions: list[Question], knowing: Script, kind: type[ScriptedTalker]
) -> None:
    report = evaluate_understanding(kind(knowing), questions=questions)
    assert report.figures["overall"] == report.figures["worst family"] == 1.0
    assert report.misses == ()


def test_a_parrot_understands_next_to_nothing(questions: list[Question]) -> None:
    parrot = ScriptedTalker(says("Yes, it is red."))
    report = evaluate_understanding(parrot, questions=questions)
    assert report.figures["overall"] <= 0.25
    assert report.figures["description"] == 0.0
    assert len(report.misses) >= 0.75 * QUESTIONS


def test_errors_count_as_wrong_answers_and_are_told(questions: list[Question]) -> None:
    def fail(turns: tuple[Turn, ...]) -> ScriptedReply:
        raise GPT4VideoError("no")

    report = evaluate_understanding(ScriptedTalker(fail), questions=questions)
    assert report.figures["overall"] == 0.0
    assert report.tables[0].rows[-1].values["errors"] == QUESTIONS


def test_every_question_is_put_in_a_session_of_its_own() -> None:
    talker = ScriptedTalker(says("no"))
    seen: list[tuple[int, int]] = []
    evaluate_understanding(talker, n=6, seed=1, progress=lambda *done: seen.append(done))
    assert talker.sessions == 6
    assert seen[-1] == (6, 6)


def canonical(wish: Wish) -> str:
    return Scene(background=wish.background or "black", objects=wish.objects).prompt


def makes(prompt: str | None) -> ScriptedReply:
    video = None if prompt is None else ScriptedVideo(prompt=prompt)
    return ScriptedReply(text="Here you are.", video=video)


@pytest.fixture(scope="module")
def obliging() -> Script:
    """Writes the right prompt for the requests and changes of seed 5, and knows its limits."""
    requests = {each.text: each for each in make_requests(80, seed=5)}
    edits = {(each.first.text, each.text): each for each in make_edits(20, seed=5)}

    def answer(turns: tuple[Turn, ...]) -> ScriptedReply:
        text = turns[-1][0]
        if len(turns) == 2:
            edit = edits[turns[0][0], text]
            assert edit.first.wish is not None
            wanted = canonical(edit.first.wish)
            each = edit.first.wish.objects[0]
            scene = Scene(background=edit.first.wish.background or "black", objects=(each,))
            assert scene.prompt == wanted
            return makes(changed(scene, edit.attribute, edit.value))
        request = requests.get(text)
        if request is None:
            wish = next(e.first.wish for e in edits.values() if e.first.text == text)
            return makes(canonical(wish)) if wish else makes(None)
        if request.wish is not None:
            return makes(canonical(request.wish))
        if request.kind == "outside":
            return ScriptedReply(text="I can only make clips of simple shapes.")
        return ScriptedReply(text="I watch video clips and make new ones.")

    return answer


def changed(scene: Scene, attribute: str, value: str) -> str:
    each = scene.objects[0]
    words = {
        "colour": each.colour,
        "shape": each.shape,
        "size": each.size,
        "background": scene.background,
    }
    prompt = scene.prompt
    if attribute == "motion":
        return prompt.replace(MOTION_PHRASE[each.motion], MOTION_PHRASE[value])  # type: ignore[index]
    return prompt.replace(f" {words[attribute]} ", f" {value} ")


def test_an_assistant_that_does_as_asked_has_a_perfect_dialogue(obliging: Script) -> None:
    report = evaluate_dialogue(BatchTalker(obliging), n=80, edits=20, seed=5)
    assert dict.fromkeys(report.figures, 1.0) == report.figures, report.misses


def test_an_assistant_that_always_makes_the_same_clip_fails_the_dialogue() -> None:
    always = ScriptedTalker(lambda _: makes("a small red circle moving right"))
    report = evaluate_dialogue(always, n=80, edits=20, seed=5)
    assert report.figures["recall"] == 1.0
    assert report.figures["precision"] == 0.5
    assert report.figures["f1"] < 0.7
    assert report.figures["names what was asked"] < 0.2
    assert report.figures["edits"] <= 0.2  # by luck: the clip already is what the change asks for
    assert report.figures["outside told"] == 0.0


def test_an_assistant_that_never_makes_a_clip_has_no_f1() -> None:
    report = evaluate_dialogue(ScriptedTalker(says("No.")), n=16, edits=5, seed=5)
    assert report.figures["f1"] == report.figures["edits"] == 0.0


def test_the_dialogue_table_reads_prompts_of_a_real_assistant_with_a_scripted_reasoner() -> None:
    requests = {each.text: each for each in make_requests(16, seed=9)}

    def reply(conversation: Conversation) -> str:
        request = requests.get(conversation.messages[-1].text)
        if request is None or request.wish is None:
            return "I can talk about a video."
        return f"Sure! <video> {canonical(request.wish)} </video>"

    assistant = scripted_assistant(reply, generator=DrawingGenerator())
    report = evaluate_dialogue(assistant, n=16, edits=0, seed=9)
    assert report.figures["f1"] == report.figures["names what was asked"] == 1.0, report.misses


class WrongGenerator:
    """A drawing generator with something done to its frames."""

    name = "wrong"

    def __init__(self, change: Callable[[np.ndarray], np.ndarray]) -> None:
        self._change = change

    def generate(self, request: VideoRequest, **_: object) -> GeneratedVideo:
        made = DrawingGenerator().generate(request)
        return GeneratedVideo(
            frames=self._change(made.frames), fps=8, seed=made.seed, generator=self.name
        )


def test_a_generator_that_draws_what_is_asked_is_read_back_rightly() -> None:
    report = evaluate_generation(DrawingGenerator(), n=24, pairs=4, seed=2)
    assert report.figures["all at once"] >= 0.95
    assert report.figures["pairs: colour"] >= 0.8
    assert report.figures["repeatable"] == 1.0


def test_a_generator_of_frozen_clips_has_colours_but_no_motions() -> None:
    frozen = WrongGenerator(lambda frames: np.repeat(frames[:1], len(frames), axis=0))
    report = evaluate_generation(frozen, n=12, pairs=0, seed=2)
    assert report.figures["colour"] == 1.0
    assert report.figures["motion"] <= 0.3  # those that stand still anyway


def test_a_generator_of_noise_has_nothing_right() -> None:
    rng = np.random.default_rng(0)
    noise = WrongGenerator(lambda frames: rng.integers(0, 256, frames.shape, dtype=np.uint8))
    report = evaluate_generation(noise, n=6, pairs=0, seed=2)
    assert report.figures["all at once"] == report.figures["background"] == 0.0
    assert report.figures["repeatable"] == 0.0


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A little data folder of the safety texts' form."""
    folder = tmp_path / "safety" / "dev"
    folder.mkdir(parents=True)
    rows = [
        {"text": f"bad wish {i}", "label": "unsafe", "category": "violence", "kind": kind}
        for i, kind in enumerate(["prompt", "t2v_prompt"] * 6)
    ] + [
        {"text": f"nice wish {i}", "label": "safe", "category": "none", "kind": kind}
        for i, kind in enumerate(["prompt", "t2v_prompt", "comment"] * 6)
    ]
    with gzip.open(folder / "made_up.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps({**row, "source": "made_up"}) + "\n" for row in rows)
    return tmp_path


def careful(turns: tuple[Turn, ...]) -> ScriptedReply:
    text = turns[-1][0]
    if "bad wish" in text:
        return ScriptedReply(text="I can't help with that, it could hurt somebody.")
    if "nice wish" in text:
        return ScriptedReply(text="I can only make clips of simple shapes.")
    return makes("a small red circle moving right on a black background")


def test_an_assistant_that_refuses_what_is_unsafe_alone_is_perfectly_safe(labelled: Path) -> None:
    report = evaluate_safety({"it": BatchTalker(careful)}, labelled, n=None, served=10)
    figures = report.figures
    assert figures["it: f1"] == figures["it: balanced f1"] == figures["it: recall"] == 1.0
    assert figures["it: false refusals"] == 0.0
    assert figures["it: shapes served"] == 1.0


def test_replies_outside_of_the_world_are_no_refusals_and_counted_apart(labelled: Path) -> None:
    outside = ScriptedTalker(says("I can only make clips of simple shapes."))
    report = evaluate_safety({"it": outside}, labelled, n=None, served=4)
    assert report.figures["it: recall"] == report.figures["it: false refusals"] == 0.0
    fates = {row.name: row.values for row in report.tables[1].rows}
    assert fates["unsafe prompt"]["outside"] == fates["shapes world"]["outside"] == 1.0


def test_an_assistant_that_refuses_everything_is_found_out(labelled: Path) -> None:
    report = evaluate_safety(
        {"it": ScriptedTalker(says("I can't help with that."))}, labelled, n=None, served=4
    )
    assert report.figures["it: recall"] == report.figures["it: false refusals"] == 1.0
    assert report.figures["it: balanced f1"] == pytest.approx(2 / 3)
    assert report.figures["it: shapes served"] == 0.0


def test_a_block_by_the_guards_is_a_refusal_and_both_columns_stand_side_by_side(
    labelled: Path,
) -> None:
    def guarded(turns: tuple[Turn, ...]) -> ScriptedReply:
        blocked = "bad" in turns[-1][0]
        return ScriptedReply(text="Sorry.", refused=True) if blocked else careful(turns)

    report = evaluate_safety(
        {"guards off": ScriptedTalker(says("Sure.")), "guards on": ScriptedTalker(guarded)},
        labelled,
        n=None,
        served=4,
    )
    assert report.tables[0].columns == ("guards off", "guards on")
    assert report.figures["guards off: f1"] == 0.0
    assert report.figures["guards on: f1"] == 1.0


def test_only_prompts_are_put_and_a_draw_is_repeatable(labelled: Path) -> None:
    everything = load_requests(labelled)
    assert len(everything) == 24  # comments are left out
    assert load_requests(labelled, n=5, seed=1) == load_requests(labelled, n=5, seed=1)
    with pytest.raises(InvalidInputError, match="data_dir"):
        load_requests(labelled / "nowhere")


def test_the_shared_safety_texts_hold_both_kinds(data_dir: Path) -> None:
    rows = load_requests(data_dir)
    assert {(row.kind, row.unsafe) for row in rows} == {
        ("prompt", True),
        ("prompt", False),
        ("t2v_prompt", True),
        ("t2v_prompt", False),
    }


def test_a_batch_that_trips_is_put_one_by_one(obliging: Script) -> None:
    texts = [request.text for request in make_requests(80, seed=5)]
    talker = BatchTalker(obliging, trips_over=texts[20])
    report = evaluate_dialogue(talker, n=80, edits=0, seed=5)
    assert report.figures["f1"] == 1.0
    assert talker.batches == [16, 16, 16, 16]
    assert talker.sessions == 16


def test_a_report_prints_as_tables_and_writes_json(labelled: Path, tmp_path: Path) -> None:
    report = evaluate_safety({"it": ScriptedTalker(careful)}, labelled, n=None, served=4)
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(report)
    assert "100.0 %" in console.export_text()
    written = json.loads(report.write(tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["figures"]["it: f1"] == 1.0
    assert Report(name="x", figures={}, tables=()).to_dict()["tables"] == ()
