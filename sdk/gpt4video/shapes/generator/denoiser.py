"""Training of the generator's transformer and text encoder: denoising factor maps by a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from gpt4video.shapes.generator.attention import use_training_attention
from gpt4video.shapes.generator.components import NOISE_SHIFT, NUM_FRAMES, Parts
from gpt4video.shapes.generator.factors import factor_maps
from gpt4video.shapes.generator.stage import autocast
from gpt4video.shapes.generator.wording import word_prompt
from gpt4video.shapes.layout import FloatArray, sample_scene
from gpt4video.shapes.render import frame_times
from gpt4video.training.loop import fast_attention

_UNPROMPTED: Final = 0.1
"""Share of clips that are learned without their prompt, for guidance."""
_LEAST_NOISE: Final = 0.25
"""Below this noise level errors are weighed no further up."""


@dataclass(frozen=True)
class Clips:
    """A batch to learn from."""

    prompts: list[str]
    latents: FloatArray
    """[clips, LATENT_CHANNELS, NUM_FRAMES, 8, 8]."""


def sample_clips(rng: np.random.Generator, count: int, *, num_objects: int) -> Clips:
    """Clean clips of one or two objects with prompts; every word of the world is equally likely."""
    prompts, latents = [], []
    times = frame_times(NUM_FRAMES)
    for _ in range(count):
        drawing = sample_scene(rng, num_objects=num_objects)
        prompts.append(word_prompt(drawing.scene, rng))
        latents.append(factor_maps(drawing, times))
    stacked = np.stack(latents).transpose(0, 2, 1, 3, 4)
    return Clips(prompts, np.ascontiguousarray(stacked))


class DenoiserLoss:
    """How far the clean latents that the transformer predicts are from the true ones.

    A batch is two thirds clips of one object and one third clips of two; the two kinds run apart
    because their prompts differ in length. The transformer is left with the attention of training.
    """

    def __init__(self, parts: Parts, device: torch.device, *, batch: int) -> None:
        self._parts = parts
        self._device = device
        use_training_attention(parts.transformer)
        pairs = max(1, batch // 3)
        self._counts = ((1, max(1, batch - pairs)), (2, pairs))

    def __call__(self, rng: np.random.Generator) -> torch.Tensor:
        total = sum(count for _, count in self._counts)
        losses = [
            self._loss(sample_clips(rng, count, num_objects=objects), rng) * (count / total)
            for objects, count in self._counts
        ]
        return torch.stack(losses).sum()

    def _loss(self, clips: Clips, rng: np.random.Generator) -> torch.Tensor:
        clean = torch.from_numpy(clips.latents).to(self._device)
        level = torch.from_numpy(noise_levels(rng, len(clean))).to(self._device)
        noise = rng.standard_normal(clips.latents.shape, dtype=np.float32)
        wide = level[:, None, None, None, None]
        noisy = (1.0 - wide) * clean + wide * torch.from_numpy(noise).to(self._device)
        unprompted = rng.random(len(clean)) < _UNPROMPTED
        with autocast(self._device), fast_attention(self._device.type):
            text, seen = embed(self._parts, clips.prompts, unprompted, self._device)
            predicted = self._parts.transformer(
                noisy,
                timestep=level * 1000.0,
                encoder_hidden_states=text,
                encoder_attention_mask=seen.repeat_interleave(NUM_FRAMES, dim=0),
            ).sample
        wrong = predicted.float() - clean
        unsteady = wrong.diff(dim=2)  # from frame to frame: what trembles shows more than what lies
        error = wrong.square().mean(dim=(1, 2, 3, 4)) + unsteady.square().mean(dim=(1, 2, 3, 4))
        loss: torch.Tensor = (error / level.clamp(min=_LEAST_NOISE).square()).mean()
        return loss


def hidden_matrices(transformer: Any) -> list[torch.Tensor]:
    """The weights between hidden layers, for which Muon is meant."""
    return [
        parameter
        for name, parameter in transformer.named_parameters()
        if parameter.ndim == 2 and "blocks" in name and "scale_shift_table" not in name
    ]


def noise_levels(rng: np.random.Generator, count: int) -> FloatArray:
    """Noise levels in 0 to 1 as the sampler will meet them, the middle ones more often: [count]."""
    even = (rng.permutation(count) + rng.random(count)) / count
    logit = 1.6 * np.sqrt(2.0) * _inverse_error_function(2.0 * even - 1.0)
    plain = 1.0 / (1.0 + np.exp(-logit))
    shifted = NOISE_SHIFT * plain / (1.0 + (NOISE_SHIFT - 1.0) * plain)
    levels: FloatArray = np.clip(shifted, 1e-3, 1.0 - 1e-4).astype(np.float32)
    return levels


def embed(
    parts: Parts,
    prompts: Sequence[str],
    unprompted: Sequence[bool] | np.ndarray[Any, np.dtype[np.bool_]],
    device: torch.device,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Text embeddings [N, L, D] and what cross-attention adds to its scores [N, 1, L].

    Where a clip goes unprompted its words are an empty prompt's, but as many positions are seen as
    the prompt has, which is how LattePipeline presents its negative prompt.
    """
    tokens = parts.tokenizer(list(prompts), padding="longest", return_tensors="pt")
    ids, mask = tokens["input_ids"], tokens["attention_mask"]
    hidden = (1.0 - mask.float()) * -1e4
    drop = torch.as_tensor(np.asarray(unprompted))[:, None]
    empty_ids, empty_mask = torch.zeros_like(ids), torch.zeros_like(mask)
    empty_ids[:, 0], empty_mask[:, 0] = parts.tokenizer.eos_token_id, 1
    ids, mask = torch.where(drop, empty_ids, ids), torch.where(drop, empty_mask, mask)
    text = parts.text_encoder(ids.to(device), attention_mask=mask.to(device))[0]
    return text, hidden[:, None].to(device)


def _inverse_error_function(x: FloatArray) -> FloatArray:
    bounded = torch.from_numpy(np.clip(x, -0.99999, 0.99999))
    inverse: FloatArray = torch.erfinv(bounded).numpy()
    return inverse
