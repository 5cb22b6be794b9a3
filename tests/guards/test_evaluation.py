from __future__ import annotations

import gzip
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.guards.doubles import CallGuard, WordGuard, text_policy

from gpt4video_guards import GuardPipeline, InvalidInputError
from gpt4video_guards.evaluation import Row, evaluate, metrics, read_rows

ROWS = [
    Row(text="bad words", label="unsafe", kind="prompt", category="hate", source="a"),
    Row(text="worse words", label="unsafe", kind="prompt", category="illicit", source="a"),
    Row(text="calm words", label="safe", kind="prompt", source="b"),
    Row(text="bad luck", label="safe", kind="prompt", source="b"),
]


def test_a_perfect_ranking_has_full_area_and_recall() -> None:
    scores, unsafe = np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, True, False, False])
    assert metrics.average_precision(scores, unsafe) == 1.0
    assert metrics.recall_at_fpr(scores, unsafe, fpr=0.01) == 1.0
    assert metrics.f1_score(scores >= 0.5, unsafe) == 1.0


def test_average_precision_of_a_known_ranking() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6])
    unsafe = np.array([True, False, True, False])
    assert metrics.average_precision(scores, unsafe) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_equal_scores_cannot_be_ranked_by_luck() -> None:
    scores, unsafe = np.full(4, 0.5), np.array([True, False, False, False])
    assert metrics.average_precision(scores, unsafe) == 0.25
    assert metrics.recall_at_fpr(scores, unsafe, fpr=0.5) == 0.0


def test_groups_that_cannot_tell_are_nan() -> None:
    safe_only = np.array([False, False])
    assert math.isnan(metrics.average_precision(np.ones(2), safe_only))
    assert math.isnan(metrics.recall(safe_only, safe_only))
    assert math.isnan(metrics.false_positive_rate(~safe_only, ~safe_only))
    assert math.isnan(metrics.f1_score(safe_only, safe_only))
    assert math.isnan(metrics.threshold_at_fpr(np.ones(2), ~safe_only, fpr=0.1))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0, 1))
def test_the_threshold_keeps_the_false_alarms_it_promises(scores: list[float], fpr: float) -> None:
    values, unsafe = np.array(scores), np.zeros(len(scores), dtype=bool)
    threshold = metrics.threshold_at_fpr(values, unsafe, fpr=fpr)
    assert float(np.mean(values >= threshold)) <= fpr


def test_a_bare_guard_is_reported_overall_and_by_group() -> None:
    report = evaluate(ROWS, WordGuard("bad"), name="words")
    assert (report.overall.rows, report.overall.unsafe) == (4, 2)
    assert report.overall.f1 == 0.5
    assert report.overall.fpr == report.overall.recall == 0.5
    assert set(report.by_source) == {"a", "b"}
    assert report.by_category["hate"].recall == 1.0
    assert report.by_category["illicit"].recall == 0.0
    assert report.by_category["illicit"].rows == 3
    assert report.p95_ms >= report.p50_ms > 0


def test_a_policy_decides_by_its_own_thresholds_and_counts_errors() -> None:
    report = evaluate(ROWS, GuardPipeline(text_policy(), {"g": WordGuard("bad")}))
    assert report.overall.f1 == 0.5
    assert report.errors == 0
    broken = evaluate(ROWS, GuardPipeline(text_policy(), {"g": CallGuard(lambda _: None)}))
    assert broken.errors == 4
    assert broken.overall.fpr == 1.0


def test_a_report_is_json_and_a_table(tmp_path: Path) -> None:
    report = evaluate(ROWS, WordGuard("bad"), name="words")
    report.write_json(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["by_source"]["b"]["recall"] is None
    out = io.StringIO()
    Console(file=out, width=120).print(report.table())
    assert "source b" in out.getvalue()


def test_nothing_to_evaluate_and_an_unknown_category_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="rows"):
        evaluate([], WordGuard("bad"))
    with pytest.raises(InvalidInputError, match="category"):
        evaluate(ROWS, WordGuard("bad"), category="gore")


def test_rows_are_read_from_plain_and_gzipped_files_of_a_folder(tmp_path: Path) -> None:
    line = '{"text": "t", "label": "safe", "category": "none", "kind": "injection", "source": "s"}'
    (tmp_path / "a.jsonl").write_text(line + "\n\n", encoding="utf-8")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(line + "\n" + line)
    rows = list(read_rows(tmp_path))
    assert len(rows) == 3
    assert {row.kind for row in rows} == {"tool_result"}


@pytest.mark.parametrize("line", ["{", '{"text": "t"}', '{"text": "t", "label": "so-so"}'])
def test_a_line_that_is_no_row_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "t", "label": "safe", "kind": "prompt"}\n' + line, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=r"rows\.jsonl, line 2"):
        list(read_rows(path))


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(InvalidInputError, match="path"):
            list(read_rows(path))
