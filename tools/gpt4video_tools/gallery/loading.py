"""From a name or a folder to a generator."""

from __future__ import annotations

import json
import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from gpt4video_guards.errors import CheckpointError, UnknownNameError
from gpt4video_tools.gallery.presets import PRESETS, GenerationDefaults

if TYPE_CHECKING:
    from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator

DTypeName = Literal["auto", "float32", "float16", "bfloat16"]

_DEFAULTS_FILE = "generation_defaults.json"
_HUB = "hub:"


def load_generator(
    name_or_folder: str | PathLike[str],
    *,
    device: str = "cpu",
    dtype: DTypeName = "auto",
) -> DiffusersVideoGenerator:
    """Load a text-to-video pipeline.

    Args:
        name_or_folder: a preset's name (no path separator; see `PRESETS`), a folder in diffusers'
            layout (with a separator, `"./mine"`, or a `Path`), or `"hub:owner/name"`. Only the
            first and the last fetch anything, and only what they name.
        device: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`, or `"auto"` for the best one here.
        dtype: of the weights; `"auto"` is float32 on a CPU, and elsewhere float16 or
            what the preset says.

    Raises:
        UnknownNameError: no preset has this name.
        CheckpointError: the folder is absent, or holds no text-to-video pipeline.
        InvalidInputError: a device or dtype that is not one.
    """
    from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator

    target = os.fspath(name_or_folder)
    if target.startswith(_HUB) and not isinstance(name_or_folder, PathLike):
        repository = target.removeprefix(_HUB)
        defaults = GenerationDefaults()
        return DiffusersVideoGenerator.from_hub(
            repository, name=repository, defaults=defaults, device=device, dtype=dtype
        )
    if isinstance(name_or_folder, PathLike) or _has_separator(target):
        folder = Path(target).expanduser()
        class_name = _pipeline_class_name(folder)
        return DiffusersVideoGenerator.from_folder(
            folder,
            class_name=class_name,
            name=folder.absolute().name,
            defaults=read_defaults(folder),
            device=device,
            dtype=dtype,
        )
    if target not in PRESETS:
        raise UnknownNameError("video generator", target, PRESETS)
    preset = PRESETS[target]
    return DiffusersVideoGenerator.from_hub(
        preset.repository,
        class_name=preset.pipeline,
        name=preset.name,
        defaults=preset.defaults,
        device=device,
        dtype=dtype,
        half=preset.half,
    )


def read_defaults(folder: Path) -> GenerationDefaults:
    """`generation_defaults.json` of a folder; plain defaults where there is none.

    Raises:
        CheckpointError: the file is there and not right.
    """
    path = folder / _DEFAULTS_FILE
    if not path.exists():
        return GenerationDefaults()
    try:
        return GenerationDefaults.model_validate(_read_json(path))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the file"
        raise CheckpointError(path, f"{where}: {problem['msg']}") from error


def _pipeline_class_name(folder: Path) -> str:
    if not folder.is_dir():
        raise CheckpointError(folder, "there is no such folder")
    index = folder / "model_index.json"
    if not index.is_file():
        raise CheckpointError(folder, "no model_index.json: not a folder in diffusers' layout")
    content = _read_json(index)
    name = content.get("_class_name") if isinstance(content, dict) else None
    if not isinstance(name, str):  # diffusers writes a list where the code is in the folder
        raise CheckpointError(index, f"_class_name is {name!r}, expected a class of diffusers")
    return name


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(path, f"cannot be read as JSON: {error}") from error


def _has_separator(name: str) -> bool:
    return any(mark in name for mark in {"/", os.sep, os.altsep} if mark)
