"""Which presets fit a machine, from what the machine has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gpt4video_tools.gallery import PRESETS
from gpt4video_tools.gallery.machine import NEEDED, Machine, fit, largest_gpu_gb, this_machine

LARGE = Machine(ram_gb=256, gpu_gb=81, packages=frozenset(NEEDED))


def test_a_large_machine_runs_everything_and_is_told_what_needs_offload() -> None:
    fits = {name: fit(preset, LARGE) for name, preset in PRESETS.items() if name != "remote"}
    assert {name for name, each in fits.items() if each.verdict == "no"} == set()
    assert {name for name, each in fits.items() if each.verdict == "maybe"} == {
        "animatediff",  # nobody says what they need of the GPU
        "ltx-video",
    }
    assert fits["hunyuan-video"].reason == ""
    assert "offload" in fits["wan-2.1-14b"].reason


@pytest.mark.parametrize(
    ("machine", "name", "words"),
    [
        (replace(LARGE, gpu_gb=None), "zeroscope-v2-576w", "no NVIDIA GPU"),
        (replace(LARGE, gpu_gb=24), "hunyuan-video", "60 GB of GPU memory wanted, 24 GB here"),
        (replace(LARGE, ram_gb=16), "mochi-1", "30 GB of weights, 16 GB of memory here"),
        (replace(LARGE, packages=frozenset({"torch"})), "shapes", "accelerate, diffusers, trans"),
        (LARGE, "remote", "GPT4VIDEO_REMOTE_URL is not set"),
    ],
)
def test_what_does_not_fit_says_why(machine: Machine, name: str, words: str) -> None:
    found = fit(PRESETS[name], machine)
    assert found.verdict == "no"
    assert words in found.reason


def test_the_embedded_generator_needs_no_gpu_and_a_server_needs_its_address() -> None:
    small = Machine(ram_gb=2, gpu_gb=None, packages=frozenset(NEEDED))
    assert fit(PRESETS["shapes"], small).verdict == "yes"
    told = Machine(ram_gb=None, gpu_gb=None, variables=frozenset({"GPT4VIDEO_REMOTE_URL"}))
    assert fit(PRESETS["remote"], told).verdict == "yes"


def test_memory_that_cannot_be_told_is_no_obstacle() -> None:
    assert fit(PRESETS["mochi-1"], replace(LARGE, ram_gb=None)).verdict == "yes"


@pytest.mark.parametrize(
    ("lines", "found"),
    [("81559\n24564\n", 85.5), ("24564\n", 25.8), ("", None), ("[N/A]\n", None)],
)
def test_the_largest_gpu_counts(lines: str, found: float | None) -> None:
    told = largest_gpu_gb(lines)
    assert told is None if found is None else told == pytest.approx(found, abs=0.05)


def test_a_driver_that_answers_nonsense_or_fails_is_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    for script, found in (("echo 24564", 25.8), ("echo none", None), ("exit 9", None)):
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        machine = this_machine({})
        assert machine.gpu_gb == (found and pytest.approx(found, abs=0.05))
    assert machine.packages == frozenset(NEEDED)
    assert machine.ram_gb is None or machine.ram_gb > 1
