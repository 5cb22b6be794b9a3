"""Small trained additions to a generator's weights, loaded from files. Imports nothing heavy."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gpt4video_guards.errors import CheckpointError, InvalidInputError

Loras = Mapping[str, float] | Mapping[Path, float]
"""Files or folders, each with how strongly it works (1.0: as trained)."""


def checked_loras(loras: Loras) -> dict[Path, float]:
    """The files and folders with their weights, before anything is loaded.

    Raises:
        CheckpointError: one is not there.
        InvalidInputError: a weight that is no finite number.
    """
    found = {Path(path).expanduser(): weight for path, weight in loras.items()}
    for path, weight in found.items():
        if not path.exists():
            raise CheckpointError(path, "there is no such LoRA")
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise InvalidInputError("loras", weight, "a number for each path")
        if not math.isfinite(weight):
            raise InvalidInputError("loras", weight, "a finite weight for each path")
    return found


def add_loras(pipeline: Any, loras: Mapping[Path, float]) -> None:
    """Load them into the pipeline, each scaled by its weight.

    Raises:
        CheckpointError: the pipeline takes none, or a file does not fit it.
    """
    names = {f"lora_{number}": path for number, path in enumerate(loras)}
    for name, path in names.items():
        if not hasattr(pipeline, "load_lora_weights"):
            raise CheckpointError(path, f"{type(pipeline).__name__} takes no LoRA")
        file = {"weight_name": path.name} if path.is_file() else {}
        folder = path.parent if path.is_file() else path
        try:
            with warnings.catch_warnings():  # peft is surprised to find a second one
                warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
                pipeline.load_lora_weights(
                    str(folder),
                    adapter_name=name,
                    local_files_only=True,
                    use_safetensors=True,
                    **file,
                )
        except Exception as error:
            problem = f"cannot be loaded as a LoRA of {type(pipeline).__name__}: {error}"
            raise CheckpointError(path, problem) from error
        if not any(name in adapters for adapters in pipeline.get_list_adapters().values()):
            # diffusers only logs a warning and goes on without it
            raise CheckpointError(path, f"nothing in it fits {type(pipeline).__name__}")
    if names:
        pipeline.set_adapters(list(names), [float(weight) for weight in loras.values()])
