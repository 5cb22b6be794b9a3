"""`gpt4video info`: what is installed, what this machine has, what can be named."""

from __future__ import annotations

import platform
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from gpt4video.cli._console import busy, out, print_json, safe

PACKAGES: Final = (
    "gpt4video",
    "torch",
    "transformers",
    "peft",
    "diffusers",
    "open_clip_torch",
    "langchain-core",
    "detoxify",
    "av",
    "pydantic",
)


def run_info(*, as_json: bool) -> None:
    """Print versions, devices, presets and sizes of the shipped weights."""
    with busy("looking around"):
        facts = {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "versions": {name: _version(name) for name in PACKAGES},
            "devices": _devices(),
            "models": {"shapes": _weights()},
            "generators": _generators(),
            "policies": _policies(),
        }
    if as_json:
        print_json(facts)
        return
    table = Table("what", "value", box=None)
    for name, value in facts.items():
        rows = value if isinstance(value, dict) else {"": value}
        for key, each in rows.items():
            table.add_row(f"{name} {key}".strip(), safe(_told(each)))
    out.print(table)


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _devices() -> list[str]:
    import torch

    found = [f"cpu ({torch.get_num_threads()} threads)"]
    for index in range(torch.cuda.device_count()):
        memory = torch.cuda.get_device_properties(index).total_memory / 2**30
        found.append(f"cuda:{index} {torch.cuda.get_device_name(index)} ({memory:.0f} GiB)")
    if torch.backends.mps.is_available():
        found.append("mps")
    return found


def _weights() -> dict[str, str]:
    """Megabytes of each shipped part of the embedded model."""
    from gpt4video.loading import PRESETS

    parts = sorted(each for each in PRESETS["shapes"].iterdir() if each.is_dir())
    return {part.name: f"{_megabytes(part):.1f} MB" for part in parts}


def _megabytes(folder: Path) -> float:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6


def _generators() -> dict[str, Any]:
    from gpt4video_tools.gallery import PRESETS

    return {name: f"{each.licence}; {each.memory}" for name, each in PRESETS.items()}


def _policies() -> list[str]:
    folder = resources.files("gpt4video_guards") / "presets"
    return sorted(each.name.removesuffix(".yaml") for each in folder.iterdir())
