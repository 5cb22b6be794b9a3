"""Writing and reading checkpoints, in two forms.

* What was trained: `config.json`, `abstractor.safetensors` and, with LoRA, a PEFT folder
  `adapter/`. The configuration names the frozen bases: folders (a relative one counts from the
  checkpoint's own folder) or hub names. This is what `save_pretrained` writes where the bases are
  known.
* Self-contained: one ordinary transformers folder with every weight, LoRA merged. `merge` writes
  it.

`from_pretrained` reads both. Weights are converted to float32 unless `dtype` says otherwise, since
half precision is slow on a CPU.
"""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

import torch
from huggingface_hub import snapshot_download
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel

from gpt4video.model.config import AbstractorConfig, GPT4VideoConfig
from gpt4video.model.encoder import FrameEncoder, load_clip_weights, vision_config_from
from gpt4video.model.lora import merged_state
from gpt4video_guards.errors import CheckpointError

ABSTRACTOR_FILE = "abstractor.safetensors"
ADAPTER_FOLDER = (
    "adapter"  # a folder of its own: beside config.json, Auto classes would take it for the model
)


class CheckpointMixin:
    """Saving and loading of `GPT4VideoForConditionalGeneration`."""

    config: GPT4VideoConfig
    model: Any
    language_model: Any
    generation_config: Any
    has_lora: bool

    @classmethod
    def from_bases(
        cls,
        *,
        vision: str | Path,
        text: str | Path,
        abstractor: AbstractorConfig,
        video_token_id: int,
        num_frames: int = 8,
        layer: int = -2,
        vision_name: str | None = None,
        text_tower: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> Self:
        """A model with fresh abstractor over frozen bases: where training starts.

        Args:
            vision: folder, hub name, or tag of `vision_name`; see `FrameEncoder.from_pretrained`.
            text: folder or hub id of a causal language model.
            abstractor: size of the abstractor; its output is scaled to the language model.
            video_token_id: id of the placeholder; it may lie outside of the model's vocabulary.
            num_frames: frames per clip.
            layer: layer of the encoder that is read.
            vision_name: open_clip's model name, where `vision` is a tag.
            text_tower: keep the encoder's text tower.
            dtype: of all weights.
        """
        language_model = AutoModelForCausalLM.from_pretrained(_source(text), dtype=dtype)
        config = GPT4VideoConfig(
            vision_config=vision_config_from(
                _source(vision), model_name=vision_name, layer=layer, text_tower=text_tower
            ),
            abstractor_config=deepcopy(abstractor),
            text_config=language_model.config,
            text_pretrained=_source(text),
            video_token_id=video_token_id,
            num_frames=num_frames,
        )
        built: Any = _assembled(cls, config, language_model, dtype)
        abstractor_module = built.model.abstractor.to_empty(device="cpu").to(dtype)
        abstractor_module.reset_parameters()
        built.calibrate_abstractor()
        built.freeze_bases()
        fresh: Self = built
        return fresh

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], *args: Any, **kwargs: Any
    ) -> Self:
        """Load either form from a folder or a hub id, in evaluation mode.

        Args:
            pretrained_model_name_or_path: folder or hub id.
            dtype: of all weights: a torch type or its name, "auto" for the saved one; float32 by
                default.
            **kwargs: as in transformers, for self-contained folders.

        Raises:
            CheckpointError: a file is missing or does not fit the configuration.
        """
        dtype = kwargs.pop("dtype", None) or torch.float32
        folder = _local_folder(pretrained_model_name_or_path, kwargs)
        config = kwargs.pop("config", None) or GPT4VideoConfig.from_pretrained(folder)
        if not isinstance(config, GPT4VideoConfig):
            raise CheckpointError(folder, f"is of another kind: {type(config).__name__}")
        if not config.bases:
            return super().from_pretrained(  # type: ignore[misc, no-any-return]
                folder, *args, config=config, dtype=dtype, **kwargs
            )
        device = kwargs.pop("device_map", None)
        built: Any = _read_trained(cls, folder, config, _torch_type(dtype, config))
        if device is not None:
            built.to(device if isinstance(device, str | torch.device) else device[""])
        loaded: Self = built
        return loaded

    def save_pretrained(self, save_directory: str | os.PathLike[str], **kwargs: Any) -> None:
        """Write what was trained, or everything where the bases' origin is unknown.

        Args:
            save_directory: folder, made where it is missing.
            dtype: of the abstractor and the adapter on disk; their own by default.
            bases: names of the frozen bases to write, as {"vision": "../clip", "text": "../lm"};
                by default where they were loaded from, relative for folders beside this one.
            **kwargs: as in transformers, for the self-contained form.

        Raises:
            CheckpointError: LoRA on unnamed bases; `merge` writes that.
        """
        dtype, bases = kwargs.pop("dtype", None), kwargs.pop("bases", None)
        folder = Path(save_directory)
        if not self.config.bases:
            if self.has_lora:
                raise CheckpointError(
                    folder, "LoRA on bases of unknown origin: write it with merge()"
                )
            super().save_pretrained(folder, **kwargs)  # type: ignore[misc]
            return
        folder.mkdir(parents=True, exist_ok=True)
        config = _portable(self.config, folder, bases or {})
        config.architectures = [type(self).__name__]
        config.dtype = str(dtype or self.model.abstractor.log_scale.dtype).removeprefix("torch.")
        config.save_pretrained(folder)
        self.generation_config.save_pretrained(folder)
        _save_tensors(self.model.abstractor.state_dict(), folder / ABSTRACTOR_FILE, dtype)
        if self.has_lora:
            base = config.text_pretrained or ""
            _save_adapter(self.language_model, folder / ADAPTER_FOLDER, dtype, base=base)

    def merge(
        self, save_directory: str | os.PathLike[str], *, dtype: torch.dtype | None = None
    ) -> None:
        """Write a self-contained folder with every weight, LoRA merged; this model stays as it is.

        Args:
            save_directory: folder, made where it is missing.
            dtype: of the weights on disk; their own by default.
        """
        config = deepcopy(self.config)
        config.vision_config.pretrained = config.text_pretrained = None
        _forget_origin(config)
        state = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        merged = merged_state(self.language_model)
        state |= {f"language_model.{name}": value for name, value in merged.items()}
        with torch.device("meta"):
            whole: Any = type(self)(config)  # type: ignore[call-arg]
        whole.load_state_dict(state, assign=True)
        whole.tie_weights()
        whole.generation_config = deepcopy(self.generation_config)
        PreTrainedModel.save_pretrained(whole.to(dtype) if dtype else whole, save_directory)


def _assembled(
    kind: Any, config: GPT4VideoConfig, language_model: nn.Module, dtype: torch.dtype
) -> Any:
    """A model whose bases are loaded and whose abstractor is still on the meta device."""
    with torch.device("meta"):
        built = kind(config)
    tower = FrameEncoder(config.vision_config)
    load_clip_weights(tower, config.vision_config.pretrained)
    built.model.vision_tower = tower.to(dtype)
    built.language_model = language_model
    return built


def _read_trained(kind: Any, folder: Path, config: GPT4VideoConfig, dtype: torch.dtype) -> Any:
    config.vision_config.pretrained = _resolved(config.vision_config.pretrained, folder)
    config.text_pretrained = _resolved(config.text_pretrained, folder)
    language_model = AutoModelForCausalLM.from_pretrained(config.text_pretrained, dtype=dtype)
    built = _assembled(kind, config, language_model, dtype)
    weights = _load_tensors(folder / ABSTRACTOR_FILE, dtype)
    try:
        built.model.abstractor.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise CheckpointError(
            folder / ABSTRACTOR_FILE, f"does not fit the configuration: {error}"
        ) from error
    if (folder / ADAPTER_FOLDER).is_dir():
        language_model.load_adapter(
            str(folder / ADAPTER_FOLDER),
            adapter_state_dict=_load_tensors(
                folder / ADAPTER_FOLDER / "adapter_model.safetensors", dtype
            ),
        )
    if (folder / "generation_config.json").is_file():
        built.generation_config = type(built.generation_config).from_pretrained(folder)
    built.freeze_bases()
    return built.eval()


def _save_adapter(
    language_model: Any, folder: Path, dtype: torch.dtype | None, *, base: str
) -> None:
    """In PEFT's own layout, so that PEFT alone can read it too."""
    folder.mkdir(exist_ok=True)
    adapter = language_model.active_adapters()[0]
    settings = deepcopy(language_model.peft_config[adapter])
    settings.base_model_name_or_path = base
    settings.save_pretrained(folder)
    state = language_model.get_adapter_state_dict(adapter)
    named = {f"base_model.model.{name}": value for name, value in state.items()}
    _save_tensors(named, folder / "adapter_model.safetensors", dtype)


def _save_tensors(state: dict[str, Tensor], path: Path, dtype: torch.dtype | None) -> None:
    """Written under a temporary name first, so that an interrupted save destroys nothing."""
    tensors = {
        name: value.detach().cpu().to(dtype or value.dtype).contiguous()
        for name, value in state.items()
    }
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, metadata={"format": "pt"})
    part.replace(path)


def _load_tensors(path: Path, dtype: torch.dtype) -> dict[str, Tensor]:
    if not path.is_file():
        raise CheckpointError(path, "no such file")
    return {name: value.to(dtype) for name, value in load_file(path).items()}


def _local_folder(name: str | os.PathLike[str], options: dict[str, Any]) -> Path:
    folder = Path(name)
    if folder.is_dir():
        return folder
    if isinstance(name, str) and name.count("/") == 1 and not name.startswith((".", "/", "~")):
        known = ("revision", "token", "cache_dir", "local_files_only")
        return Path(snapshot_download(name, **{k: options[k] for k in known if k in options}))
    raise CheckpointError(name, "no such folder")


def _source(base: str | Path) -> str:
    """A local base as an absolute path, so that it means the same wherever the process goes."""
    return str(Path(base).resolve()) if Path(base).is_dir() else str(base)


def _resolved(base: str | None, folder: Path) -> str:
    if base is None:
        raise CheckpointError(folder, "its configuration names one frozen base only")
    beside = folder / base
    if beside.is_dir():
        return str(beside.resolve())
    if base.startswith(".") or os.path.isabs(base):
        raise CheckpointError(beside, "the frozen base that the configuration names is not there")
    return base


def _portable(config: GPT4VideoConfig, folder: Path, names: dict[str, str]) -> GPT4VideoConfig:
    """A copy that names bases beside `folder` relatively, so that the group of folders can move."""
    copy = deepcopy(config)
    here = folder.resolve()

    def named(base: str | None) -> str | None:
        if base is not None and os.path.isabs(base) and Path(base).parent == here.parent:
            return os.path.relpath(base, here)
        return base

    copy.vision_config.pretrained = names.get("vision") or named(config.vision_config.pretrained)
    copy.text_pretrained = names.get("text") or named(config.text_pretrained)
    _forget_origin(copy)
    return copy


def _forget_origin(config: GPT4VideoConfig) -> None:
    """The text configuration remembers the path that it was read from: this machine's affair."""
    text: Any = config.text_config
    text._name_or_path = config.text_pretrained or ""


def _torch_type(dtype: torch.dtype | str, config: GPT4VideoConfig) -> torch.dtype:
    if dtype == "auto":
        dtype = config.dtype or torch.float32
    found = getattr(torch, dtype) if isinstance(dtype, str) else dtype
    return found if isinstance(found, torch.dtype) else torch.float32


__all__ = ["CheckpointMixin"]
