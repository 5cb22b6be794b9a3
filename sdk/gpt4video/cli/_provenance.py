"""`gpt4video verify` and `test-certificate`, and the options that sign and mark made clips."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gpt4video.cli._console import out, print_json, safe, say

if TYPE_CHECKING:
    from gpt4video_tools.provenance import LatticeWatermark, Provenance, Status, Verification

KEY_VARIABLE: Final = "GPT4VIDEO_WATERMARK_KEY"
"""Environment variable with the watermark's key: on the command line, others could read it."""

SignKey = Annotated[
    Path | None, typer.Option(help="PEM file with the private key that signs made clips (C2PA).")
]
SignCert = Annotated[
    Path | None, typer.Option(help="PEM file with its certificate and those that vouch for it.")
]
Mark = Annotated[
    bool,
    typer.Option(
        "--watermark", help=f"Mark the frames invisibly; a key may stand in {KEY_VARIABLE}."
    ),
]

_STYLES: Final[dict[Status, str]] = {
    "holds": "green",
    "untrusted": "yellow",
    "broken": "red",
    "unchecked": "yellow",
    "absent": "dim",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(verify)
    app.command()(test_certificate)


def chosen_provenance(
    sign_key: Path | None, sign_cert: Path | None, watermark: bool
) -> Provenance | None:
    """What the options of a command ask for.

    Raises:
        typer.BadParameter: only one of the files is given, or one of them is wrong.
    """
    from gpt4video_guards.errors import InvalidInputError
    from gpt4video_tools.provenance import ClipSigner, Provenance

    if (sign_key is None) != (sign_cert is None):
        raise typer.BadParameter("--sign-key and --sign-cert go together")
    signer = None
    if sign_key is not None and sign_cert is not None:
        try:
            signer = ClipSigner.from_files(key=sign_key, certificates=sign_cert)
        except InvalidInputError as error:
            raise typer.BadParameter(str(error)) from error
    if signer is None and not watermark:
        return None
    return Provenance(signer=signer, watermark=_watermark() if watermark else None)


def verify(
    file: Annotated[Path, typer.Argument(help="A clip.", exists=True, dir_okay=False)],
    trust: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="PEM file with certificates of those who are trusted to vouch for signers.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Say where a clip comes from, and what of that holds: manifest, signature, watermark.

    Exit codes: 0 something is there and all that is there holds, 1 something does not hold or
    nothing is there, 2 wrong call. A watermark with a key of its own needs that key, in the
    environment variable GPT4VIDEO_WATERMARK_KEY.
    """
    from gpt4video_guards.errors import InvalidInputError
    from gpt4video_tools.provenance import verify_clip

    try:
        trusted = None if trust is None else trust.read_bytes()
        found = verify_clip(file, trust=trusted, watermark=_watermark(), isolate=True)
    except InvalidInputError as error:
        raise typer.BadParameter(str(error)) from error
    if json:
        told = {kind: asdict(finding) for kind, finding in found.findings.items()}
        print_json({"file": str(file), "holds": found.holds, **told})
    else:
        _tell(file, found)
    raise typer.Exit(0 if found.holds else 1)


def test_certificate(
    folder: Annotated[Path, typer.Argument(help="Where the three files go.", file_okay=False)],
) -> None:
    """Write a key with a certificate for trying out signatures; nobody should trust it."""
    from gpt4video_guards.errors import InvalidInputError
    from gpt4video_tools.provenance import write_test_certificate

    try:
        files = write_test_certificate(folder)
    except InvalidInputError as error:
        raise typer.BadParameter(str(error)) from error
    say(f"gpt4video make ... --sign-key {files.key} --sign-cert {files.certificates}")
    say(f"gpt4video verify ... --trust {files.root}")


def _watermark() -> LatticeWatermark:
    from gpt4video_tools.provenance import LatticeWatermark

    key = os.environ.get(KEY_VARIABLE)
    return LatticeWatermark(key=key) if key else LatticeWatermark()


def _tell(file: Path, found: Verification) -> None:
    from rich.table import Table

    table = Table("what", "status", "detail", box=None)
    for kind, finding in found.findings.items():
        status = f"[{_STYLES[finding.status]}]{finding.status}[/]"
        table.add_row(kind, status, safe(finding.detail))
    for name, value in _origin(found).items():
        table.add_row(name, "", safe(value))
    out.print(table)
    nothing = all(finding.status == "absent" for finding in found.findings.values())
    verdict = "holds" if found.holds else "has no provenance" if nothing else "does not hold"
    say(f"{file} {verdict}", style="green" if found.holds else "red")


def _origin(found: Verification) -> dict[str, str]:
    """What is told of the clip by the best that holds."""
    signed = found.signature.says.get("facts") if found.signature.status == "holds" else None
    told = signed or (found.manifest.says if found.manifest.status == "holds" else {})
    names = ("generator", "prompt_author", "seed", "policy", "software", "created")
    return {name: str(told[name]) for name in names if told.get(name) is not None}
