"""Every fault of every guard ends in a block with a verdict that tells error from no."""

from __future__ import annotations

import math
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tests.guards.doubles import CallGuard, clip, frames_policy, prompt, text_policy

from gpt4video_guards import (
    CheckpointError,
    ConceptGuard,
    Evidence,
    Guard,
    GuardPipeline,
    Judgement,
    MissingExtraError,
    Policy,
    Stage,
    StageResult,
    Subject,
    TextClassifierGuard,
)
from gpt4video_guards.registry import PROVIDERS, Provider

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


def judged(evidence: Evidence) -> Judgement:
    return Judgement(scores={"unsafe": 0.0}, evidence=(evidence,))


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
    "evidence outside": lambda s: [judged(Evidence(span=(0, 10**6)))] * len(s),
    "evidence backwards": lambda s: [judged(Evidence(span=(2, 1)))] * len(s),
    "evidence no place": lambda s: [judged(Evidence(span=("a", 1)))] * len(s),  # type: ignore[arg-type]
    "evidence one place": lambda s: [judged(Evidence(span=(1,)))] * len(s),  # type: ignore[arg-type]
    "evidence no time": lambda s: [judged(Evidence(time=(0.0, math.nan)))] * len(s),
    "evidence no note": lambda s: [judged(Evidence(note=None))] * len(s),  # type: ignore[arg-type]
    "evidence none": lambda s: [Judgement(scores={"unsafe": 0.0}, evidence=None)] * len(s),  # type: ignore[arg-type]
}


BUILD_FAULTS: dict[str, Fault] = {
    "raises": raises(RuntimeError("broken")),
    "out of memory": raises(MemoryError()),
    "exits": raises(SystemExit(0)),
    "missing extra": raises(MissingExtraError("guardlib", "this guard")),
    "missing module": raises(ModuleNotFoundError("No module named 'guardlib'")),
    "missing weights": raises(CheckpointError("weights.bin", "no such file")),
    "no guard": answers(None),
    "something else": answers("a guard"),
}

MISSING_WEIGHTS: dict[str, dict[str, Any]] = {
    "classifier": {"weights": "/nowhere/weights.safetensors"},
    "detoxify": {"checkpoint": "/nowhere/toxic.ckpt"},
    "llm_judge": {"preset": "wildguard", "model": "/nowhere/judge"},
    "concepts": {"model": "no-such-model", "pretrained": None},
    "safety_checker": {"checkpoint": "/nowhere/checker"},
    "ocr": {"text_options": {"weights": "/nowhere/weights.safetensors"}},
    "injection": {
        "text_guard": "classifier",
        "text_options": {"weights": "/nowhere/weights.safetensors"},
    },
    "words": {"path": "/nowhere/words.txt"},
    "presidio": {"model": "no_such_model"},
}
"""Options that make a provider's guard look for weights that are not there."""

NEEDED: dict[str, dict[str, Any]] = {
    "llm_judge": {"preset": "wildguard"},
    "safety_checker": {"checkpoint": "checker"},
}
"""Options that a provider cannot do without."""

WITHOUT_WEIGHTS = {"nudity", "pii"}
"""Providers whose weights come with their package, or that have none."""

PROVIDER_TABLE = cast("dict[str, Provider]", PROVIDERS)


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


def provider_policy(name: str, *, timeout: float = 5.0, **spec: Any) -> Policy:
    """One guard of this provider, for any of its scores from 0.5 on."""
    frames = PROVIDERS[name].judges == "frames"
    content = (frames_policy if frames else text_policy)(thresholds={"*": 0.5}, timeout=timeout)
    guards = {"guards": {"g": {"provider": name, "options": NEEDED.get(name, {})} | spec}}
    return Policy.model_validate(content.model_dump() | guards)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[..., Any]], None]:
    """Replaces how a provider builds its guard, as if all that it needs were installed."""

    def replace_build(name: str, build: Callable[..., Any]) -> None:
        provider = replace(PROVIDERS[name], build=build, modules=())
        monkeypatch.setitem(PROVIDER_TABLE, name, provider)

    return replace_build


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_any_fault_of_any_guard_is_an_error_that_blocks(
    built: Callable[..., None], fault: Fault, name: str
) -> None:
    built(name, lambda _: CallGuard(fault))
    assert_error_that_blocks(run(provider_policy(name), {}))


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize("fault", BUILD_FAULTS.values(), ids=BUILD_FAULTS)
def test_any_guard_that_cannot_be_built_is_an_error_that_blocks(
    built: Callable[..., None], fault: Fault, name: str
) -> None:
    built(name, fault)
    assert_error_that_blocks(run(provider_policy(name), {}))


@pytest.mark.parametrize("name", PROVIDERS)
def test_any_guard_that_hangs_is_left_behind_at_its_deadline(
    built: Callable[..., None], hanging: Hanging, name: str
) -> None:
    built(name, lambda _: CallGuard(hanging))
    pipeline = GuardPipeline(provider_policy(name, timeout=0.01, load_timeout=5))
    stage, subject = _asked(name)
    for _ in range(6):
        result = pipeline.run(stage, [subject])
        assert_error_that_blocks(result)
    assert "still hangs" in result.verdicts[0].error


@pytest.mark.parametrize("name", PROVIDERS)
def test_any_guard_that_hangs_while_it_is_built_is_left_behind(
    built: Callable[..., None], hanging: Hanging, name: str
) -> None:
    built(name, hanging)
    policy = provider_policy(name, timeout=0.01, load_timeout=0.01)
    assert_error_that_blocks(run(policy, {}))


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_thread_to_ask_any_guard_in_is_an_error_that_blocks(
    built: Callable[..., None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    built(name, lambda _: CallGuard(lambda s: [Judgement(scores={"unsafe": 0.0})] * len(s)))
    monkeypatch.setattr(threading.Thread, "start", raises(RuntimeError("can't start new thread")))
    assert_error_that_blocks(run(provider_policy(name), {}))


@pytest.mark.parametrize("name", [name for name in PROVIDERS if PROVIDERS[name].modules])
def test_a_missing_extra_of_any_guard_fails_when_the_policy_is_loaded(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for module in PROVIDERS[name].modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match="pip install 'gpt4video"):
        provider_policy(name)


def test_every_extra_that_a_guard_names_exists(repository: Path) -> None:
    extras = tomllib.loads((repository / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    for provider in PROVIDERS.values():
        assert bool(provider.modules) is bool(provider.extra)
        assert provider.extra in {"", *extras}


@pytest.mark.parametrize("name", MISSING_WEIGHTS)
def test_any_guard_without_its_weights_is_an_error_that_blocks(name: str) -> None:
    if PROVIDERS[name].lacks_modules():
        pytest.skip(f"the extra {PROVIDERS[name].extra} is not installed")
    assert_error_that_blocks(run(provider_policy(name, options=MISSING_WEIGHTS[name]), {}))


def test_every_guard_says_whether_it_has_weights_to_miss() -> None:
    assert set(PROVIDERS) == set(MISSING_WEIGHTS) | WITHOUT_WEIGHTS


def _asked(name: str) -> tuple[Stage, Subject]:
    if PROVIDERS[name].judges == "frames":
        return ("input_video", clip())
    return ("input_text", prompt())


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
    guard._network._calibration[:] = math.nan
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
