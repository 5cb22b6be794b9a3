"""The page about the gallery is true: its code runs as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.gallery.test_loras import save_lora

from gpt4video_tools.gallery import PRESETS, VideoPreset, families


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
    (tmp_path / "wan").symlink_to(checkpoint("wan"))
    save_lora("wan", checkpoint("wan"), tmp_path / "lora").rename(tmp_path / "my-style.safetensors")
    monkeypatch.setattr(families, "FAMILIES", dict(families.FAMILIES))
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL))
    exec(compile(code, "docs/gallery.md", "exec"), {"__name__": "page"})
    assert "2 of 2" in capsys.readouterr().out


def test_the_table_of_the_page_is_what_the_presets_say(repository: Path) -> None:
    page = (repository / "docs" / "gallery.md").read_text(encoding="utf-8")
    rows = "\n".join(_row(preset) for preset in PRESETS.values())
    assert rows in page, f"the table should be:\n{rows}"


def _row(preset: VideoPreset) -> str:
    asked = preset.defaults
    frames = f"{asked.num_frames} x {asked.width} x {asked.height}, {asked.fps:g}/s"
    cells = (
        f"`{preset.name}`",
        preset.licence,
        preset.commercial,
        preset.memory,
        frames if asked.num_frames else "",
        str(preset.rules or ""),
    )
    return f"| {' | '.join(cells)} |"
