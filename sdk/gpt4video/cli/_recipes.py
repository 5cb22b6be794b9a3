"""From a part's name to its recipe, and from what the recipes wrote to one assistant's folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gpt4video.loading import PRESETS

SHIPPED: Final = PRESETS["shapes"]
NAMES: Final = {"clip": "clip", "lm": "lm", "video-llm": "model", "generator": "generator"}
"""Parts, and the folders of an assistant that they fill."""
FURTHER: Final[dict[str, dict[str, Any]]] = {
    "lm": {"steps": 1900, "dialogues": 24, "peak": 1e-3},
    "video-llm": {"clips": 3000, "instruction_steps": 170},
}
"""Options of the recipes that go on from the shipped models."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a part is trained."""

    folder: Path
    data_dir: Path | None
    """Holds `safety/train`; None leaves the labelled texts out."""
    steps: int | None
    """None for the recipe's own number."""
    minutes: float
    """Of the generator, where `steps` is None."""
    resume: bool
    further: bool = False
    """Go on from the shipped model."""

    def fitting(self, **options: Any) -> dict[str, Any]:
        """Options of a recipe, without those that are left to it."""
        return {name: value for name, value in options.items() if value is not None}

    def start(self, part: str) -> dict[str, Any]:
        """Options of a recipe that is to go on from the shipped model; none where it is not."""
        return {"start": SHIPPED / NAMES[part], **FURTHER[part]} if self.further else {}

    def base(self, part: str) -> Path:
        """The folder of a part: of this run if it trained it, else the shipped one."""
        own = self.folder / "shapes" / part
        return own if own.is_dir() else SHIPPED / part


def train_part(part: str, run: Run) -> Path:
    """Train one part and put it into the assistant's folder `run.folder/shapes`."""
    trained = _RECIPES[part](run)
    target = run.folder / "shapes" / NAMES[part]
    partial = target.with_name(f".{target.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(trained, partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    if part == "video-llm":
        _complete(run, target)
    return target


def _complete(run: Run, model: Path) -> None:
    """Put the frozen bases beside the video LLM, so that the folder can move as a whole."""
    folder = model.parent
    for part in ("clip", "lm"):
        if not (folder / part).is_dir():
            shutil.copytree(run.base(part), folder / part)
    shutil.copyfile(SHIPPED / "concepts.json", folder / "concepts.json")


def _clip(run: Run) -> Path:
    from gpt4video.shapes.clip.recipe import train_clip

    return train_clip(run.folder / "clip", resume=run.resume, **run.fitting(steps=run.steps))


def _lm(run: Run) -> Path:
    from gpt4video.shapes.lm import train_lm

    return train_lm(
        run.folder / "lm",
        tokenizer=SHIPPED / "lm",
        data_dir=run.data_dir,
        resume=run.resume,
        **run.start("lm") | run.fitting(steps=run.steps),
    )


def _video_llm(run: Run) -> Path:
    from gpt4video.shapes.video_llm.recipe import train_video_llm

    return train_video_llm(
        run.folder / "video-llm",
        clip=run.base("clip"),
        lm=run.base("lm"),
        data_dir=run.data_dir,
        resume=run.resume,
        **run.start("video-llm")
        | run.fitting(alignment_steps=run.steps, instruction_steps=run.steps),
    )


def _generator(run: Run) -> Path:
    import torch

    from gpt4video.shapes.generator import train_generator

    return train_generator(
        run.folder / "generator",
        resume=run.resume,
        steps=run.steps,
        minutes=run.minutes if run.steps is None else None,
        device="cuda" if torch.cuda.is_available() else "cpu",
    )


_RECIPES: Final[dict[str, Callable[[Run], Path]]] = {
    "clip": _clip,
    "lm": _lm,
    "video-llm": _video_llm,
    "generator": _generator,
}
