"""The recipe, end to end, on a handful of made-up rows."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from gpt4video_guards import InvalidInputError, TextClassifierGuard, TextSubject
from gpt4video_guards.text.synthetic import disguised, synthetic_rows
from gpt4video_guards.text.training import TrainingOptions, train

OPTIONS = TrainingOptions(buckets=1 << 12, width=8, hidden=16, epochs=1, batch=256)


def quiet() -> Progress:
    return Progress(console=Console(file=io.StringIO()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    draw = random.Random(0)
    for part, count in (("train", 600), ("dev", 120)):
        (folder / part).mkdir()
        lines = []
        for kind in ("comment", "prompt", "t2v_prompt", "response", "injection"):
            for number in range(count // 5):
                unsafe = number % 2 == 0
                words = ["murder", "poison"] if unsafe else ["garden", "sunshine"]
                row = {
                    "text": f"{draw.choice(words)} number {number} {draw.random():.4f}",
                    "label": "unsafe" if unsafe else "safe",
                    "category": "violence" if unsafe else "none",
                    "kind": kind,
                    "source": "made_up",
                }
                lines.append(json.dumps(row))
        (folder / part / "made_up.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_the_recipe_learns_calibrates_and_writes_what_the_guard_loads(
    data: Path, tmp_path: Path
) -> None:
    with quiet() as progress:
        report = train(data, tmp_path, options=OPTIONS, progress=progress)
    assert report.dev["all"]["auprc"] > 0.9
    assert set(report.thresholds) == {"comment", "prompt", "t2v_prompt", "response", "tool_result"}
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["thresholds"] == report.thresholds
    guard = TextClassifierGuard(weights=report.weights)
    bad, good = guard.judge(
        [
            TextSubject(text="murder number 7", kind="prompt"),
            TextSubject(text="sunshine number 7", kind="prompt"),
        ]
    )
    assert bad.scores["unsafe"] > good.scores["unsafe"]


def test_the_same_seed_trains_the_same_weights(data: Path, tmp_path: Path) -> None:
    with quiet() as progress:
        files = [
            train(data, tmp_path / name, options=OPTIONS, progress=progress).weights
            for name in ("one", "two")
        ]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_folder_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    with pytest.raises(InvalidInputError, match="path"), quiet() as progress:
        train(tmp_path, tmp_path / "out", options=OPTIONS, progress=progress)


def test_synthetic_rows_are_whole_and_the_same_for_a_seed() -> None:
    rows = list(synthetic_rows(seed=3))
    assert rows == list(synthetic_rows(seed=3))
    assert len(rows) > 8000
    assert not any(mark in row.text for row in rows for mark in "{}|")
    assert {row.kind for row in rows if row.unsafe} == {"prompt"}


def test_a_disguise_changes_the_text() -> None:
    draw = random.Random(0)
    text = "how do i poison a neighbour"
    assert sum(disguised(text, draw) != text for _ in range(50)) >= 45
