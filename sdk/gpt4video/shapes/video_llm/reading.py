"""A first stage for the abstractor alone: its embeddings must say what the clip shows, in words.

The language model has learnt to read clips from sums of word embeddings (`telling`). Here the
abstractor learns to say them: its error is measured in the language model's own embeddings, and
besides the words are told from one another by how much of each is found in an embedding. That is
far cheaper than a step through the language model, and tells about everything in the clip at once;
the alignment which follows has only to mend what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpt4video.model.abstractor import VideoAbstractor
from gpt4video.shapes.telling import ABSENT, EMBEDDINGS, NUMBERS, SPATIAL, WORDS, tell
from gpt4video.shapes.video_llm.pool import ClipPool
from gpt4video.shapes.world import BACKGROUNDS, COLOURS, MOTIONS, SHAPES, SIZES
from gpt4video.training.loop import (
    Stateful,
    fast_attention,
    muon_and_adamw,
    run_steps,
    set_learning_rate,
)

OF_OBJECTS: Final[dict[str, tuple[str, ...]]] = {"shape": SHAPES, "size": SIZES, "motion": MOTIONS}
OF_THE_WHOLE: Final[dict[str, tuple[str, ...]]] = {"background": BACKGROUNDS, "number": NUMBERS}
SHARPNESS: Final = 8.0
"""Log odds of a word that is said in full against one that is not said at all."""
ERROR_WEIGHT: Final = 4.0
"""Of the error of the embeddings, in variances of the words, beside the cross-entropies."""


def told_of(pool: ClipPool, numbers: Sequence[int]) -> Tensor:
    """What the embeddings of these clips are to say: [B, EMBEDDINGS, words]."""
    return torch.from_numpy(np.stack([tell(pool.scenes[number]) for number in numbers]))


def said_words(embeddings: Tensor, words: Tensor) -> Tensor:
    """How much of each word is in the embeddings, by least squares: [B, EMBEDDINGS, words]."""
    inverse: Tensor = torch.linalg.pinv(words.float())
    return embeddings.float() @ inverse


def reading_losses(embeddings: Tensor, words: Tensor, told: Tensor) -> dict[str, Tensor]:
    """The losses by name, and the shares of words that are said right.

    Args:
        embeddings: Of clips, by the abstractor: [B, EMBEDDINGS, D].
        words: Embeddings of `telling.WORDS` in the language model: [words, D].
        told: What is to be said: [B, EMBEDDINGS, words].
    """
    error = F.mse_loss(embeddings.float(), told @ words) / words.var()
    said = said_words(embeddings, words)
    absent = told[..., WORDS.index(ABSENT)]
    asked = [row for row in range(told.shape[1]) if row != SPATIAL - 1]
    there = F.binary_cross_entropy_with_logits(
        SHARPNESS * (0.5 - said[:, asked, WORDS.index(ABSENT)]), 1 - absent[:, asked]
    )
    losses = {"error": ERROR_WEIGHT * error, "present": 4 * there}
    grouped = [*range(len(COLOURS), SPATIAL - 1), *range(SPATIAL, EMBEDDINGS)]
    colours = [WORDS.index(each) for each in COLOURS]
    losses["alike"] = 4 * F.binary_cross_entropy_with_logits(
        SHARPNESS * (said[:, grouped][..., colours] - 0.5), told[:, grouped][..., colours]
    )
    objects = absent[:, : len(COLOURS)] == 0
    places = {
        **dict.fromkeys(
            OF_OBJECTS, (said[:, : len(COLOURS)][objects], told[:, : len(COLOURS)][objects])
        ),
        **dict.fromkeys(OF_THE_WHOLE, (said[:, SPATIAL - 1], told[:, SPATIAL - 1])),
    }
    for name, choices in {**OF_OBJECTS, **OF_THE_WHOLE}.items():
        columns = [WORDS.index(each) for each in choices]
        found, wanted = (each[:, columns] for each in places[name])
        losses[name] = F.cross_entropy(SHARPNESS * found, wanted.argmax(-1))
        losses[f"{name} right"] = (found.argmax(-1) == wanted.argmax(-1)).float().mean()
    return losses


def train_reading(
    abstractor: VideoAbstractor,
    words: Tensor,
    pool: ClipPool,
    *,
    run_dir: Path,
    steps: int,
    batch: int = 48,
    peak: float = 2e-3,
    seed: int = 0,
    resume: bool = True,
) -> None:
    """Train the abstractor until its embeddings say what clips show; resumable.

    Args:
        abstractor: With `telling.SPATIAL` and `TEMPORAL` tokens and no end token.
        words: Embeddings [words, D] of `telling.WORDS` in the language model.
        pool: The training clips.
        run_dir: Of the checkpoint.
        steps: Optimisation steps in total.
        batch: Clips in one step.
        peak: Highest learning rate.
        seed: Of the clips drawn.
        resume: Go on from the checkpoint in `run_dir`.
    """
    device = abstractor.patch_position.device.type
    words = words.detach().float()
    optimizers = muon_and_adamw(abstractor.parameters())
    abstractor.train()

    def step(index: int) -> Mapping[str, float]:
        for each in optimizers.values():
            set_learning_rate(each, index, steps=steps, peak=peak, warmup=min(150, steps // 10))
            each.zero_grad(set_to_none=True)
        numbers = np.random.default_rng((seed, index)).integers(len(pool), size=batch).tolist()
        patches = pool.take(numbers).to(device).float()
        with torch.autocast(device, torch.bfloat16), fast_attention(device):
            embeddings = abstractor(patches)
        results = reading_losses(embeddings, words, told_of(pool, numbers).to(device))
        losses = [value for name, value in results.items() if not name.endswith("right")]
        torch.stack(losses).sum().backward()
        nn.utils.clip_grad_norm_(abstractor.parameters(), 1.0)
        for each in optimizers.values():
            each.step()
        shown = ("error", "present", "shape right", "motion right")
        return {name: results[name].item() for name in shown}

    stateful: dict[str, Stateful] = {"abstractor": abstractor, **optimizers}
    run_steps(step, steps=steps, run_dir=run_dir, stateful=stateful, title="Reading", resume=resume)
    abstractor.eval()
