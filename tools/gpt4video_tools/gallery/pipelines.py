"""Finding a pipeline class of diffusers, and loading its weights. Imports torch and diffusers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import diffusers
import torch
import transformers

from gpt4video_guards.errors import CheckpointError, GPT4VideoError, InvalidInputError
from gpt4video_tools.gallery.families import Family, Half, family_of
from gpt4video_tools.gallery.loras import add_loras, checked_loras
from gpt4video_tools.gallery.placement import Placement

_FRAME_ARGUMENTS = ("num_frames", "video_length")
_MEDIA_ARGUMENTS = ("image", "video")


def text_to_video_class(name: str, *, where: str) -> Any:
    """The diffusers class of that name, deprecated ones too.

    Raises:
        CheckpointError: there is none, or it makes no video from text; `where` names the source.
    """
    found = _pipeline_class(name, where)
    text_to_video_parameters(found, where=where)
    return found


def video_to_video_class(name: str, *, where: str) -> Any:
    """The diffusers class of that name, which redraws a clip.

    Raises:
        CheckpointError: there is none, or it is not of this kind; `where` names the source.
    """
    found = _pipeline_class(name, where)
    video_to_video_parameters(found, where=where)
    return found


def text_to_video_parameters(pipeline_class: Any, *, where: str) -> frozenset[str]:
    """Names that the call of a text-to-video pipeline takes.

    Raises:
        CheckpointError: it does not make a video from text alone; `where` names the source.
    """
    names, needed = _call_parameters(pipeline_class)
    problem = f"{pipeline_class.__name__} is not a text-to-video pipeline"
    if "prompt" not in names or names.isdisjoint(_FRAME_ARGUMENTS):
        raise CheckpointError(where, f"{problem}: it takes no prompt or no number of frames")
    if needed - {"prompt"} or not names.isdisjoint(_MEDIA_ARGUMENTS):
        raise CheckpointError(where, f"{problem}: it wants more than words")
    return names


def video_to_video_parameters(pipeline_class: Any, *, where: str) -> frozenset[str]:
    """Names that the call of a video-to-video pipeline takes.

    Raises:
        CheckpointError: it does not redraw a clip by a prompt; `where` names the source.
    """
    names, needed = _call_parameters(pipeline_class)
    if not {"prompt", "video", "strength"} <= names or needed - {"prompt", "video"}:
        problem = f"{pipeline_class.__name__} is not a video-to-video pipeline"
        raise CheckpointError(where, f"{problem}: it should take prompt, video and strength")
    return names


def class_name_on_hub(repository: str) -> str:
    """The pipeline class that a repository of the hub names; fetches its index only.

    Raises:
        CheckpointError: it cannot be fetched.
    """
    try:
        index = diffusers.DiffusionPipeline.load_config(repository)
    except Exception as error:
        raise CheckpointError(repository, f"cannot be loaded: {error}") from error
    return str(index.get("_class_name"))


def load_pipeline(
    pipeline_class: Any,
    source: str,
    placement: Placement,
    *,
    half: Half | None = None,
    local_files_only: bool = False,
    motion_adapter: str | None = None,
) -> Any:
    """Load a pipeline, put LoRAs into it and put it where it shall work.

    Args:
        pipeline_class: of diffusers.
        source: a folder, or a repository of the hub.
        placement: see `load_generator`.
        half: what the dtype "auto" means on an accelerator, if not what the family says.
        local_files_only: never look at the network.
        motion_adapter: a folder or repository of AnimateDiff's motion modules, for `source`'s
            image model.

    Raises:
        CheckpointError: it cannot be loaded, or a LoRA does not fit it.
        InvalidInputError: a device, dtype or way of offloading that is not one, or that this
            device has no use for.
    """
    place = _device(placement.device)
    loras = checked_loras(placement.loras)
    precision = _precision(placement.dtype, place, half, family_of(pipeline_class.__name__))
    check_offload(placement.offload, place)
    where = {"dtype": precision, "local_files_only": local_files_only}
    try:
        with _quiet() if local_files_only else nullcontext():
            if motion_adapter is None:
                pipeline = pipeline_class.from_pretrained(source, **where)
            else:
                pipeline = _animated(pipeline_class, source, motion_adapter, where)
    except GPT4VideoError:
        raise
    except Exception as error:
        raise CheckpointError(source, f"cannot be loaded: {error}") from error
    add_loras(pipeline, loras)
    put(pipeline, place, placement.offload)
    return pipeline


def check_offload(offload: str, place: torch.device) -> None:
    """Pass if pipelines can be offloaded like this from that device.

    Raises:
        InvalidInputError: it is no way of offloading, or there is nothing to offload from.
    """
    if offload not in _OFFLOADS:
        raise InvalidInputError("offload", offload, f"one of {', '.join(_OFFLOADS)}")
    if offload != "none" and place.type == "cpu":
        raise InvalidInputError(
            "offload", offload, "'none' on a CPU; offloading saves the memory of a GPU"
        )


def put(pipeline: Any, place: torch.device, offload: str) -> None:
    """Move the pipeline to a device, as a whole or part by part when they are needed."""
    match offload:
        case "none":
            pipeline.to(place)
            return
        case "model":
            pipeline.enable_model_cpu_offload(device=place)
        case "sequential":
            pipeline.enable_sequential_cpu_offload(device=place)
    # Who offloads is short of memory, and most of it goes when the frames are decoded at once.
    if isinstance(pipeline.vae, diffusers.AutoencoderKL):  # an image autoencoder: frame by frame
        pipeline.vae.enable_slicing()
    elif hasattr(pipeline.vae, "enable_tiling"):
        pipeline.vae.enable_tiling()


_OFFLOADS = ("none", "model", "sequential")


def _animated(pipeline_class: Any, base: str, adapter: str, options: dict[str, Any]) -> Any:
    """An image model with motion modules, under the schedule that they were trained with."""
    motion = diffusers.MotionAdapter.from_pretrained(adapter, **options)
    pipeline = pipeline_class.from_pretrained(base, motion_adapter=motion, **options)
    pipeline.scheduler = diffusers.DDIMScheduler.from_config(
        pipeline.scheduler.config,
        beta_schedule="linear",
        timestep_spacing="linspace",
        clip_sample=False,
        steps_offset=1,
    )
    return pipeline


def _pipeline_class(name: str, where: str) -> Any:
    found = getattr(diffusers, name, None) or getattr(diffusers.pipelines, name, None)
    if not (inspect.isclass(found) and issubclass(found, diffusers.DiffusionPipeline)):
        raise CheckpointError(
            where, f"diffusers {diffusers.__version__} has no pipeline class {name!r}"
        )
    return found


def _call_parameters(pipeline_class: Any) -> tuple[frozenset[str], frozenset[str]]:
    """All names that the call takes, and those that have no default."""
    parameters = inspect.signature(pipeline_class.__call__).parameters
    needed = {
        name
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    return frozenset(parameters) - {"self"}, frozenset(needed) - {"self"}


@contextmanager
def _quiet() -> Iterator[None]:
    """No bars about reading files from disk, and none of diffusers' remarks about parts of another
    class than its own examples have: what really does not fit raises. A host that has set another
    verbosity than the default keeps it. Downloads keep their bars."""
    libraries = [diffusers.utils.logging, transformers.utils.logging]
    shown = [library for library in libraries if library.is_progress_bar_enabled()]
    verbosity = diffusers.utils.logging.get_verbosity()
    for library in shown:
        library.disable_progress_bar()
    if verbosity == logging.WARNING:
        diffusers.utils.logging.set_verbosity_error()
    try:
        yield
    finally:
        diffusers.utils.logging.set_verbosity(verbosity)
        for library in shown:
            library.enable_progress_bar()


def _device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise InvalidInputError("device", name, "'auto', 'cpu', 'cuda', 'cuda:1', 'mps'") from error


def _precision(
    name: str, device: torch.device, half: Half | None, family: Family
) -> torch.dtype | dict[str, torch.dtype]:
    known = {
        "float32": torch.float32,
        "float16": torch.float16,
        "bfloat16": torch.bfloat16,
    }
    if name == "auto":
        if device.type == "cpu":
            return torch.float32
        kept = dict.fromkeys(family.float32, torch.float32)
        return {"default": known[half or family.half], **kept}
    if name not in known:
        raise InvalidInputError("dtype", name, f"'auto' or one of {', '.join(known)}")
    return known[name]
