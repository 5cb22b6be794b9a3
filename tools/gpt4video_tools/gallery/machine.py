"""What this machine has, and which presets fit it. Loads no model library."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

from gpt4video_tools.gallery.presets import Endpoint, Shipped, VideoPreset

_MEBI = 2**20
_GPU_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Memory of a machine, in GB (10^9 bytes)."""

    ram_gb: float | None
    """None where it cannot be told."""
    gpu_gb: float | None
    """Of the largest NVIDIA GPU; None where there is none."""
    packages: frozenset[str] = frozenset()
    """Which of `NEEDED` are installed."""
    variables: frozenset[str] = frozenset()
    """Names in the environment that hold something."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Whether a preset fits a machine."""

    verdict: Literal["yes", "maybe", "no"]
    reason: str
    """A short sentence; empty where all is well."""


NEEDED = ("accelerate", "diffusers", "torch", "transformers")
"""Packages that every preset but the remote one needs."""


def this_machine(environment: Mapping[str, str] = os.environ) -> Machine:
    """Look around here; nothing heavy is imported."""
    return Machine(
        ram_gb=_ram_gb(),
        gpu_gb=_gpu_gb(),
        packages=frozenset(name for name in NEEDED if find_spec(name) is not None),
        variables=frozenset(name for name, value in environment.items() if value),
    )


def fit(preset: VideoPreset, machine: Machine) -> Fit:
    """Whether the preset can be loaded and run at its default size."""
    match preset.source:
        case Endpoint(variable=variable):
            if variable in machine.variables:
                return Fit(verdict="yes", reason="")
            return Fit(verdict="no", reason=f"{variable} is not set")
    if missing := set(NEEDED) - machine.packages:
        return Fit(verdict="no", reason=f"not installed: {', '.join(sorted(missing))}")
    if isinstance(preset.source, Shipped):
        return Fit(verdict="yes", reason="")
    return _fit_of_memory(preset, machine)


def _fit_of_memory(preset: VideoPreset, machine: Machine) -> Fit:
    weights = preset.weights_gb
    if weights is not None and machine.ram_gb is not None and machine.ram_gb < weights:
        reason = f"{weights:.0f} GB of weights, {machine.ram_gb:.0f} GB of memory here"
        return Fit(verdict="no", reason=reason)
    if machine.gpu_gb is None:
        return Fit(verdict="no", reason="no NVIDIA GPU found")
    if preset.gpu_gb is None:
        return Fit(verdict="maybe", reason="what it needs of the GPU is not said")
    if machine.gpu_gb < preset.gpu_gb:
        reason = f"{preset.gpu_gb:g} GB of GPU memory wanted, {machine.gpu_gb:.0f} GB here"
        return Fit(verdict="no", reason=reason)
    return Fit(verdict="yes", reason='with offload="model"' if preset.offloaded else "")


def _ram_gb() -> float | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (AttributeError, OSError, ValueError):  # not a POSIX system
        return None


def _gpu_gb() -> float | None:
    """Asks the driver's own tool, which is quicker than loading torch."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    query = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            query, capture_output=True, text=True, timeout=_GPU_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return largest_gpu_gb(done.stdout)


def largest_gpu_gb(lines: str) -> float | None:
    """The largest of the numbers (in MiB, one a line) that the tool prints, in GB."""
    sizes = [int(line) for line in lines.split() if line.isdecimal()]
    return max(sizes) * _MEBI / 1e9 if sizes else None
