"""The paper's two stages on frozen bases: alignment of the abstractor, then instruction tuning.

Both are the same step on other data and other weights. Alignment (arXiv 2311.16511, first stage)
trains the abstractor until its embeddings read like words to the language model; instruction tuning
trains the abstractor further together with LoRA on the language model, on video-centred and
safety-aligned dialogues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from gpt4video.model import GPT4VideoForConditionalGeneration
from gpt4video.training.loop import (
    Stateful,
    WeightAverage,
    fast_attention,
    muon_and_adamw,
    run_steps,
    set_learning_rate,
)

IGNORED: Final = -100


@dataclass(frozen=True, kw_only=True)
class Example:
    """One dialogue with the patch tokens of its clips."""

    patches: Tensor
    """[n, T, P, C], n may be 0."""
    input_ids: list[int]
    learnt: list[bool]
    """True on the tokens that the assistant writes."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Dialogues padded on the right."""

    patches: Tensor
    """[N, T, P, C], the clips of all dialogues in their order."""
    input_ids: Tensor
    """[B, L]"""
    attention_mask: Tensor
    """[B, L], 0 on padding."""
    labels: Tensor
    """[B, L], -100 where nothing is learnt."""

    @property
    def learnt(self) -> int:
        """How many tokens are learnt."""
        return int((self.labels[:, 1:] != IGNORED).sum())


def collate(examples: Sequence[Example], *, pad_id: int) -> Batch:
    """Pad dialogues to the longest of them."""
    length = max(len(each.input_ids) for each in examples)
    ids = torch.full((len(examples), length), pad_id)
    mask = torch.zeros(len(examples), length, dtype=torch.long)
    labels = torch.full((len(examples), length), IGNORED)
    for row, each in enumerate(examples):
        tokens = torch.tensor(each.input_ids)
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        labels[row, : len(tokens)] = torch.where(torch.tensor(each.learnt), tokens, IGNORED)
    patches = torch.cat([each.patches for each in examples])
    return Batch(patches=patches, input_ids=ids, attention_mask=mask, labels=labels)


def grouped(examples: Sequence[Example], *, pad_id: int, groups: int = 4) -> list[Batch]:
    """Batches of dialogues of like length, so that little of them is padding."""
    ordered = sorted(examples, key=lambda each: len(each.input_ids))
    size = -(-len(ordered) // groups)
    parts = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    return [collate(part, pad_id=pad_id) for part in parts]


def train_stage(
    model: GPT4VideoForConditionalGeneration,
    batches: Callable[[int], Sequence[Batch]],
    *,
    run_dir: Path,
    steps: int,
    peak: float,
    title: str,
    average: float = 0.995,
    resume: bool = True,
) -> None:
    """Train what requires gradients, and leave the running average of its weights in `model`.

    Args:
        model: with frozen bases.
        batches: what each step learns from, in one or more parts.
        run_dir: folder of the resumable checkpoint.
        steps: optimisation steps in total.
        peak: highest learning rate, after the warm-up.
        title: what the progress bar says.
        average: decay of the running average.
        resume: go on from the checkpoint in `run_dir`.
    """
    device = next(model.parameters()).device.type
    trained = {  # sorted: the optimiser's states are kept by position
        name.replace(".", "/"): each
        for name, each in sorted(model.named_parameters())
        if each.requires_grad
    }
    optimizers = muon_and_adamw(trained.values())
    averaged = WeightAverage(trained, decay=average)
    model.train()

    def step(index: int) -> dict[str, float]:
        for each in optimizers.values():
            set_learning_rate(each, index, steps=steps, peak=peak, warmup=min(200, steps // 10))
        parts = batches(index)
        learnt = sum(part.learnt for part in parts)
        for each in optimizers.values():
            each.zero_grad(set_to_none=True)
        total = 0.0
        for part in parts:
            with torch.autocast(device, torch.bfloat16), fast_attention(device):
                loss = dialogue_loss(model, part, device) * (part.learnt / learnt)
            loss.backward()
            total += loss.item()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        for each in optimizers.values():
            each.step()
        averaged.update(trained)
        return {"loss": total}

    stateful: dict[str, Stateful] = {
        "weights": nn.ParameterDict(trained),
        "average": averaged,
        **optimizers,
    }
    run_steps(step, steps=steps, run_dir=run_dir, stateful=stateful, title=title, resume=resume)
    averaged.copy_to(trained)
    model.eval()


def dialogue_loss(
    model: GPT4VideoForConditionalGeneration, batch: Batch, device: str | torch.device
) -> Tensor:
    """Mean cross-entropy of the assistant's tokens."""
    embeds = None
    if len(batch.patches):
        embeds = model.model.abstractor(batch.patches.to(device).float())
    outputs = model(
        input_ids=batch.input_ids.to(device),
        attention_mask=batch.attention_mask.to(device),
        video_embeds=embeds,
        labels=batch.labels.to(device),
    )
    loss: Tensor = outputs.loss
    return loss
