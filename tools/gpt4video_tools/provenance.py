"""Where a clip came from: a sidecar `clip.mp4.json` beside every clip that we make.

The manifest says that the clip is synthetic, who made it, from which prompt (as a hash: the words
are the user's) and seed, and under which policy it was judged. It is bound to the file by a hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gpt4video_guards.errors import GPT4VideoError

if TYPE_CHECKING:
    from gpt4video_guards import StageResult
    from gpt4video_tools.gallery.request import GeneratedVideo

SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for media made by a trained model."""

_LONGEST_MANIFEST = 1_000_000  # bytes; ours are a few thousand


class ManifestError(GPT4VideoError):
    """A manifest is missing or cannot be read.

    Attributes:
        path: the manifest's path.
        problem: what is wrong with it.
    """

    def __init__(self, path: str | PathLike[str], problem: str) -> None:
        self.path = os.fspath(path)
        self.problem = problem
        super().__init__(f"{self.path}: {problem}")


class VerdictSummary(BaseModel):
    """One verdict in a manifest, without evidence or words of the user."""

    model_config = ConfigDict(frozen=True)

    stage: str
    decision: str
    category: str
    score: float
    """In [0, 1]; 1.0 where the guard failed."""
    threshold: float
    guard: str
    guard_version: str
    policy: str
    error: str = ""
    """Why the guard could not judge; with the decision `flag`, the policy let it pass unjudged."""


class Manifest(BaseModel):
    """What is known about one generated file."""

    model_config = ConfigDict(frozen=True)

    format: Literal["gpt4video-manifest-1"] = "gpt4video-manifest-1"
    file: str
    """Name of the mp4, without folder."""
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the mp4's bytes."""
    digital_source_type: str = SYNTHETIC
    generator: str
    prompt_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    seed: int
    num_frames: int
    height: int
    width: int
    fps: float
    notes: tuple[str, ...] = ()
    policy: str
    """Id of the policy under which the prompt and the frames were judged."""
    verdicts: tuple[VerdictSummary, ...] = ()
    software: str
    created: datetime
    """UTC."""


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


def describe(
    path: str | PathLike[str],
    video: GeneratedVideo,
    *,
    prompt: str,
    policy: str,
    results: Iterable[StageResult] = (),
) -> Manifest:
    """The manifest of a file that was just written.

    Args:
        path: the mp4 on disk; it is hashed.
        video: what was written there.
        prompt: kept as a hash only.
        policy: id of the policy.
        results: what the stages said, in order.
    """
    frames, height, width = video.frames.shape[:3]
    return Manifest(
        file=Path(path).name,
        sha256=_file_hash(Path(path)),
        generator=video.generator,
        prompt_sha256=hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).hexdigest(),
        seed=video.seed,
        num_frames=frames,
        height=height,
        width=width,
        fps=video.fps,
        notes=video.notes,
        policy=policy,
        verdicts=summarise(results),
        software=f"gpt4video {_own_version()}",
        created=datetime.now(UTC),
    )


def summarise(results: Iterable[StageResult]) -> tuple[VerdictSummary, ...]:
    """The verdicts of some stages, in order, as JSON can hold them."""
    return tuple(
        VerdictSummary(
            stage=verdict.stage,
            decision=verdict.decision,
            category=verdict.category,
            score=verdict.score,
            threshold=verdict.threshold,
            guard=verdict.guard,
            guard_version=verdict.guard_version,
            policy=verdict.policy,
            error=verdict.error,
        )
        for result in results
        for verdict in result.verdicts
    )


def write_manifest(clip: str | PathLike[str], manifest: Manifest) -> Path:
    """Write the sidecar of `clip` whole or not at all, and return its path."""
    target = manifest_path(clip)
    text = manifest.model_dump_json(indent=2) + "\n"
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return target


def read_manifest(clip: str | PathLike[str]) -> Manifest:
    """The manifest beside `clip` (the mp4's own path, not the sidecar's).

    Raises:
        ManifestError: there is none, or it is not one of ours.
    """
    path = manifest_path(clip)
    try:
        with path.open("rb") as file:
            raw = file.read(_LONGEST_MANIFEST + 1)
    except OSError as error:
        problem = "there is no manifest" if isinstance(error, FileNotFoundError) else str(error)
        raise ManifestError(path, problem) from error
    if len(raw) > _LONGEST_MANIFEST:
        raise ManifestError(path, f"longer than {_LONGEST_MANIFEST} bytes")
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
        found = _file_hash(Path(clip))
    except OSError as error:
        problem = f"the clip cannot be read: {error.strerror or error}"
        return ManifestCheck(holds=False, problem=problem, manifest=manifest)
    if found != manifest.sha256:
        problem = "the clip is not the one that the manifest speaks of: its hash differs"
        return ManifestCheck(holds=False, problem=problem, manifest=manifest)
    return ManifestCheck(holds=True, problem="", manifest=manifest)


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _own_version() -> str:
    try:
        return version("gpt4video")
    except PackageNotFoundError:
        return "(not installed)"
