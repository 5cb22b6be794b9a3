"""The recipe of the embedded text-to-video generator: train it, go on training it, export it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from gpt4video.shapes.generator.attention import use_plain_attention
from gpt4video.shapes.generator.card import model_card
from gpt4video.shapes.generator.components import (
    FPS,
    FRAME_SIZE,
    NUM_FRAMES,
    GeneratorSize,
    Parts,
    build_parts,
    load_parts,
)
from gpt4video.shapes.generator.decoder import PainterLoss
from gpt4video.shapes.generator.denoiser import DenoiserLoss, hidden_matrices
from gpt4video.shapes.generator.encoder import EncoderLoss
from gpt4video.shapes.generator.painter import Painter, extract, install
from gpt4video.shapes.generator.stage import Budget, Stage, Step
from gpt4video_guards.errors import InvalidInputError

StageName = Literal["decoder", "denoiser", "encoder"]
STAGES: Final[dict[StageName, float]] = {"decoder": 0.25, "denoiser": 0.65, "encoder": 0.10}
"""The stages in their order, each with its share of the time."""

GENERATION_DEFAULTS: Final[dict[str, float | bool]] = {
    "num_frames": NUM_FRAMES,
    "height": FRAME_SIZE,
    "width": FRAME_SIZE,
    "fps": FPS,
    "num_inference_steps": 20,
    "guidance_scale": 1.0,
    "fixed_size": True,
}
_LEARNING_RATE: Final[dict[StageName, float]] = {
    "decoder": 3e-3,
    "denoiser": 2e-3,
    "encoder": 2e-3,
}


def train_generator(
    run_dir: str | os.PathLike[str],
    *,
    minutes: float | None = None,
    steps: int | None = None,
    resume: bool = True,
    seed: int = 0,
    start: str | os.PathLike[str] | None = None,
    stages: Sequence[StageName] = tuple(STAGES),
    device: str = "cpu",
    batch: int = 48,
    size: GeneratorSize | None = None,
    show_progress: bool = True,
    on_step: Callable[[Step, Parts], None] | None = None,
) -> Path:
    """Train the generator within a budget and export it to `run_dir/export`, which is returned.

    The budget is either `minutes` of training in all, shared out over the three stages as `STAGES`
    says, or `steps` of each stage. With `resume` a stage goes on from its checkpoint in `run_dir`;
    a stage whose budget is spent only lends its weights, so that raising the budget trains on.
    With no `stages` at all what the checkpoints hold is only exported.
    `start` names a saved pipeline (such as the shipped one) to begin with instead of random
    weights. `batch` is the number of clips in a step of the denoiser.

    Raises:
        InvalidInputError: if not exactly one of `minutes` and `steps` is given, above 0.
    """
    if (minutes is None) == (steps is None) or (minutes or steps or 0) <= 0:
        raise InvalidInputError(
            "minutes, steps", f"{minutes!r}, {steps!r}", "one of the two, above 0"
        )
    folder = Path(run_dir)
    size = size or GeneratorSize()
    torch.manual_seed(seed)
    parts = load_parts(Path(start)) if start is not None else build_parts(size)
    trainer = _Trainer(parts, size, folder, torch.device(device), seed, batch, started=bool(start))
    with _progress_bar(shown=show_progress) as bar:
        for name in STAGES:
            budget = _budget(name, stages, minutes=minutes, steps=steps)
            task = bar.add_task(name, total=1.0, loss="")
            trainer.run(
                name,
                budget,
                resume=resume,
                on_step=partial(_tell, parts=parts, bar=bar, task=task, on_step=on_step),
            )
    return export_generator(parts, folder / "export")


def export_generator(
    parts: Parts, folder: str | os.PathLike[str], *, figures: Mapping[str, str] | None = None
) -> Path:
    """Save the parts as a pipeline folder in fp16, with generation defaults and a model card."""
    target = Path(folder)
    unfinished = target.with_name(target.name + ".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    halves = parts.copied(torch.float16)
    halves.pipeline().save_pretrained(unfinished, safe_serialization=True)
    defaults = json.dumps(GENERATION_DEFAULTS, indent=2)
    (unfinished / "generation_defaults.json").write_text(defaults + "\n", encoding="utf-8")
    (unfinished / "README.md").write_text(model_card(parts, figures or {}), encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    os.replace(unfinished, target)
    return target


class _Trainer:
    """The stages over one set of parts."""

    def __init__(
        self,
        parts: Parts,
        size: GeneratorSize,
        folder: Path,
        device: torch.device,
        seed: int,
        batch: int,
        *,
        started: bool,
    ) -> None:
        self._parts = parts
        self._folder = folder
        self._device = device
        self._seed = seed
        self._batch = batch
        alone, together = size.decoder_blocks
        self._painter = Painter(size.decoder_channels, alone=alone, together=together)
        if started:
            extract(parts.vae, self._painter)
        for module in (self._painter, parts.vae, parts.transformer, parts.text_encoder):
            module.to(device)

    def run(
        self, name: StageName, budget: Budget, *, resume: bool, on_step: Callable[[Step], None]
    ) -> None:
        stage = self._stage(name, budget)
        if resume:
            stage.resume()
        for step in stage.run():
            on_step(step)
        if name == "decoder":
            install(self._painter, self._parts.vae)
        if name == "denoiser":
            use_plain_attention(self._parts.transformer)

    def _stage(self, name: StageName, budget: Budget) -> Stage:
        modules, loss = self._lesson(name)
        matrices = hidden_matrices(self._parts.transformer) if name == "denoiser" else []
        return Stage(
            name,
            modules=modules,
            loss=loss,
            checkpoint=self._folder / f"{name}.pt",
            budget=budget,
            learning_rate=_LEARNING_RATE[name],
            seed=self._seed,
            matrices=matrices,
        )

    def _lesson(self, name: StageName) -> tuple[Mapping[str, Any], Any]:
        parts, device = self._parts, self._device
        match name:
            case "decoder":
                scaling = parts.vae.config.scaling_factor
                return {"painter": self._painter}, PainterLoss(self._painter, scaling, device)
            case "denoiser":
                modules = {"transformer": parts.transformer, "text": parts.text_encoder}
                return modules, DenoiserLoss(parts, device, batch=self._batch)
            case "encoder":
                return {"encoder": parts.vae.encoder}, EncoderLoss(parts.vae, device)


def _budget(
    name: StageName, stages: Sequence[StageName], *, minutes: float | None, steps: int | None
) -> Budget:
    """A stage's part of the whole budget; nothing for one that is not asked for."""
    if name not in stages:
        return Budget(steps=0)
    if minutes is None:
        return Budget(steps=steps)
    return Budget(minutes=minutes * STAGES[name] / sum(STAGES[each] for each in stages))


def _progress_bar(*, shown: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:>9}"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        disable=not shown,
    )


def _tell(
    step: Step,
    parts: Parts,
    bar: Progress,
    task: Any,
    on_step: Callable[[Step, Parts], None] | None,
) -> None:
    bar.update(task, completed=step.share, loss=f"{step.loss:.4f}")
    if on_step is not None:
        on_step(step, parts)
