"""`gpt4video train ...`: the recipes of everything that is shipped."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gpt4video.cli._console import out, say
from gpt4video.cli._data import data_of, safety_data_if_any


class Part(StrEnum):
    """What can be trained; `all` is every part in order."""

    CLIP = "clip"
    LM = "lm"
    VIDEO_LLM = "video-llm"
    GENERATOR = "generator"
    ALL = "all"


RunDir = Annotated[Path, typer.Option(help="Checkpoints and results; resumed when it has some.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder that holds safety/train; by default the variable GPT4VIDEO_DATA."),
]
Steps = Annotated[
    int | None, typer.Option(min=1, help="Optimisation steps, other than the recipe's.")
]
Minutes = Annotated[
    float, typer.Option(min=0.01, help="Of the generator, where --steps is not given.")
]
Further = Annotated[
    bool,
    typer.Option(
        "--further",
        help="Train the shipped language model or video LLM on, rather than one from scratch.",
    ),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Do not resume: begin anew.")]


def register(app: typer.Typer) -> None:
    """Add the training commands to their group."""
    app.command()(shapes)
    app.command()(guard)


def shapes(
    part: Annotated[
        Part, typer.Argument(help="Which part; `all` trains them in order.")
    ] = Part.ALL,
    run_dir: RunDir = Path("runs"),
    data_dir: DataDir = None,
    steps: Steps = None,
    minutes: Minutes = 60.0,
    further: Further = False,
    fresh: Fresh = False,
) -> None:
    """Train the embedded models, on a CPU or a GPU, each part resumable.

    What comes out is put together as RUN_DIR/shapes, which --model ./RUN_DIR/shapes loads.
    """
    from gpt4video.cli._recipes import Run, train_part
    from gpt4video_guards.errors import InvalidInputError

    run = Run(
        folder=run_dir,
        data_dir=safety_data_if_any(data_dir),
        steps=steps,
        minutes=minutes,
        further=further,
        resume=not fresh,
    )
    parts = [each for each in Part if each is not Part.ALL] if part is Part.ALL else [part]
    if further and not set(parts) <= {Part.LM, Part.VIDEO_LLM}:
        raise InvalidInputError("--further", part.value, "with lm or video-llm")
    for each in parts:
        say(f"{each.value}: {train_part(each.value, run)}")


def guard(
    run_dir: RunDir = Path("runs"),
    data_dir: DataDir = None,
    share: Annotated[
        float, typer.Option(min=0.0001, max=1.0, help="How much of the data; less for trials.")
    ] = 1.0,
    fresh: Fresh = False,
) -> None:
    """Train the embedded text classifier of the guards: under an hour on one core; resumable."""
    from rich.table import Table

    from gpt4video.guard_training import GuardOptions, train_guard

    report = train_guard(
        run_dir / "guard",
        data_of(data_dir) / "safety",
        options=GuardOptions(share=share),
        resume=not fresh,
    )
    columns = ("f1", "auprc", "fpr", "recall")
    table = Table("dev", *columns, title="Figures per kind of text", title_justify="left")
    for kind, figures in report.dev.items():
        table.add_row(kind, *(f"{figures[column]:.3f}" for column in columns))
    out.print(table)
    say(f"guard: {report.weights}")
