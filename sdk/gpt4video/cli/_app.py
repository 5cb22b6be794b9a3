"""The commands and their options; each does its work in a module of its own.

Nothing heavy is imported here, so that `--help` answers at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gpt4video.cli import _eval, _guards, _provenance, _train
from gpt4video.cli._commands import Commands
from gpt4video.cli._mcp import Transport
from gpt4video.cli._provenance import Mark, SignCert, SignKey, chosen_provenance

app = typer.Typer(
    name="gpt4video",
    cls=Commands,
    help="A safety-aware video assistant: watches clips, talks about them, makes new ones.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong call, 3 refused by the guards.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
train = typer.Typer(help="Train the embedded models again; every recipe is resumable.")
evaluate = typer.Typer(help="Measure the embedded default: print the tables, write the figures.")
guards = typer.Typer(help="Measure and fit the guards of a policy on labelled texts.")
app.add_typer(train, name="train", no_args_is_help=True)
app.add_typer(evaluate, name="eval", no_args_is_help=True)
app.add_typer(guards, name="guards", no_args_is_help=True)
_train.register(train)
_eval.register(evaluate)
_guards.register(guards)
_provenance.register(app)

Model = Annotated[
    str, typer.Option("--model", help='A preset ("shapes") or a folder ("./my-model").')
]
PolicyName = Annotated[
    str, typer.Option("--policy", help='A policy preset ("standard", "off") or a YAML file.')
]
Device = Annotated[str, typer.Option("--device", help='"cpu", "cuda", "cuda:1", "mps", "auto".')]
Generator = Annotated[
    str | None,
    typer.Option("--generator", help="Another one than the model's: a gallery preset or a folder."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Same prompt and seed, same clip.")]
OutputDir = Annotated[Path | None, typer.Option("--output-dir", help="Where made clips are kept.")]
Blocked = Annotated[
    list[str] | None,
    typer.Option(
        "--block", help='A concept to block in frames, e.g. "a red triangle"; repeatable.'
    ),
]


def main() -> None:
    """Run the command line."""
    app()


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise typer.BadParameter(f"no such file: {path}")
    return path


def _all_existing(paths: list[Path] | None) -> list[Path] | None:
    return None if paths is None else [_existing(path) for path in paths]


def _mp4(path: Path) -> Path:
    if path.suffix.lower() != ".mp4" or path.is_dir():
        raise typer.BadParameter(f"expected the name of an .mp4 file, got {path}")
    return path


def _version(wanted: bool) -> None:
    if wanted:
        from gpt4video import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    output_dir: Annotated[Path, typer.Option(help="Where the clips and pictures go.")] = Path(
        "out/demo"
    ),
    device: Device = "auto",
) -> None:
    """The whole system at work on the embedded models, offline: watch, talk, make, refuse."""
    from gpt4video.cli._demo import BLOCKED, run_demo
    from gpt4video.cli._models import load_assistant

    assistant = load_assistant(
        "shapes", policy="standard", device=device, blocked=[BLOCKED], output_dir=output_dir
    )
    with assistant:
        raise typer.Exit(run_demo(assistant, output_dir))


@app.command()
def ask(
    clip: Annotated[Path, typer.Argument(help="A video file.", callback=_existing)],
    question: Annotated[str, typer.Argument(help="What you want to know about it.")],
    model: Model = "shapes",
    policy: PolicyName = "standard",
    block: Blocked = None,
    device: Device = "auto",
    json: Json = False,
) -> None:
    """Ask one question about a clip."""
    from gpt4video.cli._ask import run_ask
    from gpt4video.cli._models import load_assistant

    with load_assistant(model, policy=policy, device=device, blocked=block or []) as assistant:
        raise typer.Exit(run_ask(assistant, clip, question, as_json=json))


@app.command()
def chat(
    clips: Annotated[
        list[Path] | None, typer.Argument(help="Clips to begin with.", callback=_all_existing)
    ] = None,
    model: Model = "shapes",
    policy: PolicyName = "standard",
    block: Blocked = None,
    generator: Generator = None,
    device: Device = "auto",
    output_dir: OutputDir = None,
    sign_key: SignKey = None,
    sign_cert: SignCert = None,
    watermark: Mark = False,
) -> None:
    """Talk in the terminal; name a clip's path in your words to show it."""
    from gpt4video.cli._chat import run_chat
    from gpt4video.cli._models import load_assistant

    provenance = chosen_provenance(sign_key, sign_cert, watermark)
    assistant = load_assistant(
        model,
        policy=policy,
        device=device,
        blocked=block or [],
        generator=generator,
        output_dir=output_dir,
        provenance=provenance,
    )
    with assistant:
        run_chat(assistant, clips or [])


@app.command()
def make(
    prompt: Annotated[str, typer.Argument(help="What the clip shows.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The mp4 file to write.", callback=_mp4)
    ],
    generator: Annotated[
        str, typer.Option(help='"shapes", a gallery preset, or a folder of a diffusers pipeline.')
    ] = "shapes",
    policy: PolicyName = "standard",
    block: Blocked = None,
    seed: Seed = None,
    device: Device = "auto",
    sign_key: SignKey = None,
    sign_cert: SignCert = None,
    watermark: Mark = False,
    json: Json = False,
) -> None:
    """Make a clip straight from a prompt, judged before and after."""
    from gpt4video import InvalidInputError, VideoRequest
    from gpt4video.cli._make import run_make
    from gpt4video.cli._models import load_guarded_generator

    try:
        request = VideoRequest(prompt=prompt, seed=seed)
    except InvalidInputError as error:
        raise typer.BadParameter(str(error)) from error
    provenance = chosen_provenance(sign_key, sign_cert, watermark)
    parts = load_guarded_generator(generator, policy=policy, device=device, blocked=block or [])
    raise typer.Exit(run_make(parts, request, output, provenance=provenance, as_json=json))


@app.command()
def gallery(
    name: Annotated[str | None, typer.Argument(help="One generator, in full.")] = None,
    json: Json = False,
) -> None:
    """Generators by name: licence, memory, defaults, and which of them fit this machine."""
    from gpt4video.cli._gallery import run_gallery

    run_gallery(name, as_json=json)


@app.command()
def mcp(
    transport: Annotated[
        Transport, typer.Option(help='"stdio" for a client that starts this, or "http".')
    ] = "stdio",
    host: Annotated[str, typer.Option(help="With http: the address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="With http: the port; 0 for a free one.")
    ] = 8000,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="With http: another name that clients may call it by; repeatable."),
    ] = None,
    clips_dir: Annotated[
        str | None,
        typer.Option(
            help="Where made clips are kept, a folder or a URL such as s3://bucket/clips; "
            "without it, they go when the server ends."
        ),
    ] = None,
    allow_folder: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A folder whose clips may be asked about; repeatable.",
        ),
    ] = None,
    inline_bytes: Annotated[
        int, typer.Option(min=0, help="Embed clips of up to this size in the results as well.")
    ] = 0,
    model: Model = "shapes",
    policy: PolicyName = "standard",
    block: Blocked = None,
    generator: Generator = None,
    device: Device = "auto",
    sign_key: SignKey = None,
    sign_cert: SignCert = None,
    watermark: Mark = False,
) -> None:
    """Serve the tools generate_video and ask_video to agents, by the Model Context Protocol."""
    from gpt4video.cli._mcp import run_mcp
    from gpt4video.cli._models import assistant_loader
    from gpt4video_tools.gallery import named_preset

    provenance = chosen_provenance(sign_key, sign_cert, watermark)
    preset = None if generator is None else named_preset(generator)
    load = assistant_loader(
        model, policy=policy, device=device, blocked=block or [], generator=generator
    )
    run_mcp(
        load,
        transport=transport,
        host=host,
        port=port,
        allowed_hosts=allow_host or [],
        clips=clips_dir,
        folders=allow_folder or [],
        inline_bytes=inline_bytes,
        provenance=provenance,
        open_world=preset is not None and preset.remote,
    )


@app.command()
def info(json: Json = False) -> None:
    """Versions, devices, presets and their sizes."""
    from gpt4video.cli._info import run_info

    run_info(as_json=json)
