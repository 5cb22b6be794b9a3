"""The video LLM: frozen frame encoder, abstractor, and a causal language model kept whole.

It follows transformers' conventions (`generate`, `save_pretrained`, `from_pretrained`, labels and
loss, caches, PEFT adapters), so that Trainer, accelerate and PEFT work as with any other model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, GenerationConfig, GenerationMixin, PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import BaseModelOutputWithPooling

from gpt4video.model.abstractor import VideoAbstractor
from gpt4video.model.checkpoint import CheckpointMixin
from gpt4video.model.config import GPT4VideoConfig
from gpt4video.model.encoder import FrameEncoder
from gpt4video.model.lora import LoraMixin
from gpt4video_guards.errors import InvalidInputError


@dataclass(frozen=True, kw_only=True)
class TrainedShare:
    """How much of a model is trained."""

    trained: int
    """Parameters that receive gradients."""
    total: int
    """All parameters, the frozen ones included."""

    @property
    def share(self) -> float:
        """Trained over total, in [0, 1]."""
        return self.trained / self.total


class GPT4VideoPreTrainedModel(PreTrainedModel):
    """What both model classes tell transformers about themselves."""

    config_class = GPT4VideoConfig
    config: GPT4VideoConfig
    base_model_prefix = "model"
    input_modalities = ("video", "text")
    supports_gradient_checkpointing = True
    _skip_keys_device_placement = ("past_key_values",)
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Called by transformers for modules whose weights no checkpoint filled."""
        if isinstance(module, VideoAbstractor):
            if not any(getattr(p, "_is_hf_initialized", False) for p in module.parameters()):
                module.reset_parameters()
        elif isinstance(module, FrameEncoder) and hasattr(module.clip, "attn_mask"):
            mask = module.clip.attn_mask  # not in checkpoints, so lost on the meta device
            if mask is not None and mask.device.type != "meta":
                init.copy_(mask, torch.full_like(mask, float("-inf")).triu_(1))


class GPT4VideoModel(GPT4VideoPreTrainedModel):
    """From frames to clip embeddings: `vision_tower` and `abstractor`."""

    def __init__(self, config: GPT4VideoConfig) -> None:
        super().__init__(config)
        self.vision_tower = FrameEncoder(config.vision_config)
        self.abstractor = VideoAbstractor(
            config.abstractor_config,
            patch_width=self.vision_tower.width,
            num_patches=self.vision_tower.num_patches,
            output_width=config.text_config.get_text_config().hidden_size,
        )
        self.post_init()

    def forward(self, pixel_values_videos: Tensor) -> Tensor:
        """Clip embeddings [N, K, D] of normalised frames [N, T, 3, H, W]."""
        embeddings: Tensor = self.abstractor(self.vision_tower(pixel_values_videos))
        return embeddings

    def get_video_features(
        self, pixel_values_videos: Tensor, **kwargs: Any
    ) -> BaseModelOutputWithPooling:
        """Patch tokens as `last_hidden_state`, clip embeddings [N, K, D] as `pooler_output`."""
        patches = self.vision_tower(pixel_values_videos)
        return BaseModelOutputWithPooling(
            last_hidden_state=patches, pooler_output=self.abstractor(patches)
        )


class GPT4VideoForConditionalGeneration(
    CheckpointMixin, LoraMixin, GPT4VideoPreTrainedModel, GenerationMixin
):
    """A causal language model that reads clips where its prompt holds the video placeholder."""

    def __init__(self, config: GPT4VideoConfig) -> None:
        super().__init__(config)
        self.model = GPT4VideoModel(config)
        self.language_model = AutoModelForCausalLM.from_config(config.text_config)
        self.generation_config = GenerationConfig.from_dict(
            self.language_model.generation_config.to_dict()
        )
        self.post_init()

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        pixel_values_videos: Tensor | None = None,
        video_embeds: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Any = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        mm_encoder_outputs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Logits, and the loss where labels are given, as the language model's own output class.

        Args:
            input_ids: [B, L] token ids, with `tokens_per_clip` placeholders for each clip.
            attention_mask: [B, L], 0 on padding.
            pixel_values_videos: [N, T, 3, H, W] normalised frames of N clips, in the order of their
                placeholders over the whole batch.
            video_embeds: [N, K, D] clip embeddings computed before, in the place of the frames.
            inputs_embeds: [B, L, D], in the place of `input_ids`; clips cannot be given beside it.
            labels: [B, L] token ids, -100 where no loss is wanted.
            mm_encoder_outputs: what `generate` computed before the prefill.

        Raises:
            InvalidInputError: clips come in two ways at once, or do not match the placeholders.
        """
        embeds = self._clip_embeddings(pixel_values_videos, video_embeds, mm_encoder_outputs)
        if embeds is not None:
            if input_ids is None:
                raise InvalidInputError("input_ids", None, "token ids where clips are given")
            inputs_embeds, input_ids = self._merge(input_ids, embeds), None
        elif input_ids is not None and input_ids.shape[1] > 1:
            self._refuse_placeholders(input_ids)
        # Without clips the language model receives exactly what it would receive alone.
        return self.language_model(
            input_ids=input_ids,
            inputs_embeds=inputs_embeds,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            labels=labels,
            use_cache=use_cache,
            logits_to_keep=logits_to_keep,
            **kwargs,
        )

    def get_video_features(
        self, pixel_values_videos: Tensor, **kwargs: Any
    ) -> BaseModelOutputWithPooling:
        """Patch tokens as `last_hidden_state`, clip embeddings [N, K, D] as `pooler_output`."""
        features: BaseModelOutputWithPooling = self.model.get_video_features(
            pixel_values_videos, **kwargs
        )
        return features

    def generate(self, inputs: Tensor | None = None, **kwargs: Any) -> Any:
        """As in transformers; clips as `pixel_values_videos` or as `video_embeds`, encoded once."""
        embeds = kwargs.pop("video_embeds", None)
        if embeds is not None:
            kwargs["mm_encoder_outputs"] = {
                "video": BaseModelOutputWithPooling(pooler_output=embeds)
            }
        return super().generate(inputs, **kwargs)

    def get_input_embeddings(self) -> nn.Module:
        """The language model's token embeddings."""
        embeddings: nn.Module = self.language_model.get_input_embeddings()
        return embeddings

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.language_model.set_input_embeddings(value)

    def get_output_embeddings(self) -> nn.Module:
        """The language model's head."""
        head: nn.Module = self.language_model.get_output_embeddings()
        return head

    def set_output_embeddings(self, value: nn.Module) -> None:
        self.language_model.set_output_embeddings(value)

    def freeze_bases(self) -> None:
        """Leave only the abstractor, and the LoRA weights where there are some, to be trained."""
        self.model.vision_tower.requires_grad_(False)
        for name, parameter in self.language_model.named_parameters():
            parameter.requires_grad_("lora_" in name)
        self.model.abstractor.requires_grad_(True)

    def trained_share(self) -> TrainedShare:
        """How many parameters receive gradients."""
        counts = [(p.numel(), p.requires_grad) for p in self.parameters()]
        return TrainedShare(
            trained=sum(count for count, trained in counts if trained),
            total=sum(count for count, _ in counts),
        )

    @torch.no_grad()
    def calibrate_abstractor(self) -> None:
        """Scale the abstractor's output to the language model's embeddings, before training."""
        weight: Any = self.get_input_embeddings().weight
        self.model.abstractor.calibrate(float(weight.float().std()))

    def _clip_embeddings(
        self, pixels: Tensor | None, embeds: Tensor | None, encoded: dict[str, Any] | None
    ) -> Tensor | None:
        """Clip embeddings [N, K, D] from whichever way they came."""
        features = encoded.get("video") if encoded else None
        given = [
            name
            for name, value in (
                ("pixel_values_videos", pixels),
                ("video_embeds", embeds),
                ("mm_encoder_outputs", features),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise InvalidInputError(
                " and ".join(given), "several at once", "clips given in one way"
            )
        if pixels is not None:
            result: Tensor = self.model(pixels)
            return result
        return features.pooler_output if features is not None else embeds

    def _refuse_placeholders(self, input_ids: Tensor) -> None:
        found = int((input_ids == self.config.video_token_id).sum())
        if found:
            raise InvalidInputError(
                "input_ids", f"{found} video placeholders and no clip", "none, or clips"
            )

    def _merge(self, input_ids: Tensor, embeds: Tensor) -> Tensor:
        """Token embeddings [B, L, D], the clips' own in the place of the placeholders."""
        places = input_ids == self.config.video_token_id
        found, needed = int(places.sum()), embeds.shape[:-1].numel()
        if found != needed:
            raise InvalidInputError(
                "input_ids",
                f"{found} video placeholders",
                f"{needed}, the number of embeddings of the clips that were given",
            )
        # The placeholder may lie outside of the language model's vocabulary.
        tokens = self.get_input_embeddings()(input_ids.masked_fill(places, 0))
        merged: Tensor = tokens.masked_scatter(
            places[..., None], embeds.to(tokens.device, tokens.dtype)
        )
        return merged


__all__ = [
    "GPT4VideoForConditionalGeneration",
    "GPT4VideoModel",
    "GPT4VideoPreTrainedModel",
    "TrainedShare",
]
