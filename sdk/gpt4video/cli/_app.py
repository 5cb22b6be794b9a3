"""The commands and their options; each does its work in a module of its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from gpt4video.cli._console import existing, fail
from gpt4video_guards.errors import GPT4VideoError

app = typer.Typer(
    name="gpt4video",
    help="A safety-aware video assistant: watches clips, talks about them, makes new ones.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
train = typer.Typer(help="Train the embedded models again; every recipe is resumable.")
evaluate = typer.Typer(help="Measure the embedded default, and print and write the tables.")
app.add_typer(train, name="train", no_args_is_help=True)
app.add_typer(evaluate, name="eval", no_args_is_help=True)

Model = Annotated[
    str, typer.Option("--model", help='A preset ("shapes") or a folder ("./my-model").')
]
PolicyName = Annotated[
    str, typer.Option("--policy", help='A policy preset ("standard", "off") or a YAML file.')
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Same prompt and seed, same clip.")]
OutputDir = Annotated[Path | None, typer.Option("--output-dir", help="Where made clips are kept.")]
Blocked = Annotated[
    list[str] | None,
    typer.Option(
        "--block", help='A concept to block in frames, e.g. "a red triangle"; repeatable.'
    ),
]


def main() -> None:
    """Run the command line; errors of ours end in one line and exit code 1."""
    try:
        app()
    except GPT4VideoError as error:
        fail(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        fail("interrupted")
        sys.exit(130)


@app.command()
def demo(
    output_dir: Annotated[Path, typer.Option(help="Where the clips and pictures go.")] = Path(
        "out/demo"
    ),
    policy: PolicyName = "standard",
) -> None:
    """The whole system at work on the embedded models, offline: watch, talk, make, refuse."""
    from gpt4video.cli._demo import run_demo

    run_demo(output_dir, policy=policy)


@app.command()
def ask(
    clip: Annotated[Path, typer.Argument(help="A video file.")],
    question: Annotated[str, typer.Argument(help="What you want to know about it.")],
    model: Model = "shapes",
    policy: PolicyName = "standard",
    block: Blocked = None,
    json: Json = False,
) -> None:
    """Ask one question about a clip."""
    from gpt4video.cli._ask import run_ask

    code = run_ask(
        existing(clip), question, model=model, policy=policy, blocked=block or [], as_json=json
    )
    raise typer.Exit(code)


@app.command()
def chat(
    clips: Annotated[list[Path] | None, typer.Argument(help="Clips to begin with.")] = None,
    model: Model = "shapes",
    policy: PolicyName = "standard",
    output_dir: OutputDir = None,
) -> None:
    """Talk in the terminal; name a clip's path in your words to show it."""
    from gpt4video.cli._chat import run_chat

    run_chat([existing(each) for each in clips or []], model=model, policy=policy, into=output_dir)


@app.command()
def make(
    prompt: Annotated[str, typer.Argument(help="What the clip shows.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The mp4 file to write.")],
    generator: Annotated[
        str, typer.Option(help='"shapes", a gallery preset, or a folder of a diffusers pipeline.')
    ] = "shapes",
    policy: PolicyName = "standard",
    seed: Seed = None,
    json: Json = False,
) -> None:
    """Make a clip straight from a prompt, judged before and after."""
    from gpt4video.cli._make import run_make

    code = run_make(prompt, output, generator=generator, policy=policy, seed=seed, as_json=json)
    raise typer.Exit(code)


@app.command()
def info(json: Json = False) -> None:
    """Versions, devices, presets and their sizes."""
    from gpt4video.cli._info import run_info

    run_info(as_json=json)


from gpt4video.cli import _eval, _train  # noqa: E402  (they add their commands to the groups above)

_train.register(train)
_eval.register(evaluate)
