"""Every fault of every guard ends in a block with a verdict that tells error from no."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from tests.guards.doubles import CallGuard, clip, frames_policy, prompt, text_policy

from gpt4video_guards import (
    ConceptGuard,
    Guard,
    GuardPipeline,
    Judgement,
    Policy,
    StageResult,
    TextClassifierGuard,
)
from gpt4video_guards.registry import PROVIDERS

Fault = Callable[[Any], Any]


class Hanging:
    """Waits until the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def __call__(self, subjects: Any) -> Any:
        self.over.wait(60)
        return []


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    fault = Hanging()
    yield fault
    fault.over.set()


def raises(error: BaseException) -> Fault:
    def fault(_: Any) -> Any:
        raise error

    return fault


def answers(value: Any) -> Fault:
    return lambda _: value


FAULTS: dict[str, Fault] = {
    "raises": raises(RuntimeError("broken")),
    "out of memory": raises(MemoryError()),
    "exits": raises(SystemExit(0)),
    "interrupts": raises(KeyboardInterrupt()),
    "missing extra": raises(ImportError("No module named 'guardlib'")),
    "nothing": answers(None),
    "wrong type": answers("fine"),
    "too few": answers([]),
    "too many": lambda s: [Judgement(scores={"unsafe": 0.0})] * (len(s) + 1),
    "no judgements": lambda s: [0.0] * len(s),
    "no scores": lambda s: [Judgement(scores={})] * len(s),
    "scores no mapping": lambda s: [Judgement(scores=0.0)] * len(s),  # type: ignore[arg-type]
    "score a word": lambda s: [Judgement(scores={"unsafe": "low"})] * len(s),  # type: ignore[dict-item]
    "score a boolean": lambda s: [Judgement(scores={"unsafe": False})] * len(s),
    "nan": lambda s: [Judgement(scores={"unsafe": math.nan})] * len(s),
    "infinite": lambda s: [Judgement(scores={"unsafe": -math.inf})] * len(s),
    "negative": lambda s: [Judgement(scores={"unsafe": -0.1})] * len(s),
    "above one": lambda s: [Judgement(scores={"unsafe": 1.1})] * len(s),
    "evidence garbage": lambda s: [Judgement(scores={"unsafe": 0.0}, evidence=(1,))] * len(s),  # type: ignore[arg-type]
    "evidence none": lambda s: [Judgement(scores={"unsafe": 0.0}, evidence=None)] * len(s),  # type: ignore[arg-type]
}


def assert_error_that_blocks(result: StageResult) -> None:
    assert result.blocked
    assert result.errored
    assert [verdict.decision for verdict in result.verdicts] == ["error"]
    verdict = result.verdicts[0]
    assert verdict.error
    assert (verdict.category, verdict.score) == ("unjudged", 1.0)
    assert result.reason == verdict.reason


def run(policy: Policy, guards: Mapping[str, Guard]) -> StageResult:
    if "input_text" in policy.stages:
        return GuardPipeline(policy, guards).run("input_text", [prompt()])
    return GuardPipeline(policy, guards).run("input_video", [clip()])


@pytest.mark.parametrize("make_policy", [text_policy, frames_policy])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_any_fault_of_any_guard_is_an_error_that_blocks(
    fault: Fault, make_policy: Callable[[], Policy]
) -> None:
    assert_error_that_blocks(run(make_policy(), {"g": CallGuard(fault)}))


@pytest.mark.parametrize("make_policy", [text_policy, frames_policy])
def test_a_guard_that_hangs_is_left_behind_at_its_deadline(
    hanging: Hanging, make_policy: Callable[..., Policy]
) -> None:
    pipeline = GuardPipeline(make_policy(timeout=0.01), {"g": CallGuard(hanging)})
    stage, subject = (
        ("input_text", prompt())
        if "input_text" in pipeline.policy.stages
        else ("input_video", clip())
    )
    pipeline._seats["g"]._guard = CallGuard(hanging)  # loaded: only the timeout counts
    for _ in range(6):
        result = pipeline.run(stage, [subject])  # type: ignore[arg-type]
        assert_error_that_blocks(result)
    assert "still hangs" in result.verdicts[0].error


def test_a_guard_that_came_back_is_asked_again(hanging: Hanging) -> None:
    pipeline = GuardPipeline(text_policy(timeout=0.01), {"g": CallGuard(hanging)})
    seat = pipeline._seats["g"]
    seat._guard = CallGuard(hanging)
    for _ in range(4):
        assert pipeline.run("input_text", [prompt()]).errored
    seat._guard = CallGuard(lambda s: [Judgement(scores={"unsafe": 0.0})] * len(s))
    hanging.over.set()
    for thread in threading.enumerate():
        if thread.name == "guard-g":
            thread.join()
    assert not pipeline.run("input_text", [prompt()]).blocked


def test_a_category_that_the_guard_does_not_score_is_an_error() -> None:
    guard = CallGuard(lambda s: [Judgement(scores={"safe": 0.0})] * len(s))
    assert_error_that_blocks(run(text_policy(), {"g": guard}))


@pytest.mark.parametrize("make_policy", [text_policy, frames_policy])
def test_a_guard_that_is_missing_is_an_error_that_blocks(
    make_policy: Callable[[], Policy],
) -> None:
    assert_error_that_blocks(run(make_policy(), {}))


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("classifier", {"weights": "/nowhere/weights.safetensors"}),
        ("detoxify", {"checkpoint": "/nowhere/toxic.ckpt"}),
        ("concepts", {"model": "no-such-model", "pretrained": None}),
    ],
)
def test_every_shipped_guard_without_its_weights_is_an_error_that_blocks(
    provider: str, options: dict[str, Any]
) -> None:
    judges = PROVIDERS[provider].judges
    policy = text_policy() if judges == "text" else frames_policy()
    content = policy.model_dump()
    content["guards"]["g"] = {"provider": provider, "options": options}
    assert_error_that_blocks(run(Policy.model_validate(content), {}))


@pytest.mark.parametrize("value", [math.nan, 0.0, math.inf])
def test_a_concept_guard_with_a_broken_encoder_is_an_error_that_blocks(value: float) -> None:
    guard = ConceptGuard(
        ["a gun"],
        encode_frames=lambda frames: np.full((len(frames), 4), value),
        encode_texts=lambda texts: np.ones((len(texts), 4)),
    )
    assert_error_that_blocks(run(frames_policy(), {"g": guard}))


def test_a_classifier_with_broken_numbers_is_an_error_that_blocks() -> None:
    guard = TextClassifierGuard()
    guard._network.calibration[:] = math.nan
    assert_error_that_blocks(run(text_policy(), {"g": guard}))


def test_an_explicit_opening_passes_and_is_no_clean_verdict() -> None:
    policy = text_policy(on_error="allow")
    result = run(policy, {"g": CallGuard(FAULTS["raises"])})
    assert not result.blocked
    assert result.errored
    verdict = result.verdicts[0]
    assert verdict.decision == "flag"
    assert verdict.opened
    assert verdict.error == "RuntimeError: broken"
    assert "lets it pass" in verdict.reason
