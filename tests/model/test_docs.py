from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.model import tiny

from gpt4video_tools.video import write_mp4


def test_the_page_about_the_model_runs_as_written(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (repository / "docs" / "model.md").read_text(encoding="utf-8")
    tiny.bases(tmp_path)
    tiny.tokenizer().save_pretrained(tmp_path / "lm")
    model = tiny.video_llm(tmp_path)
    model.save_pretrained(tmp_path / "model")
    tiny.processor(model).save_pretrained(tmp_path / "model")
    write_mp4(tmp_path / "clip.mp4", tiny.frames(count=12, height=32, width=48), fps=6)
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) == 4
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/model.md", "exec"), names)
    assert (tmp_path / "whole" / "model.safetensors").is_file()
