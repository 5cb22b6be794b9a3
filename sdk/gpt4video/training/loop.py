"""One resumable training loop: a step function, what it changes, a progress bar, checkpoints."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.data import DataLoader, Dataset

Batch = TypeVar("Batch")
CHECKPOINT = "checkpoint.pt"


class Stateful(Protocol):
    """What a checkpoint keeps: modules, optimisers, averages."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


def run_steps(
    step: Callable[[int], Mapping[str, float]],
    *,
    steps: int,
    run_dir: Path,
    stateful: Mapping[str, Stateful],
    title: str,
    resume: bool = True,
    save_every_seconds: float = 180.0,
) -> None:
    """Call `step(i)` for i in [0, steps), going on from the last checkpoint in `run_dir`.

    Args:
        step: does one optimisation step and returns figures to show; to be exact on resuming it
            draws its data from a generator seeded with i.
        steps: total number of steps, those of earlier calls included.
        run_dir: folder of the checkpoint; made when absent.
        stateful: everything that `step` changes, by name.
        title: what the progress bar says.
        resume: False starts anew although a checkpoint is there.
        save_every_seconds: time between two checkpoints.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    first = load_checkpoint(run_dir, stateful) if resume else 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
    )
    with Progress(*columns, refresh_per_second=0.5) as progress:
        task = progress.add_task(title, total=steps, completed=first, figures="")
        saved_at = time.monotonic()
        averages: dict[str, float] = {}
        for index in range(first, steps):
            for name, value in step(index).items():
                averages[name] = 0.98 * averages.get(name, value) + 0.02 * value
            figures = " ".join(f"{name} {value:.3f}" for name, value in averages.items())
            progress.update(task, completed=index + 1, figures=figures)
            if time.monotonic() - saved_at > save_every_seconds:
                save_checkpoint(run_dir, stateful, index + 1)
                progress.log(f"{title} {index + 1}/{steps}: {figures}")
                saved_at = time.monotonic()
    save_checkpoint(run_dir, stateful, max(first, steps))


def save_checkpoint(run_dir: Path, stateful: Mapping[str, Stateful], done: int) -> None:
    """Write all states and the number of steps done, whole or not at all."""
    states = {name: part.state_dict() for name, part in stateful.items()}
    partial = run_dir / f"{CHECKPOINT}.partial"
    torch.save({"done": done, "states": states}, partial)
    os.replace(partial, run_dir / CHECKPOINT)


def load_checkpoint(run_dir: Path, stateful: Mapping[str, Stateful]) -> int:
    """Bring the states back; returns the number of steps done, 0 where nothing was saved."""
    path = run_dir / CHECKPOINT
    if not path.exists():
        return 0
    saved = torch.load(path, map_location="cpu", weights_only=True)
    for name, part in stateful.items():
        part.load_state_dict(saved["states"][name])
    return int(saved["done"])


def set_learning_rate(
    optimizer: torch.optim.Optimizer, step: int, *, steps: int, peak: float, warmup: int = 100
) -> None:
    """Linear warm-up to `peak`, then a cosine to a hundredth of it at `steps`."""
    if step < warmup:
        rate = peak * (step + 1) / warmup
    else:
        part = (step - warmup) / max(1, steps - warmup)
        rate = peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, part))))
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("lr_scale", 1.0)


def parameter_groups(
    parameters: Iterable[Tensor], weight_decay: float = 0.05
) -> list[dict[str, Any]]:
    """Groups for an optimiser: weight decay on matrices only."""
    every = list(parameters)
    return [
        {"params": [each for each in every if each.ndim >= 2], "weight_decay": weight_decay},
        {"params": [each for each in every if each.ndim < 2], "weight_decay": 0.0},
    ]


def muon_and_adamw(
    parameters: Iterable[Tensor], weight_decay: float = 0.05
) -> dict[str, torch.optim.Optimizer]:
    """Optimisers by name: Muon (Jordan, 2024) for matrices where torch has it, AdamW for the rest.

    Small models learn several times faster by it from the same number of examples. Its rate is
    scaled so that the same learning rate suits both.
    """
    every = list(parameters)
    muon = getattr(torch.optim, "Muon", None)
    matrices = [each for each in every if each.ndim == 2] if muon else []
    others = [each for each in every if muon is None or each.ndim != 2]
    optimizers: dict[str, torch.optim.Optimizer] = {
        "adamw": torch.optim.AdamW(parameter_groups(others, weight_decay), betas=(0.9, 0.98))
    }
    if muon and matrices:
        optimizers["muon"] = muon(
            matrices, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )
    return optimizers


class WeightAverage:
    """A running average of weights, short at first: the decay grows to its final value."""

    def __init__(self, weights: Mapping[str, Tensor], *, decay: float) -> None:
        self._decay = decay
        self._updates = 0
        self._average = {name: each.detach().clone() for name, each in weights.items()}

    @torch.no_grad()
    def update(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights of one more step in."""
        self._updates += 1
        decay = min(self._decay, self._updates / (self._updates + 10))
        for name, each in self._average.items():
            each.lerp_(weights[name].detach(), 1 - decay)

    @torch.no_grad()
    def copy_to(self, weights: Mapping[str, Tensor]) -> None:
        """Put the average into the weights."""
        for name, each in self._average.items():
            weights[name].copy_(each)

    def state_dict(self) -> dict[str, Any]:
        return {"updates": self._updates, "average": self._average}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._updates = state["updates"]
        self._average = state["average"]


class Prefetched(Generic[Batch]):
    """Batches by step number, made ahead of time in a worker process."""

    def __init__(self, make: Callable[[int], Batch], *, steps: int, workers: int = 1) -> None:
        self._dataset = _Indexed(make)
        self._steps = steps
        self._workers = workers
        self._batches: Iterator[Batch] | None = None

    def __call__(self, step: int) -> Batch:
        """The batch of this step; after the first call, steps must follow each other."""
        if self._batches is None:
            loader = DataLoader(
                self._dataset,
                sampler=range(step, self._steps),
                batch_size=None,
                num_workers=self._workers,
                prefetch_factor=8 if self._workers else None,
            )
            self._batches = iter(loader)
        return next(self._batches)


class _Indexed(Dataset[Batch]):
    def __init__(self, make: Callable[[int], Batch]) -> None:
        self._make = make

    def __getitem__(self, index: int) -> Batch:
        torch.set_num_threads(1)
        return self._make(index)


def fast_attention(device: str) -> AbstractContextManager[None]:
    """On a CPU plain attention: the fused one is several times slower backwards in narrow heads."""
    return sdpa_kernel(SDPBackend.MATH) if device == "cpu" else nullcontext()
