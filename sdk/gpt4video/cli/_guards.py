"""`gpt4video guards ...`: how good a policy's text guards are, and thresholds to fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from gpt4video.cli._console import out, say, steps_bar

if TYPE_CHECKING:
    from gpt4video_guards.evaluation import Row
    from gpt4video_guards.subject import TextKind

Data = Annotated[
    list[Path],
    typer.Argument(help="Labelled texts: files of our own or of a public set, or folders of them."),
]
PolicyName = Annotated[
    str, typer.Option("--policy", help='A policy preset ("standard") or a YAML file.')
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format", help='The layout of the files ("xstest"); else it is known by their columns.'
    ),
]
Kind = Annotated[
    str | None,
    typer.Option("--kind", help='Judge all texts as this kind ("comment"), not as their set says.'),
]
Count = Annotated[
    int | None, typer.Option("--n", min=1, help="Only this many texts, drawn at random.")
]
Seed = Annotated[int, typer.Option(help="The same number draws the same texts.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]


def register(app: typer.Typer) -> None:
    """Add the commands to their group."""
    app.command("eval")(evaluate_policy)
    for command in (calibrate, compare, attacks, turns):
        app.command()(command)


def evaluate_policy(
    data: Data,
    policy: PolicyName = "standard",
    format: Format = None,
    kind: Kind = None,
    n: Count = None,
    seed: Seed = 0,
    speed: Annotated[
        bool, typer.Option(help="Also take times: latency, throughput, cold start.")
    ] = True,
    plots: Annotated[
        Path | None,
        typer.Option(help="Draw precision-recall curves and a reliability diagram in here."),
    ] = None,
    json: JsonFile = None,
) -> None:
    """F1, AUPRC, false alarms, recall, per kind, source and category; times; curves."""
    from dataclasses import replace

    from gpt4video_guards.evaluation import evaluate, measure_speed, write_plots

    rows = _rows(data, format, kind, n, seed)
    with steps_bar("judging") as update:
        report = evaluate(rows, policy, progress=update)
    if speed:
        with steps_bar("taking times"):
            report = replace(report, speed=measure_speed(rows, policy))
    if plots is not None:
        for path in write_plots(report, plots):
            say(f"drawn: {path}")
    _finish(report, json)


def calibrate(
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The YAML file to write.")],
    fpr: Annotated[
        list[str],
        typer.Option(help='Wanted share of false alarms: "0.05", or by kind "prompt=0.02" ...'),
    ],
    policy: PolicyName = "standard",
    format: Format = None,
    kind: Kind = None,
    n: Count = None,
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Write a policy whose thresholds keep false alarms within a share, kind by kind."""
    from gpt4video_guards.evaluation import calibrate as calibrated
    from gpt4video_guards.evaluation import write_policy

    wanted = _wanted(fpr)
    rows = _rows(data, format, kind, n, seed)
    with steps_bar("judging") as update:
        found = calibrated(rows, policy, fpr=wanted, progress=update)
    write_policy(found.policy, output)
    _finish(found, json)
    say(f"policy in {output}")


def compare(
    a: Annotated[str, typer.Argument(help="A policy preset or a YAML file.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    data: Data,
    format: Format = None,
    kind: Kind = None,
    n: Count = None,
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Two policies on the same texts, side by side, with differences per source."""
    from gpt4video_guards.evaluation import compare as compared

    rows = _rows(data, format, kind, n, seed)
    with steps_bar("judging") as update:
        comparison = compared(rows, a, b, progress=update)
    _finish(comparison, json)


def attacks(
    data: Data,
    policy: PolicyName = "standard",
    format: Format = None,
    kind: Kind = None,
    n: Count = 300,
    seed: Seed = 0,
    disguise: Annotated[
        list[str],
        typer.Option(
            help='Only this one beside the texts as they are; repeat it for more, "none" for none.'
        ),
    ] = [],  # noqa: B006, typer copies it
    json: JsonFile = None,
) -> None:
    """Recall and false alarms in each disguise, as texts came and as the pipeline reads them."""
    from gpt4video_guards.evaluation import DISGUISES, measure_attacks

    known = {"none", *DISGUISES}
    if unknown := sorted(set(disguise) - known):
        raise typer.BadParameter(
            f"--disguise: got {', '.join(unknown)}, expected some of {', '.join(sorted(known))}"
        )
    chosen = {name: DISGUISES[name] for name in DISGUISES if not disguise or name in disguise}
    rows = _rows(data, format, kind, n, seed)
    with steps_bar("judging") as update:
        report = measure_attacks(rows, policy, disguises=chosen, seed=seed, progress=update)
    _finish(report, json)


def turns(
    data: Data,
    policy: PolicyName = "standard",
    format: Format = None,
    n: Count = None,
    seed: Seed = 0,
    json: JsonFile = None,
) -> None:
    """Requests cut into several messages: what judging them with what was asked before gains."""
    from gpt4video_guards.evaluation import measure_turns, sample

    rows = [row for row in _rows(data, format, None, None, seed) if row.kind == "prompt"]
    rows = rows if n is None else sample(rows, n, seed=seed)
    with steps_bar("judging") as update:
        report = measure_turns(rows, policy, seed=seed, progress=update)
    _finish(report, json)


def _rows(
    data: list[Path], format: str | None, kind: str | None, n: int | None, seed: int
) -> list[Row]:
    from gpt4video_guards.evaluation import read_rows, sample
    from gpt4video_guards.subject import TEXT_KINDS

    if kind is not None and kind not in TEXT_KINDS:
        raise typer.BadParameter(f"--kind: got {kind}, expected one of {', '.join(TEXT_KINDS)}")
    rows = [row for path in data for row in read_rows(path, format=format, kind=kind)]
    return rows if n is None else sample(rows, n, seed=seed)


def _wanted(fpr: list[str]) -> float | dict[TextKind, float]:
    """One share for all kinds, or one by kind; never both."""
    from gpt4video_guards.subject import TEXT_KINDS

    by_kind: dict[TextKind, float] = {}
    for words in fpr:
        kind, _, share = words.rpartition("=")
        try:
            value = float(share)
        except ValueError as error:
            raise typer.BadParameter(f"--fpr: got {words}, expected a share in [0, 1]") from error
        if not kind and len(fpr) == 1:
            return value
        if kind not in TEXT_KINDS:
            raise typer.BadParameter(
                f"--fpr: got {words}, expected KIND=SHARE with one of {', '.join(TEXT_KINDS)}"
            )
        by_kind[kind] = value
    return by_kind


class _Shown(Protocol):
    def __rich__(self) -> object: ...

    def write_json(self, path: Path) -> None: ...


def _finish(report: _Shown, json: Path | None) -> None:
    out.print(report)
    if json is not None:
        report.write_json(json)
        say(f"figures in {json}")
