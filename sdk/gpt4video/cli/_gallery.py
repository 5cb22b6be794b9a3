"""`gpt4video gallery`: the generators that can be named, and which of them fit this machine."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from gpt4video.cli._console import busy, out, print_json, safe
from gpt4video_guards.errors import UnknownNameError
from gpt4video_tools.gallery import PRESETS, VideoPreset
from gpt4video_tools.gallery.machine import Machine, fit, this_machine
from gpt4video_tools.gallery.presets import Endpoint, Hub, SecondStage, Shipped

_COLUMNS = ("licence", "commercial use", "GPU memory", "clip", "fits here")


def run_gallery(name: str | None, *, as_json: bool) -> None:
    """Print all presets, or one in full.

    Raises:
        UnknownNameError: no preset of this name.
    """
    if name is not None and name not in PRESETS:
        raise UnknownNameError("video generator", name, PRESETS)
    with busy("looking around"):
        machine = this_machine()
    chosen = PRESETS.values() if name is None else [PRESETS[name]]
    facts = [_facts(preset, machine) for preset in chosen]
    if as_json:
        print_json(facts if name is None else facts[0])
    elif name is None:
        out.print(_all(facts))
    else:
        out.print(_one(facts[0]))


def _facts(preset: VideoPreset, machine: Machine) -> dict[str, Any]:
    fits = fit(preset, machine)
    return {
        "name": preset.name,
        "source": _source(preset),
        "pipeline": preset.pipeline,
        "licence": preset.licence,
        "terms": preset.terms,
        "commercial": preset.commercial,
        "memory": preset.memory,
        "gpu_gb": preset.gpu_gb,
        "weights_gb": preset.weights_gb,
        "rules": None if preset.rules is None else str(preset.rules),
        "defaults": preset.defaults.model_dump(exclude_none=True),
        "fits": fits.verdict,
        "reason": fits.reason,
    }


def _source(preset: VideoPreset) -> str:
    match preset.source:
        case Hub(repository=repository, motion_adapter=None):
            return repository
        case Hub(repository=repository, motion_adapter=adapter):
            return f"{repository} with {adapter}"
        case SecondStage(repository=repository, first=first):
            return f"{repository} after {first}"
        case Shipped():
            return "shipped with the package"
        case Endpoint(variable=variable):
            return f"the address in {variable}"


def _all(facts: list[dict[str, Any]]) -> Table:
    table = Table(box=None)
    table.add_column("name", no_wrap=True)
    for column in _COLUMNS:
        table.add_column(column)
    for each in facts:
        memory = "" if each["gpu_gb"] is None else f"{each['gpu_gb']:g} GB"
        cells = (each["name"], each["licence"], each["commercial"], memory, _clip(each["defaults"]))
        table.add_row(*map(safe, cells), safe(_told_fit(each)))
    return table


def _clip(defaults: dict[str, Any]) -> str:
    if "num_frames" not in defaults:
        return ""
    return "{num_frames} x {width} x {height} at {fps:g}/s".format_map(defaults)


def _one(facts: dict[str, Any]) -> Table:
    table = Table("what", "value", box=None)
    told = {**facts, "fits": _told_fit(facts)}
    told["defaults"] = ", ".join(f"{key} {value}" for key, value in facts["defaults"].items())
    del told["reason"]  # told with the verdict
    for key, value in told.items():
        if value not in (None, ""):
            table.add_row(key.replace("_", " "), safe(str(value)))
    return table


def _told_fit(facts: dict[str, Any]) -> str:
    return f"{facts['fits']}: {facts['reason']}" if facts["reason"] else str(facts["fits"])
