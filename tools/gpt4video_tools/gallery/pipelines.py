"""Finding a text-to-video pipeline class of diffusers, and loading its weights."""

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

_FRAME_ARGUMENTS = ("num_frames", "video_length")


def text_to_video_class(name: str, *, where: str) -> Any:
    """The diffusers class of that name, deprecated ones too.

    Raises:
        CheckpointError: there is none, or it makes no video from text; `where` names the source.
    """
    found = getattr(diffusers, name, None) or getattr(diffusers.pipelines, name, None)
    if not (inspect.isclass(found) and issubclass(found, diffusers.DiffusionPipeline)):
        raise CheckpointError(
            where, f"diffusers {diffusers.__version__} has no pipeline class {name!r}"
        )
    call_parameters(found, where=where)
    return found


def call_parameters(pipeline_class: Any, *, where: str) -> frozenset[str]:
    """Names that the pipeline's call takes.

    Raises:
        CheckpointError: it does not make a video from text alone; `where` names the source.
    """
    parameters = inspect.signature(pipeline_class.__call__).parameters
    needed = {
        name
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    } - {"self", "prompt"}
    problem = f"{pipeline_class.__name__} is not a text-to-video pipeline"
    if "prompt" not in parameters or not any(name in parameters for name in _FRAME_ARGUMENTS):
        raise CheckpointError(where, f"{problem}: it takes no prompt or no number of frames")
    if needed or parameters.get("image") is not None or "video" in parameters:
        raise CheckpointError(where, f"{problem}: it wants more than words")
    return frozenset(parameters) - {"self"}


def load_pipeline(
    pipeline_class: Any,
    source: str,
    device: str,
    dtype: str,
    *,
    half: str = "float16",
    **options: Any,
) -> Any:
    """Load a pipeline and put it on a device; see `load_generator` for the arguments.

    Raises:
        CheckpointError: it cannot be loaded.
        InvalidInputError: a device or dtype that is not one.
    """
    place = _device(device)
    precision = _dtype(dtype, place, half)
    try:
        with _quiet() if "local_files_only" in options else nullcontext():
            pipeline = pipeline_class.from_pretrained(source, dtype=precision, **options)
    except GPT4VideoError:
        raise
    except Exception as error:
        raise CheckpointError(source, f"cannot be loaded: {error}") from error
    return pipeline.to(place)


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


def _dtype(name: str, device: torch.device, half: str) -> torch.dtype:
    known = {
        "float32": torch.float32,
        "float16": torch.float16,
        "bfloat16": torch.bfloat16,
    }
    if name == "auto":
        return torch.float32 if device.type == "cpu" else known[half]
    if name not in known:
        raise InvalidInputError("dtype", name, f"'auto' or one of {', '.join(known)}")
    return known[name]
