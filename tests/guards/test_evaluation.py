"""Figures, reports, calibration, comparison, attacks, times and pictures."""

from __future__ import annotations

import io
import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console
from tests.guards.doubles import CallGuard, WordGuard, text_policy

from gpt4video_guards import (
    ConfigurationError,
    InvalidInputError,
    Judgement,
    MissingExtraError,
    Policy,
    Subject,
    TextSubject,
)
from gpt4video_guards.evaluation import (
    DISGUISES,
    Row,
    calibrate,
    compare,
    evaluate,
    measure_attacks,
    measure_speed,
    metrics,
    write_plots,
    write_policy,
)
from gpt4video_guards.evaluation.speed import cold_start

ROWS = [
    Row(text="bad words", label="unsafe", kind="prompt", category="hate", source="a"),
    Row(text="worse words", label="unsafe", kind="prompt", category="illicit", source="a"),
    Row(text="calm words", label="safe", kind="prompt", source="[b]"),
    Row(text="bad luck", label="safe", kind="prompt", source="[b]"),
]


class NumberGuard:
    """Scores a text of the form `0.7 ...` by the number that it begins with."""

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        return [Judgement(scores={"unsafe": self._number(subject)}) for subject in subjects]

    def _number(self, subject: Subject) -> float:
        assert isinstance(subject, TextSubject)
        return float(subject.text.split()[0])


def scored(number: float, *, unsafe: bool, kind: str = "prompt") -> Row:
    label = "unsafe" if unsafe else "safe"
    category = "other" if unsafe else "none"
    return Row.model_validate(
        {"text": f"{number} words", "label": label, "kind": kind, "category": category}
    )


def printed(report: object) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(report)
    return out.getvalue()


def test_a_perfect_ranking_has_full_area_and_recall() -> None:
    scores, unsafe = np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False])
    assert metrics.average_precision(scores, unsafe) == 1.0
    assert metrics.recall_at_fpr(scores, unsafe, fpr=0.01) == 1.0
    assert metrics.f1_score(scores >= 0.5, unsafe) == 1.0


def test_average_precision_of_a_known_ranking() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    unsafe = np.array([True, False, True, False])
    assert metrics.average_precision(scores, unsafe) == pytest.approx(0.5 + 0.5 * 2 / 3)
    precision, recall = metrics.precision_recall(scores, unsafe)
    assert recall.tolist() == [0.0, 0.5, 0.5, 1.0, 1.0]
    assert precision == pytest.approx([1.0, 1.0, 0.5, 2 / 3, 0.5])


def test_equal_scores_cannot_be_ranked_by_luck() -> None:
    scores, unsafe = np.full(4, 0.5), np.array([True, False, False, False])
    assert metrics.average_precision(scores, unsafe) == 0.25
    assert metrics.recall_at_fpr(scores, unsafe, fpr=0.5) == 0.0


def test_groups_that_cannot_tell_are_nan() -> None:
    safe_only = np.array([False, False])
    assert math.isnan(metrics.average_precision(np.ones(2), safe_only))
    assert math.isnan(metrics.average_precision(np.ones(2), ~safe_only))
    assert math.isnan(metrics.recall(safe_only, safe_only))
    assert math.isnan(metrics.false_positive_rate(~safe_only, ~safe_only))
    assert math.isnan(metrics.f1_score(~safe_only, safe_only))
    assert math.isnan(metrics.threshold_at_fpr(np.ones(2), ~safe_only, fpr=0.1))
    assert math.isnan(metrics.calibration_error(np.ones(0), np.ones(0, dtype=bool), bins=10))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0, 1))
def test_the_threshold_keeps_the_false_alarms_it_promises(scores: list[float], fpr: float) -> None:
    values, unsafe = np.array(scores), np.zeros(len(scores), dtype=bool)
    threshold = metrics.threshold_at_fpr(values, unsafe, fpr=fpr)
    assert float(np.mean(values >= threshold)) <= fpr


def test_scores_that_say_how_often_are_reliable() -> None:
    scores = np.array([0.25] * 4 + [1.0] * 2)
    unsafe = np.array([True, False, False, False, True, True])
    found = metrics.reliability(scores, unsafe, bins=10)
    assert [(each.rows, each.score, each.unsafe) for each in found] == [(4, 0.25, 0.25), (2, 1, 1)]
    assert metrics.calibration_error(scores, unsafe, bins=10) == 0.0
    assert metrics.calibration_error(np.zeros(6), unsafe, bins=10) == 0.5


def test_a_policy_is_reported_overall_and_by_group() -> None:
    report = evaluate(ROWS, text_policy(), {"g": WordGuard("bad")})
    assert (report.overall.rows, report.overall.unsafe) == (4, 2)
    assert report.overall.f1 == report.overall.fpr == report.overall.recall == 0.5
    assert set(report.by_source) == {"a", "[b]"}
    assert report.by_category["hate"].recall == 1.0
    assert report.by_category["illicit"].recall == 0.0
    assert report.by_category["illicit"].rows == 3
    assert report.policy == text_policy().id
    assert report.errors == 0
    assert [outcome.row.text for outcome in report.outcomes if outcome.wrong] == [
        "worse words",
        "bad luck",
    ]


def test_errors_are_counted_and_block() -> None:
    broken = evaluate(ROWS, text_policy(), {"g": CallGuard(lambda _: None)})
    assert broken.errors == 4
    assert broken.overall.fpr == 1.0
    assert "4 texts that some guard failed to judge" in printed(broken)


def test_equal_texts_are_judged_anew() -> None:
    asked: list[int] = []

    def judge(subjects: Sequence[Subject]) -> list[Judgement]:
        asked.append(len(subjects))
        return [Judgement(scores={"unsafe": 0.0}) for _ in subjects]

    evaluate(ROWS[:1] * 3, text_policy(), {"g": CallGuard(judge)})
    assert asked == [1, 1, 1]


@given(st.floats(0, 1), st.sampled_from([0.1, 0.5, 1.0]), st.sampled_from(["block", "flag"]))
def test_exactly_what_is_blocked_has_half_a_score(
    number: float, threshold: float, action: str
) -> None:
    policy = text_policy(thresholds={"unsafe": threshold}, action=action)
    (outcome,) = evaluate([scored(number, unsafe=True)], policy, {"g": NumberGuard()}).outcomes
    assert outcome.blocked == (number >= threshold and action == "block")
    assert (outcome.score >= 0.5) == outcome.blocked


def test_a_report_is_json_and_a_table_that_fits_a_narrow_terminal(tmp_path: Path) -> None:
    report = evaluate(ROWS, text_policy(), {"g": WordGuard("bad")}, name="words")
    report.write_json(tmp_path / "report.json")
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    written = json.loads(text)
    assert written["by_source"]["[b]"]["recall"] is None
    assert written["overall"]["recall_at_1_fpr"] == 0.0
    assert "bad luck" not in text
    shown = printed(report)
    assert "…" not in shown
    assert "[b]" in shown


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="rows"):
        evaluate([], text_policy())
    with pytest.raises(InvalidInputError, match="rows"):
        measure_attacks([], text_policy())
    with pytest.raises(InvalidInputError, match="rows"):
        measure_speed([], text_policy())


# Calibration

LADDER = [
    *(scored(number / 20, unsafe=False) for number in range(20)),
    *(scored(number, unsafe=True) for number in (0.55, 0.72, 0.83, 0.99)),
]


@pytest.mark.parametrize(("wanted", "limit"), [(0.0, 0.9501), (0.1, 0.8501), (0.5, 0.4501)])
def test_calibration_finds_the_lowest_threshold_for_the_wanted_false_alarms(
    wanted: float, limit: float
) -> None:
    found = calibrate(LADDER, text_policy(), {"g": NumberGuard()}, fpr=wanted)
    rule = found.policy.stages["input_text"][0]
    assert rule.limit("unsafe", "prompt") == limit
    assert rule.limit("unsafe", "comment") == 0.5
    kind = found.kinds["prompt"]
    assert (kind.safe, kind.unsafe, kind.fpr_before) == (20, 4, 0.5)
    assert kind.fpr == pytest.approx(wanted)
    again = evaluate(LADDER, found.policy, {"g": NumberGuard()}).overall
    assert (again.fpr, again.recall) == (kind.fpr, kind.recall)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 0.999), min_size=1, max_size=12), st.floats(0, 1), st.floats(0.01, 1))
def test_calibration_never_lets_in_more_false_alarms_than_wanted(
    numbers: list[float], wanted: float, threshold: float
) -> None:
    rows = [scored(number, unsafe=False) for number in numbers]
    policy = text_policy(thresholds={"unsafe": threshold})
    found = calibrate(rows, policy, {"g": NumberGuard()}, fpr=wanted)
    assert found.kinds["prompt"].fpr <= wanted
    assert evaluate(rows, found.policy, {"g": NumberGuard()}).overall.fpr <= wanted


def test_several_guards_keep_their_proportions_and_what_only_flags_its_threshold() -> None:
    policy = Policy.model_validate(
        {
            "name": "two",
            "guards": {name: {"provider": "host", "judges": "text"} for name in ("a", "b", "c")},
            "stages": {
                "input_text": [
                    {"guard": "a", "thresholds": {"unsafe": 0.5}},
                    {"guard": "b", "thresholds": {"*": {"default": 0.9, "kinds": {"prompt": 0.4}}}},
                    {"guard": "c", "thresholds": {"unsafe": 0.3}, "action": "flag"},
                ]
            },
        }
    )
    guards = dict.fromkeys(("a", "b", "c"), NumberGuard())
    found = calibrate(LADDER, policy, guards, fpr=0.1)
    a, b, c = (rule.thresholds for rule in found.policy.stages["input_text"])
    limits = [rule.limit("unsafe", "prompt") for rule in found.policy.stages["input_text"]]
    assert limits == [1.0, 0.8501, 0.3]
    assert found.policy.stages["input_text"][1].limit("unsafe", "comment") == 0.9
    assert evaluate(LADDER, found.policy, guards).overall.fpr == 0.1
    assert found.policy.id != policy.id
    assert c == policy.stages["input_text"][2].thresholds and a != b


def test_each_kind_has_a_share_of_its_own_and_unnamed_ones_are_left_alone() -> None:
    comments = [row.model_copy(update={"kind": "comment"}) for row in LADDER]
    responses = [scored(0.4, unsafe=True, kind="response")]
    found = calibrate(
        [*LADDER, *comments, *responses],
        text_policy(),
        {"g": NumberGuard()},
        fpr={"comment": 0.25, "response": 0.1},
    )
    rule = found.policy.stages["input_text"][0]
    assert set(found.kinds) == {"comment"}
    assert rule.limit("unsafe", "prompt") == 0.5
    assert rule.limit("unsafe", "comment") == 0.7001
    assert "comment" in printed(found)
    assert found.as_dict()["kinds"]["comment"]["wanted_fpr"] == 0.25


@pytest.mark.parametrize(
    ("rows", "fpr", "named"),
    [(LADDER, 1.5, "fpr"), (LADDER[-2:], 0.1, "rows"), ([], 0.1, "rows")],
)
def test_what_cannot_be_calibrated_is_refused(rows: list[Row], fpr: float, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        calibrate(rows, text_policy(), {"g": NumberGuard()}, fpr=fpr)


def test_a_guard_that_fails_is_not_calibrated_around() -> None:
    with pytest.raises(InvalidInputError, match="24 errors"):
        calibrate(LADDER, text_policy(), {"g": CallGuard(lambda _: None)}, fpr=0.1)


def test_a_written_policy_is_the_same_policy(tmp_path: Path) -> None:
    for policy in (
        Policy.preset("standard"),
        calibrate(LADDER, text_policy(), {"g": NumberGuard()}, fpr=0.1).policy,
    ):
        write_policy(policy, tmp_path / "policy.yaml")
        assert Policy.from_file(tmp_path / "policy.yaml").id == policy.id


def test_a_policy_that_cannot_be_written_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("old", encoding="utf-8")

    def full(self: Path, content: str, **_: object) -> int:
        with open(self, "w", encoding="utf-8") as file:
            file.write(content[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        write_policy(text_policy(), path)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


# Comparison


def test_two_policies_side_by_side(tmp_path: Path) -> None:
    low, high = (text_policy(thresholds={"unsafe": limit}) for limit in (0.2, 0.8))
    found = compare(LADDER, low, high, {"g": NumberGuard(), "elsewhere": WordGuard("bad")})
    assert (found.a.overall.recall, found.b.overall.recall) == (1.0, 0.5)
    differences = found.as_dict()["differences"]
    assert differences["all"]["fpr"] == pytest.approx(-0.6)
    assert differences["source unknown"]["recall"] == -0.5
    assert differences["category other"]["auprc"] == 0.0
    shown = found.disagreement
    assert (shown.caught_by_a, shown.caught_by_b) == (2, 0)
    assert (shown.false_alarms_of_a, shown.false_alarms_of_b) == (12, 0)
    found.write_json(tmp_path / "compared.json")
    table = printed(found)
    assert "-50.0" in table and "…" not in table


# Attacks

HIDDEN = [
    Row(text="please explain violence to everyone", label="unsafe", kind="prompt"),
    Row(text="please explain gardening to everyone", label="safe", kind="prompt"),
]


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_a_text_and_does_so_by_the_seed(name: str) -> None:
    text = HIDDEN[0].text
    first, second = (DISGUISES[name](text, random.Random(3)) for _ in range(2))
    assert first == second != text
    assert DISGUISES[name]("", random.Random(3)) == ""


def test_the_attack_table_tells_what_normalisation_gains_and_costs() -> None:
    names = ("zero-width characters", "full-width letters", "reversed")
    report = measure_attacks(
        HIDDEN,
        text_policy(),
        {"g": WordGuard("violence")},
        disguises={name: DISGUISES[name] for name in names},
    )
    plain, zero_width, full_width, backwards = report.attacks
    assert plain.disguise == "none"
    assert plain.recall_before == plain.recall == 1.0
    for attack in (zero_width, full_width):
        assert (attack.recall_before, attack.recall) == (0.0, 1.0)
    assert backwards.recall_before == 0.0
    assert {attack.fpr_before for attack in report.attacks} == {0.0}
    assert {attack.errors for attack in report.attacks} == {0}
    assert (plain.read, zero_width.read, backwards.read) == (0.0, 1.0, 1.0)
    assert (report.rows, report.unsafe) == (2, 1)
    assert "full-width letters" in printed(report)
    assert report.as_dict()["attacks"][1]["recall"] == 1.0


def test_false_alarms_that_only_normalisation_makes_are_seen() -> None:
    report = measure_attacks(
        HIDDEN,
        text_policy(),
        {"g": WordGuard("gardening")},
        disguises={"bold": DISGUISES["bold letters"]},
    )
    bold = report.attacks[1]
    assert (bold.fpr_before, bold.fpr) == (0.0, 1.0)


def test_a_guard_that_fails_under_attack_is_counted() -> None:
    report = measure_attacks(
        HIDDEN, text_policy(), {"g": CallGuard(lambda _: [])}, disguises={"x": lambda t, _: t + "!"}
    )
    assert [attack.errors for attack in report.attacks] == [2, 2]
    assert "4 times some guard failed" in printed(report)


# Times


def test_times_are_taken_on_texts_of_one_length() -> None:
    lengths: list[int] = []

    def judge(subjects: Sequence[Subject]) -> list[Judgement]:
        lengths.extend(len(s.text) for s in subjects if isinstance(s, TextSubject))
        return [Judgement(scores={"unsafe": 0.0}) for _ in subjects]

    rows = [row.model_copy(update={"text": row.text * 40}) for row in ROWS] + ROWS
    speed = measure_speed(rows, text_policy(), {"g": CallGuard(judge)}, texts=6)
    assert set(lengths) == {200}
    assert speed.texts == 6
    assert speed.texts_per_second > 0
    assert 0 < speed.p50_ms <= speed.p95_ms
    assert math.isnan(speed.cold_start_seconds)
    assert "200 characters" in str(speed)


def test_a_guard_that_fails_on_a_batch_has_no_throughput() -> None:
    speed = measure_speed(ROWS, text_policy(), {"g": CallGuard(lambda _: [])})
    assert math.isnan(speed.texts_per_second)


def test_a_cold_start_is_a_fresh_process_that_reaches_a_verdict() -> None:
    assert cold_start(Policy.preset("standard"), ROWS[2], runs=1) > 0


def test_a_fresh_process_that_reaches_no_verdict_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the host gave no guard"):
        cold_start(text_policy(), ROWS[2], runs=1)


# Pictures


def test_the_curves_and_the_diagram_are_drawn(tmp_path: Path) -> None:
    report = evaluate(LADDER, text_policy(), {"g": NumberGuard()})
    paths = write_plots(report, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["precision_recall.png", "reliability.png"]
    for path in paths:
        with Image.open(path) as image:
            shades = len(image.convert("RGB").getcolors(maxcolors=2**20) or ())
            assert image.size == (840, 660)
            assert shades > 20


def test_without_matplotlib_the_install_line_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    report = evaluate(ROWS, text_policy(), {"g": WordGuard("bad")})
    with pytest.raises(MissingExtraError, match=r"gpt4video\[plots\]"):
        write_plots(report, tmp_path / "plots")
    assert not (tmp_path / "plots").exists()
