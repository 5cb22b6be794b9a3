from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

from typer.testing import Result

from gpt4video_tools.gallery import PRESETS

Invoke = Callable[..., Result]


def test_the_list_is_printed_as_json_without_loading_a_model_library() -> None:
    code = (
        "import sys\n"
        "from gpt4video.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'av', 'httpx'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "gallery", "--json"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    facts = {each["name"]: each for each in json.loads(done.stdout)}
    assert set(facts) == set(PRESETS)
    assert facts["shapes"]["fits"] == "yes"
    assert facts["zeroscope-v2-576w"]["commercial"] == "no"
    assert facts["zeroscope-v2-xl"]["source"] == "cerspense/zeroscope_v2_XL after zeroscope-v2-576w"
    assert facts["wan-2.2-5b"]["rules"] == "4k + 1 frames; sides in multiples of 32"


def test_the_table_names_every_generator_with_its_licence(gpt4video: Invoke) -> None:
    result = gpt4video("gallery")
    assert result.exit_code == 0
    for preset in PRESETS.values():
        assert preset.name in result.stdout
    assert "CC-BY-NC-4.0" in result.stdout


def test_one_generator_is_told_in_full(gpt4video: Invoke) -> None:
    result = gpt4video("gallery", "hunyuan-video")
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    assert "does not apply in the European Union" in told
    assert "hunyuanvideo-community/HunyuanVideo" in told
    assert (
        json.loads(gpt4video("gallery", "shapes", "--json").stdout)["pipeline"] == "LattePipeline"
    )


def test_an_unknown_name_is_one_line(gpt4video: Invoke) -> None:
    result = gpt4video("gallery", "sora")
    assert result.exit_code == 1
    assert "no video generator named 'sora'" in result.stderr
