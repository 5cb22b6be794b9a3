from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guards.doubles import WordGuard, prompt, text_policy

from gpt4video_guards import GuardPipeline, HoldBackWindow, InvalidInputError, StageResult

SECRET = "<bad>"


class CountingJudge:
    """Blocks what holds the secret; counts the characters it is shown."""

    def __init__(self, secret: str = SECRET) -> None:
        self.pipeline = GuardPipeline(text_policy(), {"g": WordGuard(secret)})
        self.seen: list[str] = []

    def __call__(self, text: str) -> StageResult:
        self.seen.append(text)
        return self.pipeline.run("input_text", [prompt(text)])


def fast_judge(secret: str) -> Callable[[str], StageResult]:
    """Without threads, for the many examples of property tests."""
    blocked = CountingJudge(secret)(secret)

    def judge(text: str) -> StageResult:
        return blocked if secret in text else StageResult(stage="output_text")

    return judge


def flow(window: HoldBackWindow, pieces: Iterable[str]) -> str:
    return "".join([*map(window.push, pieces), window.finish()])


pieces_of_text = st.lists(st.text(alphabet="ab <>d\n", max_size=12), max_size=40)
some_windows = st.integers(min_value=len(SECRET), max_value=30)


@given(
    pieces=pieces_of_text,
    width=st.none() | st.integers(1, 30),
    stride=st.none() | st.integers(1, 40),
)
def test_allowed_text_comes_out_character_for_character(
    pieces: list[str], width: int | None, stride: int | None
) -> None:
    window = HoldBackWindow(fast_judge("never"), window=width, stride=stride)
    assert flow(window, pieces) == "".join(pieces)
    assert window.blocked is None


@given(before=pieces_of_text, after=pieces_of_text, width=some_windows, cuts=st.data())
def test_nothing_of_a_blocked_span_that_fits_the_window_is_released(
    before: list[str], after: list[str], width: int, cuts: st.DataObject
) -> None:
    at = cuts.draw(st.integers(0, len(SECRET)))
    pieces = [*before, SECRET[:at], SECRET[at:], *after]
    window = HoldBackWindow(fast_judge(SECRET), window=width)
    released = flow(window, pieces)
    whole = "".join(pieces)
    assert window.blocked is not None
    assert whole.startswith(released)
    assert len(released) <= whole.index(SECRET)


@given(pieces=pieces_of_text, width=st.integers(1, 30))
def test_what_is_released_lies_a_window_behind_what_was_judged(
    pieces: list[str], width: int
) -> None:
    judged = 0
    whole = "".join(pieces)
    released = ""

    def judge(text: str) -> StageResult:
        nonlocal judged
        start = whole.rindex(text, 0, judged + len(text)) if text in whole else -1
        assert start >= 0
        assert start <= len(released)  # everything still held back is seen again
        judged = max(judged, len(released) + len(text) - (len(released) - start))
        return StageResult(stage="output_text")

    window = HoldBackWindow(judge, window=width)
    for piece in pieces:
        released += window.push(piece)
        assert len(released) <= max(0, judged - width)
        assert whole.startswith(released)


@pytest.mark.parametrize("piece_size", [1, 7, 100_000])
@pytest.mark.parametrize("text", ["some words of talk ", "endless", " "])
def test_judging_costs_a_constant_times_the_text(text: str, piece_size: int) -> None:
    whole = (text * 4000)[:20_000]
    seen: list[int] = []

    def judge(shown: str) -> StageResult:
        seen.append(len(shown))
        return StageResult(stage="output_text")

    window = HoldBackWindow(judge, window=200)
    pieces = [whole[i : i + piece_size] for i in range(0, len(whole), piece_size)]
    assert flow(window, pieces) == whole
    assert sum(seen) <= 4.5 * len(whole)
    assert len(seen) <= len(whole) / 100 + 1


def test_without_a_window_everything_waits_for_one_judging_at_the_end() -> None:
    judge = CountingJudge()
    window = HoldBackWindow(judge, window=None)
    assert [window.push(piece) for piece in ("one ", "two ", "three")] == ["", "", ""]
    assert window.finish() == "one two three"
    assert judge.seen == ["one two three"]


def test_without_a_window_a_blocked_turn_releases_nothing() -> None:
    window = HoldBackWindow(CountingJudge(), window=None)
    assert flow(window, ["long " * 1000, SECRET]) == ""
    assert window.blocked is not None


def test_words_are_not_judged_by_their_halves() -> None:
    text = "we go to class with an assistant and pass the grass " * 20
    window = HoldBackWindow(fast_judge(" ass "), window=10, stride=3)
    shown: list[str] = []

    def judge(piece: str) -> StageResult:
        shown.append(piece)
        return StageResult(stage="output_text")

    window = HoldBackWindow(judge, window=10, stride=3)
    assert flow(window, text) == text
    words = set(text.split())
    assert all(set(piece.split()) <= words for piece in shown)


def test_after_a_block_nothing_leaves_any_more() -> None:
    window = HoldBackWindow(CountingJudge(), window=6)
    first = window.push("fine words and more of them, then " + SECRET + " and ")
    assert SECRET[0] not in first
    assert window.push("more") == ""
    assert window.finish() == ""
    assert window.blocked is not None
    assert [verdict.decision for verdict in window.verdicts] == ["block"]


def test_verdicts_keep_the_most_severe_of_each_guard() -> None:
    window = HoldBackWindow(CountingJudge(), window=5, stride=5)
    flow(window, ["calm talk ", "more calm ", SECRET])
    assert len(window.verdicts) == 1
    assert window.verdicts[0].blocks


def test_an_empty_stream_is_not_judged() -> None:
    judge = CountingJudge()
    window = HoldBackWindow(judge)
    assert flow(window, ["", ""]) == ""
    assert judge.seen == []
    assert window.verdicts == ()


@pytest.mark.parametrize("answer", [None, True, "ok", RuntimeError("down")])
def test_a_judge_that_fails_counts_as_a_block(answer: object) -> None:
    def judge(_: str) -> StageResult:
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    window = HoldBackWindow(judge, window=5)
    assert flow(window, ["quite harmless words"]) == ""
    assert window.blocked is not None
    assert window.blocked.errored


@pytest.mark.parametrize("wrong", [{"window": 0}, {"stride": 0}, {"window": -1}])
def test_a_window_or_stride_below_one_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        HoldBackWindow(fast_judge("x"), **wrong)
