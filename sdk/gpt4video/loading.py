"""From a name or a folder to the parts of an assistant: model, guards, generator.

An assistant's folder:

    model/           the video LLM, with its processor; the folder itself may be it, too
    generator/       a text-to-video pipeline in diffusers' layout; without one, no clips are made
    concepts.json    optional: what its CLIP can tell apart, for the frame guard

A model names its frozen bases; the embedded one has them beside it, as `clip/` and `lm/`.
Torch and transformers are loaded by `load_parts`, not by importing this module.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gpt4video_guards import GuardPipeline, load_policy
from gpt4video_guards.errors import (
    CheckpointError,
    ConfigurationError,
    InvalidInputError,
    UnknownNameError,
)
from gpt4video_tools.gallery import load_generator

if TYPE_CHECKING:
    from gpt4video.reasoning import Reasoner
    from gpt4video_guards import Guard, Policy, Stage
    from gpt4video_tools.gallery import VideoGenerator

DTypeName = Literal["auto", "float32", "float16", "bfloat16"]

PRESETS = {"shapes": Path(__file__).parent / "pretrained" / "shapes"}
"""Assistants by name."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What an assistant is made of."""

    reasoner: Reasoner
    pipeline: GuardPipeline
    generator: VideoGenerator | None


def load_parts(
    name_or_folder: str | PathLike[str],
    *,
    policy: str | Path | Policy = "standard",
    device: str = "auto",
    dtype: DTypeName = "auto",
    generator: str | PathLike[str] | VideoGenerator | None = None,
    blocked_concepts: Sequence[str] = (),
) -> Parts:
    """Load the parts of an assistant; see `VideoAssistant.from_pretrained`.

    Raises:
        UnknownNameError: no assistant, policy or generator of this name.
        CheckpointError: a folder of weights is missing or incomplete.
        ConfigurationError: the policy has no place for `blocked_concepts`, or wants a frame guard
            that this model cannot give.
        InvalidInputError: a device or dtype that is not one.
    """
    folder = assistant_folder(name_or_folder)
    rules = load_policy(policy)
    _require_place_for(blocked_concepts, rules)

    from gpt4video.model import (
        GPT4VideoConfig,
        GPT4VideoForConditionalGeneration,
        GPT4VideoProcessor,
    )
    from gpt4video.reasoning import ModelReasoner

    device = chosen_device(device)
    weights = _model_folder(folder)
    try:
        config = GPT4VideoConfig.from_pretrained(weights)
        if config.bases:  # the words of the frame guard are read by the same CLIP
            config.vision_config.text_tower = True
        model: Any = GPT4VideoForConditionalGeneration.from_pretrained(
            weights, config=config, dtype=_torch_dtype(dtype, device)
        )
        processor = GPT4VideoProcessor.from_pretrained(weights)
    except OSError as error:  # what transformers raises for files that are missing or broken
        raise CheckpointError(weights, f"cannot be loaded: {error}") from error
    model.to(device).eval()
    guards = _frame_guards(rules, model, processor, folder, blocked_concepts)
    return Parts(
        reasoner=ModelReasoner(model, processor),
        pipeline=GuardPipeline(rules, guards),
        generator=_generator(generator, folder, device=device, dtype=dtype),
    )


def assistant_folder(name_or_folder: str | PathLike[str]) -> Path:
    """The folder of an assistant; a string without a path separator is a preset's name.

    Raises:
        UnknownNameError: no preset of this name.
        CheckpointError: the folder is not there, or holds no model.
    """
    name = os.fspath(name_or_folder)
    if isinstance(name_or_folder, str) and not any(m in name for m in ("/", os.sep)):
        if name not in PRESETS:
            raise UnknownNameError("assistant", name, PRESETS)
        folder = PRESETS[name]
        wanted = ("clip", "lm", "model", "generator")
        missing = [f"{part}/" for part in wanted if not _has_config(folder / part)]
        if missing:
            raise CheckpointError(
                folder, f"the embedded assistant '{name}' lacks {', '.join(missing)}"
            )
        return folder
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise CheckpointError(folder, "there is no such folder")
    _model_folder(folder)
    return folder


def chosen_device(device: str) -> str:
    """The device meant by a name; "auto" is the best one here.

    Raises:
        InvalidInputError: no such device.
    """
    import torch

    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.device(device)
    except RuntimeError as error:
        raise InvalidInputError("device", device, "'auto', 'cpu', 'cuda', 'cuda:0' ...") from error
    return device


def _torch_dtype(dtype: str, device: str) -> Any:
    import torch

    if dtype == "auto":
        if device.startswith("cpu"):
            return torch.float32
        half_is_wide = device.startswith("cuda") and torch.cuda.is_bf16_supported()
        return torch.bfloat16 if half_is_wide else torch.float16
    if dtype not in ("float32", "float16", "bfloat16"):
        raise InvalidInputError("dtype", dtype, "'auto', 'float32', 'float16' or 'bfloat16'")
    return getattr(torch, dtype)


def _model_folder(folder: Path) -> Path:
    for candidate in (folder / "model", folder):
        if (candidate / "config.json").is_file():
            return candidate
    raise CheckpointError(folder, "holds no model: neither model/config.json nor config.json")


def _has_config(folder: Path) -> bool:
    names = ("config.json", "open_clip_config.json", "model_index.json")
    return any((folder / name).is_file() for name in names)


def _generator(
    wanted: str | PathLike[str] | VideoGenerator | None,
    folder: Path,
    *,
    device: str,
    dtype: DTypeName,
) -> VideoGenerator | None:
    if wanted is None:
        own = folder / "generator"
        return load_generator(own, device=device, dtype=dtype) if own.is_dir() else None
    if isinstance(wanted, str | PathLike):
        return load_generator(wanted, device=device, dtype=dtype)
    return wanted


def _host_frame_guards(policy: Policy) -> list[str]:
    """Names under which the policy expects a frame guard from its host, captions among them."""
    return [
        name
        for name, spec in policy.guards.items()
        if spec.provider == "host" and spec.medium == "frames"
    ]


def _require_place_for(blocked_concepts: Sequence[str], policy: Policy) -> None:
    if isinstance(blocked_concepts, str):
        raise InvalidInputError("blocked_concepts", blocked_concepts, "a list of phrases")
    if not blocked_concepts:
        return
    from gpt4video._captions import CAPTIONS
    from gpt4video.watching import CALLERS

    names = set(_host_frame_guards(policy)) - {CAPTIONS}
    stages: tuple[Stage, ...] = ("input_video", "output_video")
    for stage in stages:
        rules = [rule for rule in policy.stages.get(stage, ()) if rule.guard in names]
        if not any(rule.limit(CALLERS, None) is not None for rule in rules):
            raise ConfigurationError(
                f"blocked_concepts: policy '{policy.name}' has no frame guard of provider 'host' "
                f"at {stage} with a threshold for '{CALLERS}' or '*', so nobody would look for them"
            )


def _frame_guards(
    policy: Policy, model: Any, processor: Any, folder: Path, blocked_concepts: Sequence[str]
) -> dict[str, Guard]:
    from gpt4video._captions import CAPTIONS, caption_guard
    from gpt4video.watching import frame_guard

    names = set(_host_frame_guards(policy))
    guards: dict[str, Guard] = {}
    if CAPTIONS in names:
        guards[CAPTIONS] = caption_guard(model, processor)
    if names - {CAPTIONS}:
        guard = frame_guard(model, processor, folder, blocked_concepts=blocked_concepts)
        guards |= dict.fromkeys(names - {CAPTIONS}, guard)
    return guards
