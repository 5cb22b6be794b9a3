"""`gpt4video eval ...`: the tables of what the embedded default can do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gpt4video.cli._console import busy, out, steps_bar
from gpt4video_guards.errors import InvalidInputError

if TYPE_CHECKING:
    from gpt4video import VideoAssistant
    from gpt4video.evaluation import Report

Model = Annotated[str, typer.Option("--model", help="A preset or a folder.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Folder that holds safety/dev; by default the variable GPT4VIDEO_DATA."),
]
Seed = Annotated[int, typer.Option(help="The same number draws the same tests.")]


def register(app: typer.Typer) -> None:
    """Add the evaluations to their group."""
    for command in (understanding, generation, dialogue, safety, guards):
        app.command()(command)


def understanding(
    n: Annotated[int, typer.Option("--n", help="Questions.")] = 600,
    model: Model = "shapes",
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Questions about clips by another renderer, in other wordings, by family."""
    from gpt4video.evaluation import evaluate_understanding

    with _assistant(model) as assistant, steps_bar("understanding") as update:
        _finish(evaluate_understanding(assistant, n=n, seed=seed, progress=update), json)


def generation(
    n: Annotated[int, typer.Option("--n", help="Prompts with one object.")] = 120,
    generator: Annotated[str, typer.Option(help="A preset or a folder.")] = "shapes",
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Made clips read back by a pixel oracle, by attribute."""
    from gpt4video.evaluation import evaluate_generation
    from gpt4video.loading import load_named_generator

    with busy("loading the models"):
        made = load_named_generator(generator)
    with steps_bar("generation") as update:
        _finish(evaluate_generation(made, n=n, seed=seed, progress=update), json)


def dialogue(
    n: Annotated[int, typer.Option("--n", help="Messages, half of which ask for a clip.")] = 400,
    model: Model = "shapes",
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Video prompts written when asked for and only then; changes of the last clip."""
    from gpt4video.evaluation import DrawingGenerator, evaluate_dialogue

    with (
        _assistant(model, generator=DrawingGenerator()) as assistant,
        steps_bar("dialogue") as update,
    ):
        _finish(evaluate_dialogue(assistant, n=n, seed=seed, progress=update), json)


def safety(
    n: Annotated[int, typer.Option("--n", help="Labelled requests.")] = 1000,
    served: Annotated[int, typer.Option(help="Requests of the shapes world.")] = 200,
    model: Model = "shapes",
    data_dir: DataDir = None,
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Unsafe requests refused and safe ones served, without and with the guards."""
    from gpt4video.evaluation import DrawingGenerator, evaluate_safety

    drawing = DrawingGenerator()
    with (
        _assistant(model, generator=drawing) as off,
        _assistant(model, policy="standard", generator=drawing) as on,
        steps_bar("safety") as update,
    ):
        assistants = {"guards off": off, "guards on": on}
        report = evaluate_safety(
            assistants, data_of(data_dir), n=n, served=served, seed=seed, progress=update
        )
        _finish(report, json)


def guards(
    policy: Annotated[str, typer.Option(help="A policy preset or a YAML file.")] = "standard",
    data_dir: DataDir = None,
    part: Annotated[str, typer.Option(help="Which part of the data.")] = "dev",
    json: JsonFile = None,
) -> None:
    """The text guards of a policy on labelled texts: F1, AUPRC, false alarms, latency."""
    from gpt4video_guards import GuardPipeline
    from gpt4video_guards.evaluation import evaluate, read_rows

    rows = read_rows(data_of(data_dir) / "safety" / part)
    with busy("judging"):
        report = evaluate(rows, GuardPipeline.from_policy(policy))
    out.print(report.table())
    if json is not None:
        report.write_json(json)
        out.print(f"figures in {json}", markup=False)


def data_of(data_dir: Path | None) -> Path:
    """The folder of the labelled texts, from the option or the environment."""
    folder = data_dir or Path(os.environ.get("GPT4VIDEO_DATA", "../shared/data"))
    if not (folder / "safety").is_dir():
        raise InvalidInputError(
            "data_dir", str(folder), "a folder that holds safety/ (or set GPT4VIDEO_DATA)"
        )
    return folder


def _assistant(model: str, *, policy: str = "off", generator: Any = None) -> VideoAssistant:
    from gpt4video import VideoAssistant

    with busy("loading the models"):
        return VideoAssistant.from_pretrained(model, policy=policy, generator=generator)


def _finish(report: Report, json: Path | None) -> None:
    out.print(report)
    if json is not None:
        out.print(f"figures in {report.write(json)}", markup=False)
