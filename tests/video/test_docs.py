"""The page on clips tells the truth: its examples run in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.video.films import numbered

from gpt4video_tools.video import VideoBudget, write_mp4


def test_the_examples_of_the_page_run(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (repository / "docs" / "clips.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(examples) >= 5
    monkeypatch.chdir(tmp_path)
    write_mp4("holiday.mp4", numbered(40, width=320, height=240), fps=10)
    exec(compile("\n".join(examples), "clips.md", "exec"), {})
    assert {entry.name for entry in tmp_path.iterdir()} == {"holiday.mp4", "copy.mp4", "copy.png"}


def test_the_page_states_the_real_defaults(repository: Path) -> None:
    page = (repository / "docs" / "clips.md").read_text(encoding="utf-8")
    stated = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, flags=re.MULTILINE))
    said = {
        "8192 x 4320": 8192 * 4320,
        "2 GiB": 2 * 1024**3,
    }
    for name, value in VideoBudget().limits().items():
        words = stated[name].strip()
        assert said.get(words) == value or float(words.replace(" ", "")) == value
