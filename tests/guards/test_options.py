"""What a policy tells its guards is checked when it is loaded, not when they are first asked."""

from __future__ import annotations

from typing import Any

import pytest

from gpt4video_guards import Policy, PolicyError, UnknownNameError
from gpt4video_guards.policy import GuardSpec
from gpt4video_guards.registry import PROVIDERS


def policy(provider: str, options: dict[str, Any], *, category: str = "*") -> Policy:
    frames = PROVIDERS[provider].judges == "frames"
    rule = {"guard": "g", "thresholds": {category: 0.5}}
    return Policy.model_validate(
        {
            "name": "test",
            "guards": {"g": {"provider": provider, "options": options}},
            "stages": {"input_video" if frames else "input_text": [rule]},
        }
    )


@pytest.mark.parametrize(
    ("provider", "options", "named"),
    [
        ("detoxify", {"name": "nope"}, "nope"),
        ("llm_judge", {"preset": "nope"}, "nope"),
        ("pii", {"categories": ["email", "nope"]}, "nope"),
        ("injection", {"text_guard": "nope"}, "nope"),
        ("injection", {"text_guard": "classifier", "text_options": {"size": 3}}, "size"),
        ("injection", {"text_guard": "injection", "text_options": {"text_guard": "no"}}, "no"),
        ("ocr", {"text_guard": "pii", "text_options": {"categories": ["nope"]}}, "nope"),
    ],
)
def test_an_unknown_name_in_options_fails_at_load(
    provider: str, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(UnknownNameError, match=repr(named)):
        policy(provider, options)


@pytest.mark.parametrize(
    ("provider", "options", "problem"),
    [
        ("words", {"words": []}, "words"),
        ("words", {"words": ["a"], "whole_words": "yes"}, "whole_words: .* boolean"),
        ("pii", {"categories": "email"}, "categories"),
        ("llm_judge", {}, "preset: Field required"),
        ("llm_judge", {"preset": "wildguard", "dtype": "int3"}, "dtype"),
        ("llm_judge", {"preset": "wildguard", "batch_size": 0}, "batch_size"),
        ("concepts", {"persistence": 0}, "persistence"),
        ("concepts", {"concepts": []}, "concepts"),
        ("concepts", {"concepts": {"gun": "a gun"}}, "concepts"),
        ("safety_checker", {}, "checkpoint: Field required"),
        ("ocr", {"seconds": -1}, "seconds: .* greater than 0"),
        ("ocr", {"text_guard": "host"}, "no shipped guard of text"),
        ("ocr", {"text_guard": "concepts"}, "no shipped guard of text"),
        ("injection", {"text_options": {"weights": "x"}}, "without the text_guard"),
        ("injection", {"text_guard": "words", "text_options": {"words": ["a"]}}, "scores none"),
    ],
)
def test_an_option_that_a_guard_cannot_take_fails_at_load(
    provider: str, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        policy(provider, options)


def test_a_policy_file_says_where_the_wrong_option_stands(tmp_path: Any) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("name: x\nguards: {g: {provider: ocr, options: {seconds: soon}}}\n")
    with pytest.raises(PolicyError, match=r"guards\.g\n.*options of ocr: seconds"):
        Policy.from_file(path)


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("classifier", {}),
        ("injection", {}),
        ("pii", {"categories": ["email"]}),
        ("words", {"words": "secret"}),
        ("safety_checker", {"checkpoint": "x"}),
        ("concepts", {"concepts": ["a gun"]}),
        ("ocr", {"text_guard": "pii"}),
    ],
)
def test_a_threshold_for_what_a_guard_never_scores_fails_at_load(
    provider: str, options: dict[str, Any]
) -> None:
    known = GuardSpec(provider=provider, options=options).scores
    assert known
    for category in known:
        policy(provider, options, category=category)
    with pytest.raises(UnknownNameError, match="'unsaef'"):
        policy(provider, options, category="unsaef")


def test_what_only_the_guard_itself_can_tell_is_left_to_it() -> None:
    assert policy("detoxify", {"checkpoint": "own.ckpt"}, category="anything")
    assert policy("llm_judge", {"preset": "wildguard"}, category="anything")
