"""`gpt4video train ...`: the recipes of everything that is shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from gpt4video.cli._console import out
from gpt4video.cli._eval import data_of

Part = Literal["clip", "lm", "video-llm", "generator", "all"]

RunDir = Annotated[Path, typer.Option(help="Checkpoints and results; resumed when it has some.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder that holds safety/train; by default the variable GPT4VIDEO_DATA."),
]
Steps = Annotated[int | None, typer.Option(help="Optimisation steps, other than the recipe's.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Do not resume: begin anew.")]


def register(app: typer.Typer) -> None:
    """Add the training commands to their group."""
    app.command()(shapes)
    app.command()(guard)


def shapes(
    part: Annotated[Part, typer.Argument(help="Which part; `all` trains them in order.")] = "all",
    run_dir: RunDir = Path("runs"),
    data_dir: DataDir = None,
    steps: Steps = None,
    fresh: Fresh = False,
) -> None:
    """Train the embedded models from scratch, on a CPU or a GPU."""
    parts = list(_PARTS) if part == "all" else [part]
    for name in parts:
        folder = _PARTS[name](run_dir, data_dir, steps, not fresh)
        out.print(f"{name}: {folder}", markup=False)


def guard(
    run_dir: RunDir = Path("runs"),
    data_dir: DataDir = None,
) -> None:
    """Train the embedded text classifier of the guards."""
    from gpt4video_guards.text.training import train

    out.print(f"guard: {train(data_of(data_dir), run_dir / 'guard')}", markup=False)


def _clip(run_dir: Path, _: Path | None, steps: int | None, resume: bool) -> Path:
    from gpt4video.shapes.clip.recipe import train_clip

    return train_clip(run_dir / "clip", resume=resume, **_given(steps=steps))


def _lm(run_dir: Path, data_dir: Path | None, steps: int | None, resume: bool) -> Path:
    from gpt4video.shapes.lm import train_lm

    return train_lm(
        run_dir / "lm", data_dir=data_of(data_dir), resume=resume, **_given(steps=steps)
    )


def _video_llm(run_dir: Path, data_dir: Path | None, steps: int | None, resume: bool) -> Path:
    from gpt4video.shapes.video_llm.recipe import train_video_llm

    return train_video_llm(
        run_dir / "video-llm",
        clip=_trained(run_dir, "clip"),
        lm=_trained(run_dir, "lm"),
        data_dir=data_of(data_dir),
        resume=resume,
        **_given(alignment_steps=steps, instruction_steps=steps),
    )


def _generator(run_dir: Path, _: Path | None, steps: int | None, resume: bool) -> Path:
    from gpt4video.shapes.generator import train_generator

    return train_generator(run_dir / "generator", resume=resume, **_given(steps=steps))


_PARTS: Final[dict[str, Callable[[Path, Path | None, int | None, bool], Path]]] = {
    "clip": _clip,
    "lm": _lm,
    "video-llm": _video_llm,
    "generator": _generator,
}


def _trained(run_dir: Path, part: str) -> Path:
    """The folder that this run made, or the shipped one."""
    from gpt4video.loading import PRETRAINED

    made = run_dir / part / part
    return made if made.is_dir() else PRETRAINED / "shapes" / part


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
