"""A first stage for the abstractor alone: the scene must be readable off its embeddings.

Before the language model takes part, each of the first embeddings is given one colour to watch,
and one more the background: linear heads read off it whether an object of that colour is there and
what shape, size, motion and place it has. That is far cheaper than a step through the language
model, and tells about everything in the clip at once; the alignment which follows has only to bring
it into the language model's words. The heads are then thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from gpt4video.model.abstractor import VideoAbstractor
from gpt4video.shapes.video_llm.pool import ClipPool
from gpt4video.shapes.world import BACKGROUNDS, COLOURS, MOTIONS, SHAPES, SIZES, Scene
from gpt4video.training.loop import (
    Stateful,
    fast_attention,
    parameter_groups,
    run_steps,
    set_learning_rate,
)

CHOICES: Final[dict[str, tuple[str, ...]]] = {"shape": SHAPES, "size": SIZES, "motion": MOTIONS}
ABSENT: Final = -1


@dataclass(frozen=True, kw_only=True)
class SceneLabels:
    """What the reader should find in B clips."""

    present: Tensor
    """float [B, colours], 1 where an object of the colour is there."""
    choices: dict[str, Tensor]
    """By attribute, int [B, colours]: the index of its word, -1 where there is no such object."""
    places: Tensor
    """float [B, colours, 2]: the centre at the start, fractions of the frame."""
    background: Tensor
    """int [B]."""


def scene_labels(scenes: Sequence[Scene]) -> SceneLabels:
    """The labels of these scenes."""
    shape = (len(scenes), len(COLOURS))
    choices = {name: np.full(shape, ABSENT) for name in CHOICES}
    present, places = np.zeros(shape, np.float32), np.zeros((*shape, 2), np.float32)
    for row, scene in enumerate(scenes):
        for each in scene.objects:
            column = COLOURS.index(each.colour)
            present[row, column] = 1.0
            places[row, column] = each.x, each.y
            for name, words in CHOICES.items():
                choices[name][row, column] = words.index(getattr(each, name))
    return SceneLabels(
        present=torch.from_numpy(present),
        choices={name: torch.from_numpy(each) for name, each in choices.items()},
        places=torch.from_numpy(places),
        background=torch.tensor([BACKGROUNDS.index(scene.background) for scene in scenes]),
    )


class SceneReader(nn.Module):
    """Reads a scene off clip embeddings [B, K, D]: one for each colour, then the background's."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.present = nn.Linear(width, 1)
        self.place = nn.Linear(width, 2)
        self.background = nn.Linear(width, len(BACKGROUNDS))
        self.choices = nn.ModuleDict(
            {name: nn.Linear(width, len(words)) for name, words in CHOICES.items()}
        )

    def forward(self, embeddings: Tensor, labels: SceneLabels) -> dict[str, Tensor]:
        """The losses by name, and the shares of shapes and motions that are read right."""
        read = self.norm(embeddings[:, : len(COLOURS) + 1])
        colours, rest = read[:, :-1], read[:, -1]
        there = labels.present > 0
        results = {
            "present": 4
            * F.binary_cross_entropy_with_logits(self.present(colours)[..., 0], labels.present),
            "background": F.cross_entropy(self.background(rest), labels.background),
            "place": 4 * F.l1_loss(self.place(colours)[there], labels.places[there]),
        }
        for name, head in self.choices.items():
            logits, wanted = head(colours)[there], labels.choices[name][there]
            results[name] = F.cross_entropy(logits, wanted)
            right = (logits.argmax(-1) == wanted).float().mean()
            results[f"{name} right"] = right.detach()
        return results


def train_reading(
    abstractor: VideoAbstractor,
    pool: ClipPool,
    *,
    run_dir: Path,
    steps: int,
    batch: int = 48,
    peak: float = 1e-3,
    seed: int = 0,
    resume: bool = True,
) -> None:
    """Train the abstractor until scenes can be read off its embeddings; resumable."""
    device = abstractor.patch_position.device.type
    reader = SceneReader(abstractor.spatial_projection.out_features).to(device)
    trained = [*abstractor.parameters(), *reader.parameters()]
    optimizer = torch.optim.AdamW(parameter_groups(trained), betas=(0.9, 0.98))
    abstractor.train()

    def step(index: int) -> Mapping[str, float]:
        set_learning_rate(optimizer, index, steps=steps, peak=peak, warmup=min(150, steps // 10))
        numbers = np.random.default_rng((seed, index)).integers(len(pool), size=batch)
        labels = scene_labels([pool.scenes[number] for number in numbers])
        patches = pool.take(numbers.tolist()).to(device).float()
        with torch.autocast(device, torch.bfloat16), fast_attention(device):
            results = reader(abstractor(patches), labels)
        losses = [value for name, value in results.items() if not name.endswith("right")]
        optimizer.zero_grad(set_to_none=True)
        torch.stack(losses).sum().backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        shown = ("shape right", "motion right", "place", "present")
        return {name: results[name].item() for name in shown}

    stateful: dict[str, Stateful] = {
        "abstractor": abstractor,
        "reader": reader,
        "optimizer": optimizer,
    }
    run_steps(step, steps=steps, run_dir=run_dir, stateful=stateful, title="Reading", resume=resume)
    abstractor.eval()
