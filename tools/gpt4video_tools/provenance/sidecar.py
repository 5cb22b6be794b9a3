"""The sidecar: `clip.mp4.json` beside every clip that we make, bound to it by a hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from pydantic import ValidationError

from gpt4video_tools.provenance.errors import ManifestError
from gpt4video_tools.provenance.manifest import Manifest
from gpt4video_tools.video.replacing import replacing

_LONGEST = 1_000_000  # bytes; ours are a few thousand


@dataclass(frozen=True, kw_only=True)
class ManifestCheck:
    """Whether a file is the one that its manifest speaks of."""

    holds: bool
    problem: str
    """A sentence; empty where it holds."""
    manifest: Manifest | None
    """None where there is none that can be read."""


def manifest_path(clip: str | PathLike[str]) -> Path:
    """`clip.mp4` -> `clip.mp4.json`."""
    clip = Path(clip)
    return clip.with_name(f"{clip.name}.json")


def write_manifest(clip: str | PathLike[str], manifest: Manifest) -> Path:
    """Write the sidecar of `clip` whole or not at all, and return its path."""
    target = manifest_path(clip)
    with replacing(target) as beside:
        beside.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return target


def read_manifest(clip: str | PathLike[str]) -> Manifest:
    """The manifest beside `clip` (the mp4's own path, not the sidecar's).

    Raises:
        ManifestError: there is none, or it is not one of ours.
    """
    path = manifest_path(clip)
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST + 1)
    except OSError as error:
        problem = "there is no manifest" if isinstance(error, FileNotFoundError) else str(error)
        raise ManifestError(path, problem) from error
    if len(raw) > _LONGEST:
        raise ManifestError(path, f"longer than {_LONGEST} bytes")
    try:
        return Manifest.model_validate(json.loads(raw))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ManifestError(path, "not a manifest of gpt4video") from error


def verify_manifest(clip: str | PathLike[str]) -> ManifestCheck:
    """Whether `clip` is, byte for byte, the file that its manifest speaks of. Never raises
    for a file or manifest that is missing or broken: that is an answer too.

    A manifest that holds shows that nobody changed the clip by accident. It is not signed: who
    can write both files can forge both.
    """
    try:
        manifest = read_manifest(clip)
    except ManifestError as error:
        return ManifestCheck(holds=False, problem=error.problem, manifest=None)
    try:
        with Path(clip).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        problem = f"the clip cannot be read: {error.strerror or error}"
        return ManifestCheck(holds=False, problem=problem, manifest=manifest)
    if found != manifest.sha256:
        problem = "the clip is not the one that the manifest speaks of: its hash differs"
        return ManifestCheck(holds=False, problem=problem, manifest=manifest)
    return ManifestCheck(holds=True, problem="", manifest=manifest)
