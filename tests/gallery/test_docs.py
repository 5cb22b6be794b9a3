"""The page about the gallery is true: its code runs as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gpt4video_tools.gallery import PRESETS


def test_the_code_of_the_page_runs_from_top_to_bottom(
    repository: Path,
    checkpoint: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    (tmp_path / "generator").mkdir()
    for part in checkpoint("latte").iterdir():
        (tmp_path / "generator" / part.name).symlink_to(part)
    defaults = '{"height": 32, "width": 32, "num_inference_steps": 2}'
    (tmp_path / "generator" / "generation_defaults.json").write_text(defaults)
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))
    exec(compile(code, "docs/gallery.md", "exec"), {"__name__": "page"})
    assert "2 of 2" in capsys.readouterr().out


def test_every_preset_stands_in_the_page(repository: Path) -> None:
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    for preset in PRESETS.values():
        assert f"| `{preset.name}` | `{preset.pipeline}` |" in page
