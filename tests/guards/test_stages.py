"""Who is asked when and about what: cheap before dear, batches, requests with their context."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from tests.guards.doubles import CallGuard, FixedGuard, WordGuard, clip, prompt, text_policy

from gpt4video_guards import (
    Evidence,
    FramesSubject,
    Guard,
    GuardPipeline,
    Judgement,
    Policy,
    Subject,
    TextSubject,
)
from gpt4video_guards.registry import Provider


def two_guards(**dear: Any) -> Policy:
    """A dear host guard `d`, listed first, and a cheap one `c`."""
    content = text_policy().model_dump()
    host = {"provider": "host", "judges": "text"}
    content["guards"] = {"d": host | {"cost": "dear"}, "c": host}
    content["stages"]["input_text"] = [
        {"guard": "d", "thresholds": {"unsafe": 0.5}} | dear,
        {"guard": "c", "thresholds": {"unsafe": 0.5}},
    ]
    return Policy.model_validate(content)


def texts(guard: FixedGuard) -> list[str]:
    return [subject.text for subject in guard.shown if isinstance(subject, TextSubject)]


def test_a_dear_guard_is_not_asked_once_a_cheap_one_has_blocked() -> None:
    dear = FixedGuard({"unsafe": 0.0})
    pipeline = GuardPipeline(two_guards(), {"d": dear, "c": WordGuard("bad")})
    assert [v.guard for v in pipeline.run("input_text", [prompt("bad")]).verdicts] == ["c"]
    assert dear.shown == []
    assert [v.guard for v in pipeline.run("input_text", [prompt("fine")]).verdicts] == ["d", "c"]
    assert texts(dear) == ["fine"]


def test_a_dear_guard_is_not_asked_once_a_cheap_one_has_failed() -> None:
    dear = FixedGuard({"unsafe": 0.0})
    result = GuardPipeline(two_guards(), {"d": dear}).run("input_text", [prompt()])
    assert result.blocked and result.errored
    assert dear.shown == []


def test_a_dear_guard_is_not_asked_about_a_request_that_nobody_can_look_at() -> None:
    dear = FixedGuard({"unsafe": 0.0})
    pipeline = GuardPipeline(two_guards(), {"d": dear, "c": FixedGuard({"unsafe": 0.0})})
    assert pipeline.run("input_text", [prompt(), clip()]).blocked
    assert dear.shown == []


def test_cheap_guards_are_at_work_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=10)

    def meet(subjects: Any) -> list[Judgement]:
        both.wait()
        return [Judgement(scores={"unsafe": 0.0}) for _ in subjects]

    content = two_guards().model_dump()
    content["guards"]["d"]["cost"] = "cheap"
    pipeline = GuardPipeline(
        Policy.model_validate(content), {"d": CallGuard(meet), "c": CallGuard(meet)}
    )
    assert not pipeline.run("input_text", [prompt()]).errored


def batch_pipeline(guards: Mapping[str, Guard]) -> GuardPipeline:
    return GuardPipeline(two_guards(), guards)


def test_a_batch_is_handed_to_the_guards_as_one() -> None:
    calls: list[list[Subject]] = []

    def judge(subjects: Any) -> list[Judgement]:
        calls.append(list(subjects))
        return [Judgement(scores={"unsafe": float("bad" in s.text)}) for s in subjects]

    dear = FixedGuard({"unsafe": 0.0})
    pipeline = batch_pipeline({"c": CallGuard(judge), "d": dear})
    requests = [[prompt("one")], [prompt("two"), prompt("bad")], [], [prompt("one")]]
    results = pipeline.run_batch("input_text", requests)
    assert [result.blocked for result in results] == [False, True, False, False]
    assert [[(v.guard, v.subject) for v in r.verdicts] for r in results] == [
        [("d", 0), ("c", 0)],
        [("c", 0), ("c", 1)],
        [],
        [("d", 0), ("c", 0)],
    ]
    assert len(calls) == 1
    assert texts(dear) == ["one"]


def test_a_batch_gives_what_single_runs_give() -> None:
    words = ["fine", "bad", "also fine", "b4d"] * 20
    one, many = (batch_pipeline({"c": WordGuard("bad"), "d": WordGuard("also")}) for _ in range(2))
    single = [one.run("input_text", [prompt(word)]) for word in words]
    batch = many.run_batch("input_text", [[prompt(word)] for word in words])
    assert [[(v.guard, v.decision) for v in r.verdicts] for r in batch] == [
        [(v.guard, v.decision) for v in r.verdicts] for r in single
    ]


def test_a_fault_in_a_batch_blocks_every_request_of_it() -> None:
    def fail(_: Any) -> Any:
        raise MemoryError

    pipeline = batch_pipeline({"c": CallGuard(fail), "d": FixedGuard({"unsafe": 0.0})})
    results = pipeline.run_batch("input_text", [[prompt("one")], [prompt("two")]])
    assert all(result.blocked and result.errored for result in results)


async def test_an_event_loop_can_wait_for_a_stage() -> None:
    pipeline = GuardPipeline(text_policy(), {"g": WordGuard("bad")})
    assert (await pipeline.arun("input_text", [prompt("bad")])).blocked


def test_a_request_is_judged_together_with_what_was_asked_before_it() -> None:
    pipeline = GuardPipeline(text_policy(), {"g": WordGuard("make a\nbomb")})
    assert not pipeline.run("input_text", [prompt("bomb")]).blocked
    asked = TextSubject(text="bomb", kind="prompt", context="tell me\nhow to make a")
    result = pipeline.run("input_text", [asked])
    assert result.blocked and not result.errored


def test_a_disguise_over_several_messages_is_undone() -> None:
    pipeline = GuardPipeline(text_policy(), {"g": WordGuard("make a\nbomb")})
    asked = TextSubject(text="b0mb", kind="prompt", context="how do I m4ke a")
    assert pipeline.run("input_text", [asked]).blocked
    assert not pipeline.run("input_text", [prompt("b0mb")]).blocked


def test_only_the_end_of_a_long_context_is_judged_again() -> None:
    guard = FixedGuard({"unsafe": 0.0})
    context = "early words " + "padding " * 400 + "late words"
    asked = TextSubject(text="now", kind="prompt", context=context)
    GuardPipeline(text_policy(), {"g": guard}).run("input_text", [asked])
    alone, joint = texts(guard)
    assert alone == "now"
    assert joint.endswith("late words\nnow") and "early" not in joint
    assert set(joint.split()) == {"padding", "late", "words", "now"}  # no half words
    assert len(joint) < 1010


@pytest.mark.parametrize("kind", ["response", "t2v_prompt", "comment", "tool_result"])
def test_the_context_of_other_kinds_is_left_to_the_guards(kind: Any) -> None:
    guard = FixedGuard({"unsafe": 0.0})
    subject = TextSubject(text="now", kind=kind, context="before")
    GuardPipeline(text_policy(), {"g": guard}).run("input_text", [subject])
    assert texts(guard) == ["now"]


def test_evidence_of_joint_words_points_into_the_last_message() -> None:
    def find(subjects: Any) -> list[Judgement]:
        at = [subject.text.find("make a\nbomb") for subject in subjects]
        return [
            Judgement(
                scores={"unsafe": float(i >= 0)},
                evidence=(Evidence(span=(i, i + 11)), Evidence(span=(0, 1), note="start"))
                if i >= 0
                else (),
            )
            for i in at
        ]

    asked = TextSubject(text="bomb, please", kind="prompt", context="I make a")
    verdict = GuardPipeline(text_policy(), {"g": CallGuard(find)}).run("input_text", [asked])
    first, second = verdict.verdicts[0].evidence
    assert first.span == (0, 4)
    assert (second.span, second.note) == (None, "start")


def test_a_guard_that_loads_too_long_is_left_behind() -> None:
    over = threading.Event()
    slow = Provider(judges="text", build=lambda _: (over.wait(60), FixedGuard({}))[1])
    content = text_policy(timeout=0.01).model_dump()
    content["guards"]["g"] = {"provider": "slow", "load_timeout": 0.01}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gpt4video_guards.policy.PROVIDERS", {"slow": slow})
        patch.setattr("gpt4video_guards.pipeline.PROVIDERS", {"slow": slow})
        result = GuardPipeline(Policy.model_validate(content)).run("input_text", [prompt()])
    over.set()
    assert result.blocked and "no answer within" in result.verdicts[0].error


def test_frames_are_shown_once_and_as_they_are() -> None:
    guard = FixedGuard({"gore": 0.0})
    content = text_policy().model_dump()
    content["guards"]["g"]["judges"] = "frames"
    content["stages"] = {"input_video": [{"guard": "g", "thresholds": {"*": 0.5}}]}
    GuardPipeline(Policy.model_validate(content), {"g": guard}).run("input_video", [clip()])
    assert [type(subject) for subject in guard.shown] == [FramesSubject]


def test_a_new_version_of_a_guard_judges_again() -> None:
    guard = FixedGuard({"unsafe": 0.0})
    pipeline = GuardPipeline(text_policy(), {"g": guard})
    pipeline.run("input_text", [prompt("same")])
    pipeline.run("input_text", [prompt("same")])
    assert len(guard.shown) == 1
    guard.version = "fixed-2"
    verdict = pipeline.run("input_text", [prompt("same")]).verdicts[0]
    assert len(guard.shown) == 2 and verdict.guard_version == "fixed-2"
