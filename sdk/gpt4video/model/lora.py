"""LoRA on the language model, by PEFT, and the weights that it amounts to."""

from __future__ import annotations

from typing import Any

import torch
from peft import LoraConfig
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor
from transformers.pytorch_utils import Conv1D

from gpt4video_guards.errors import InvalidInputError


class LoraMixin:
    """Adapter handling of the model class; the adapter sits on its language model."""

    language_model: Any

    @property
    def has_lora(self) -> bool:
        """Whether the language model carries an adapter."""
        return any(isinstance(module, BaseTunerLayer) for module in self.language_model.modules())

    def add_lora(
        self,
        *,
        rank: int = 16,
        alpha: float | None = None,
        dropout: float = 0.0,
        target_modules: str | list[str] = "all-linear",
    ) -> None:
        """Put a fresh LoRA adapter on the language model; everything else of it is frozen.

        Args:
            rank: of the two factors; at least 1.
            alpha: scale of the update times the rank; None for twice the rank.
            dropout: on the adapter's input, in [0, 1).
            target_modules: PEFT's choice of layers; by default every linear layer but the head.

        Raises:
            InvalidInputError: the rank is not positive, or there is an adapter already.
        """
        if rank < 1:
            raise InvalidInputError("rank", rank, "at least 1")
        if self.has_lora:
            raise InvalidInputError("rank", rank, "a model that carries no LoRA adapter yet")
        config = LoraConfig(
            r=rank,
            lora_alpha=2 * rank if alpha is None else alpha,
            lora_dropout=dropout,
            target_modules=target_modules,
            # GPT-2 and its kin keep their weights the other way round.
            fan_in_fan_out=any(isinstance(m, Conv1D) for m in self.language_model.modules()),
            task_type="CAUSAL_LM",
        )
        self.language_model.add_adapter(config)


@torch.no_grad()
def merged_state(language_model: Any) -> dict[str, Tensor]:
    """State dict of `language_model` under its plain names, with the adapter's update added in."""
    state = {
        name.replace(".base_layer.", "."): value
        for name, value in language_model.state_dict().items()
        if ".lora_" not in name
    }
    for name, module in language_model.named_modules():
        if isinstance(module, BaseTunerLayer):
            weight = module.get_base_layer().weight
            update = sum(
                (module.get_delta_weight(adapter).float() for adapter in module.active_adapters),
                start=torch.zeros((), device=weight.device),
            )
            state[f"{name}.weight"] = (weight.float() + update).to(weight.dtype)
    return state


__all__ = ["LoraMixin", "merged_state"]
