from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from tests.guards.doubles import (
    CallGuard,
    FixedGuard,
    WordGuard,
    clip,
    frames_policy,
    prompt,
    text_policy,
)

from gpt4video_guards import (
    STAGES,
    Evidence,
    GuardPipeline,
    InvalidInputError,
    Judgement,
    Policy,
    Stage,
    TextSubject,
)


def test_a_score_on_the_threshold_blocks_and_one_below_passes() -> None:
    for score, blocked in ((0.5, True), (0.49, False)):
        result = GuardPipeline(text_policy(), {"g": FixedGuard({"unsafe": score})}).run(
            "input_text", [prompt()]
        )
        assert result.blocked is blocked
        assert not result.errored


def test_a_verdict_carries_who_judged_what_by_which_policy() -> None:
    policy = text_policy()
    verdict = (
        GuardPipeline(policy, {"g": FixedGuard({"unsafe": 0.9})})
        .run("input_text", [prompt()])
        .verdicts[0]
    )
    assert (verdict.stage, verdict.decision, verdict.category) == ("input_text", "block", "unsafe")
    assert (verdict.score, verdict.threshold) == (0.9, 0.5)
    assert (verdict.guard, verdict.guard_version) == ("g", "fixed-1")
    assert verdict.policy == policy.id
    assert verdict.reason == (
        "The request was judged 'unsafe' by guard 'g' (score 0.90, limit 0.50)."
    )


def test_the_action_flag_lets_pass_and_shows() -> None:
    result = GuardPipeline(text_policy(action="flag"), {"g": FixedGuard({"unsafe": 0.9})}).run(
        "input_text", [prompt()]
    )
    assert not result.blocked
    assert result.verdicts[0].decision == "flag"
    assert not result.errored


def test_a_category_that_blocks_outranks_a_larger_score_that_only_flags() -> None:
    policy = text_policy(thresholds={"*": 0.5}, actions={"rude": "flag"})
    result = GuardPipeline(policy, {"g": FixedGuard({"rude": 1.0, "cruel": 0.6})}).run(
        "input_text", [prompt()]
    )
    assert result.blocking is not None
    assert result.blocking.category == "cruel"


def test_thresholds_follow_the_kind_of_text() -> None:
    policy = text_policy(thresholds={"unsafe": {"default": 0.9, "kinds": {"comment": 0.3}}})
    pipeline = GuardPipeline(policy, {"g": FixedGuard({"unsafe": 0.5})})
    as_prompt = TextSubject(text="a", kind="prompt")
    assert not pipeline.run("input_text", [as_prompt]).blocked
    assert pipeline.run("input_text", [replace(as_prompt, kind="comment")]).blocked


def test_verdicts_come_by_guard_then_by_subject() -> None:
    content = text_policy().model_dump()
    content["guards"]["h"] = content["guards"]["g"]
    content["stages"]["input_text"] = [
        {"guard": name, "thresholds": {"unsafe": 0.5}} for name in ("h", "g")
    ]
    guards = {"g": WordGuard("bad"), "h": WordGuard("worse")}
    result = GuardPipeline(Policy.model_validate(content), guards).run(
        "input_text", [prompt("worse"), prompt("bad")]
    )
    assert [(v.guard, v.subject, v.decision) for v in result.verdicts] == [
        ("h", 0, "block"),
        ("h", 1, "allow"),
        ("g", 0, "allow"),
        ("g", 1, "block"),
    ]


def test_what_was_judged_before_is_not_judged_again() -> None:
    guard = FixedGuard({"unsafe": 0.1})
    pipeline = GuardPipeline(text_policy(), {"g": guard})
    pipeline.run("input_text", [prompt("one")])
    pipeline.run("input_text", [prompt("one"), prompt("two"), prompt("two")])
    assert [s.text for s in guard.shown if isinstance(s, TextSubject)] == ["one", "two"]


def test_the_cache_forgets_what_was_used_least() -> None:
    guard = FixedGuard({"unsafe": 0.1})
    pipeline = GuardPipeline(text_policy(), {"g": guard}, cache_size=1)
    for text in ("one", "two", "one"):
        pipeline.run("input_text", [prompt(text)])
    assert len(guard.shown) == 3


def test_errors_are_not_kept() -> None:
    answers = iter([[], [Judgement(scores={"unsafe": 0.0})]])
    pipeline = GuardPipeline(text_policy(), {"g": CallGuard(lambda _: next(answers))})
    assert pipeline.run("input_text", [prompt()]).errored
    assert not pipeline.run("input_text", [prompt()]).blocked


@pytest.mark.parametrize("text", ["b\u200bad", "b4d", "ｂａｄ", "b a d", "bаd"])
def test_a_disguised_word_is_judged_as_it_is_read(text: str) -> None:
    pipeline = GuardPipeline(text_policy(), {"g": WordGuard("bad")})
    assert pipeline.run("input_text", [prompt(text)]).blocked


def test_evidence_of_a_disguised_text_points_into_the_original() -> None:
    def find(subjects: Any) -> list[Judgement]:
        at = [s.text.find("bad") for s in subjects]
        return [
            Judgement(
                scores={"unsafe": float(i >= 0)},
                evidence=(Evidence(span=(i, i + 3)),) if i >= 0 else (),
            )
            for i in at
        ]

    text = "so b\u200ba\u200bd it is"
    verdict = (
        GuardPipeline(text_policy(), {"g": CallGuard(find)})
        .run("input_text", [prompt(text)])
        .verdicts[0]
    )
    span = verdict.evidence[0].span
    assert span is not None
    assert text[slice(*span)] == "b\u200ba\u200bd"


def test_a_stage_without_guards_is_closed() -> None:
    result = GuardPipeline(text_policy(), {"g": FixedGuard({"unsafe": 0.0})}).run(
        "output_text", [prompt()]
    )
    assert result.blocked
    assert result.verdicts[0].decision == "error"
    assert "no guard for text" in result.verdicts[0].error


def test_a_subject_that_no_guard_of_the_stage_looks_at_is_blocked() -> None:
    pipeline = GuardPipeline(text_policy(), {"g": FixedGuard({"unsafe": 0.0})})
    subjects: list[Any] = [prompt(), clip(), "bare words"]
    result = pipeline.run("input_text", subjects)
    assert [(v.decision, v.subject) for v in result.verdicts] == [
        ("allow", 0),
        ("error", 1),
        ("error", 2),
    ]


def test_a_host_guard_that_was_not_injected_keeps_its_stages_closed() -> None:
    result = GuardPipeline.from_policy("standard").run("input_video", [clip()])
    assert result.blocked
    assert result.errored
    assert result.blocking is not None
    assert "the host gave no guard 'frames'" in result.blocking.error
    assert result.reason == (
        "The clip could not be judged by guard 'frames'. What was not judged does not pass."
    )


def test_an_injected_frame_guard_makes_the_video_stages_live() -> None:
    for score, blocked in ((0.05, False), (0.95, True)):
        pipeline = GuardPipeline.from_policy("standard", {"frames": FixedGuard({"gore": score})})
        stages: tuple[Stage, ...] = ("input_video", "output_video")
        for stage in stages:
            result = pipeline.run(stage, [clip()])
            assert result.blocked is blocked
            assert not result.errored


def test_a_guard_that_the_policy_does_not_seat_is_announced(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        GuardPipeline(text_policy(), {"g": FixedGuard({}), "extra": FixedGuard({})})
    assert "extra" in caplog.text


def test_off_lets_everything_pass_without_verdicts() -> None:
    pipeline = GuardPipeline.from_policy("off")
    for stage in STAGES:
        assert not pipeline.covers(stage)
        assert pipeline.run(stage, [prompt(), clip()]).verdicts == ()


def test_an_unknown_stage_is_refused() -> None:
    stage: Any = "backstage"
    with pytest.raises(InvalidInputError, match="backstage"):
        GuardPipeline(text_policy()).run(stage, [prompt()])


def test_a_block_by_a_guard_that_judged_is_told_before_one_by_a_guard_that_failed() -> None:
    content = text_policy().model_dump()
    content["guards"]["h"] = content["guards"]["g"]
    content["stages"]["input_text"] = [
        {"guard": name, "thresholds": {"unsafe": 0.5}} for name in ("h", "g")
    ]
    result = GuardPipeline(Policy.model_validate(content), {"g": WordGuard("bad")}).run(
        "input_text", [prompt("bad")]
    )
    assert [v.decision for v in result.verdicts] == ["error", "block"]
    assert result.blocking is not None
    assert result.blocking.guard == "g"


def test_frames_are_judged_once_per_key_and_sampling() -> None:
    guard = FixedGuard({"gore": 0.0})
    pipeline = GuardPipeline(frames_policy(), {"g": guard})
    for subject in (clip(key="k"), clip(key="k"), clip(key="k", count=2)):
        pipeline.run("input_video", [subject])
    assert len(guard.shown) == 2
