"""From a name or a folder to a generator."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gpt4video_guards.errors import CheckpointError, InvalidInputError, UnknownNameError
from gpt4video_tools.gallery.defaults import GenerationDefaults
from gpt4video_tools.gallery.loras import Loras
from gpt4video_tools.gallery.placement import DTypeName, OffloadName, Placement
from gpt4video_tools.gallery.presets import (
    PRESETS,
    Endpoint,
    Hub,
    SecondStage,
    Shipped,
    VideoPreset,
)

if TYPE_CHECKING:
    from gpt4video_tools.gallery.request import VideoGenerator

_DEFAULTS_FILE = "generation_defaults.json"
_HUB = "hub:"


def load_generator(
    name_or_folder: str | PathLike[str],
    *,
    device: str = "cpu",
    dtype: DTypeName = "auto",
    offload: OffloadName = "none",
    loras: Loras | None = None,
) -> VideoGenerator:
    """Load a text-to-video generator.

    Args:
        name_or_folder: a preset's name (no path separator; see `PRESETS`), a folder in diffusers'
            layout (with a separator, `"./mine"`, or a `Path`), or `"hub:owner/name"`. Only the
            first and the last fetch anything, and only what they name.
        device: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`, or `"auto"` for the best one here.
        dtype: of the weights; `"auto"` is float32 on a CPU, and elsewhere the half precision that
            the preset or the family was made for.
        offload: what waits in the CPU's memory while it is not needed: nothing (`"none"`), whole
            parts (`"model"`), or every layer (`"sequential"`: least memory, slowest). Frames are
            then decoded in pieces as well. Needs a device that is no CPU.
        loras: files or folders of LoRA weights, each with how strongly it works (1.0: as trained).
            Of a preset in two stages they go into the first.

    Raises:
        UnknownNameError: no preset has this name.
        CheckpointError: the folder is absent, or holds no text-to-video pipeline; a LoRA is
            absent, or does not fit.
        ConfigurationError: the remote generator is not told its address.
        InvalidInputError: a device, dtype or way of offloading that is not one, or that does not
            go with the rest.
    """
    placement = Placement(device=device, dtype=dtype, offload=offload, loras=loras or {})
    if (preset := named_preset(name_or_folder)) is not None:
        return _from_preset(preset, placement)
    target = os.fspath(name_or_folder)
    if isinstance(name_or_folder, str) and target.startswith(_HUB):
        return _from_hub(target.removeprefix(_HUB), placement)
    folder = Path(target).expanduser()
    return _from_folder(folder, placement, name=folder.absolute().name)


def named_preset(name_or_folder: str | PathLike[str]) -> VideoPreset | None:
    """The preset that `load_generator` takes this for; None for a folder or a repository.

    Raises:
        UnknownNameError: no preset has this name.
    """
    if not isinstance(name_or_folder, str):
        return None
    if name_or_folder.startswith(_HUB) or _has_separator(name_or_folder):
        return None
    if name_or_folder not in PRESETS:
        raise UnknownNameError("video generator", name_or_folder, PRESETS)
    return PRESETS[name_or_folder]


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


def shipped_folder(source: Shipped) -> Path:
    """Where weights of the package lie.

    Raises:
        CheckpointError: the package that should hold them is not installed.
    """
    package, *parts = source.folder.split("/")
    spec = find_spec(package)  # looks for it, and does not import it
    if spec is None or spec.origin is None:
        raise CheckpointError(source.folder, f"the package {package} is not installed")
    return Path(spec.origin).parent.joinpath(*parts)


def _from_preset(preset: VideoPreset, placement: Placement) -> VideoGenerator:
    match preset.source:
        case Shipped() as source:
            return _from_folder(shipped_folder(source), placement, name=preset.name)
        case Endpoint(variable=variable):
            if placement.loras or placement.offload != "none":
                raise InvalidInputError(
                    "loras" if placement.loras else "offload",
                    preset.name,
                    "a generator on this machine; what a server loads is its own affair",
                )
            from gpt4video_tools.gallery.remote import RemoteVideoGenerator

            return RemoteVideoGenerator.from_environment(variable)
        case Hub(repository=repository, motion_adapter=adapter):
            from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator
            from gpt4video_tools.gallery.pipelines import load_pipeline, text_to_video_class

            pipeline = load_pipeline(
                text_to_video_class(preset.pipeline, where=repository),
                repository,
                placement,
                half=preset.half,
                motion_adapter=adapter,
            )
            return DiffusersVideoGenerator(pipeline, name=preset.name, defaults=preset.defaults)
        case SecondStage() as stage:
            return _two_stages(preset, stage, placement)


def _two_stages(preset: VideoPreset, stage: SecondStage, placement: Placement) -> VideoGenerator:
    from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator
    from gpt4video_tools.gallery.pipelines import load_pipeline, video_to_video_class
    from gpt4video_tools.gallery.upscaling import UpscalingVideoGenerator

    second = video_to_video_class(preset.pipeline, where=stage.repository)
    first = _from_preset(PRESETS[stage.first], placement)
    assert isinstance(first, DiffusersVideoGenerator)
    pipeline = load_pipeline(
        second, stage.repository, replace(placement, loras={}), half=preset.half
    )
    return UpscalingVideoGenerator(
        first, pipeline, name=preset.name, defaults=preset.defaults, strength=stage.strength
    )


def _from_folder(folder: Path, placement: Placement, *, name: str) -> VideoGenerator:
    class_name = _pipeline_class_name(folder)
    from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator
    from gpt4video_tools.gallery.pipelines import load_pipeline, text_to_video_class

    pipeline_class = text_to_video_class(class_name, where=str(folder))
    defaults = read_defaults(folder)
    pipeline = load_pipeline(pipeline_class, str(folder), placement, local_files_only=True)
    return DiffusersVideoGenerator(pipeline, name=name, defaults=defaults)


def _from_hub(repository: str, placement: Placement) -> VideoGenerator:
    from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator
    from gpt4video_tools.gallery.pipelines import (
        class_name_on_hub,
        load_pipeline,
        text_to_video_class,
    )

    pipeline_class = text_to_video_class(class_name_on_hub(repository), where=repository)
    pipeline = load_pipeline(pipeline_class, repository, placement)
    return DiffusersVideoGenerator(pipeline, name=repository)


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
