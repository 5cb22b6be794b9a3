"""One stage of training: optimiser, schedule over the budget, moving average, checkpoints."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from gpt4video.shapes.generator.muon import MatrixOptimiser

_SAVE_EVERY: Final = 60.0
"""Seconds between checkpoints."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long a stage trains: so many minutes of its own time, or so many steps."""

    minutes: float | None = None
    steps: int | None = None

    def share(self, *, step: int, seconds: float) -> float:
        """How much of the budget is used up, 0 to 1."""
        if self.steps is not None:
            return min(1.0, step / max(1, self.steps))
        return min(1.0, seconds / max(1e-9, 60.0 * (self.minutes or 0.0)))


@dataclass(frozen=True, kw_only=True)
class Step:
    """Where a stage stands, told after each step."""

    stage: str
    share: float
    step: int
    loss: float
    seconds: float


class Stage:
    """Trains some modules by a loss until a budget is spent, and goes on where it stopped.

    `modules` are trained in place; while the stage is left (`average`, or at the end of `run`) they
    hold their exponential moving average. Parameters in `matrices` are stepped by Muon, the others
    by AdamW. `loss` draws its own data from the generator it is given,
    so that a run is a function of its seed and its number of steps.
    """

    def __init__(
        self,
        name: str,
        *,
        modules: Mapping[str, torch.nn.Module],
        loss: Callable[[np.random.Generator], torch.Tensor],
        checkpoint: Path,
        budget: Budget,
        learning_rate: float,
        seed: int,
        matrices: Iterable[torch.Tensor] = (),
        decay: float = 0.995,
        clip: float = 1.0,
    ) -> None:
        self.name = name
        self.step = 0
        self.seconds = 0.0
        self._modules = modules
        self._loss = loss
        self._checkpoint = checkpoint
        self._budget = budget
        self._learning_rate = learning_rate
        self._decay = decay
        self._clip = clip
        self._rng = np.random.default_rng(seed)
        self._parameters = [p for m in modules.values() for p in m.parameters() if p.requires_grad]
        self._averages = [p.detach().clone() for p in self._parameters]
        chosen = {id(p) for p in matrices}
        self._optimiser = MatrixOptimiser(
            [p for p in self._parameters if id(p) in chosen],
            [p for p in self._parameters if id(p) not in chosen],
            strength=0.4,
        )

    def resume(self) -> bool:
        """Go on from the checkpoint where there is one; says whether there was."""
        if not self._checkpoint.is_file():
            return False
        state = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        with torch.no_grad():
            for kept, parameter in zip(state["parameters"], self._parameters, strict=True):
                parameter.copy_(kept)
            for kept, average in zip(state["averages"], self._averages, strict=True):
                average.copy_(kept)
        self._optimiser.load_state_dict(state["optimiser"])
        self.step, self.seconds = state["step"], state["seconds"]
        self._rng = np.random.default_rng([self.step, state["seed"]])
        return True

    def run(self) -> Iterator[Step]:
        """Train until the budget is spent; the modules hold their averages afterwards."""
        saved = started = time.monotonic() - self.seconds
        saved += self.seconds
        share = self._share()
        idle = share >= 1.0
        for module in self._modules.values():
            module.train()
        while share < 1.0:
            loss = self._one_step(share)
            self.seconds = time.monotonic() - started
            share = self._share()
            if time.monotonic() - saved > _SAVE_EVERY:
                self.save()
                saved = time.monotonic()
            yield Step(
                stage=self.name, share=share, step=self.step, loss=loss, seconds=self.seconds
            )
        if not idle:
            self.save()
        self.average()

    def average(self) -> None:
        """Put the moving averages into the modules, ready to use."""
        with torch.no_grad():
            for parameter, average in zip(self._parameters, self._averages, strict=True):
                parameter.copy_(average)
        for module in self._modules.values():
            module.eval()

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {
            "parameters": [p.detach() for p in self._parameters],
            "averages": self._averages,
            "optimiser": self._optimiser.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "seed": int(self._rng.integers(2**31)),
        }
        unfinished = self._checkpoint.with_suffix(".part")
        torch.save(state, unfinished)
        os.replace(unfinished, self._checkpoint)

    def _share(self) -> float:
        return self._budget.share(step=self.step, seconds=self.seconds)

    def _one_step(self, share: float) -> float:
        warm = min(1.0, (self.step + 1) / 50)
        loss = self._loss(self._rng)
        for parameter in self._parameters:
            parameter.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._parameters, self._clip)
        fall = 0.5 + 0.5 * math.cos(math.pi * share)
        self._optimiser.step(self._learning_rate * warm * fall)
        self.step += 1
        decay = min(self._decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            torch._foreach_lerp_(self._averages, list[torch.Tensor](self._parameters), 1.0 - decay)
        return float(loss.detach())


def autocast(device: torch.device) -> Any:
    """bfloat16 arithmetic where the device is quick at it, else plain float32."""
    quick = device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=quick)
