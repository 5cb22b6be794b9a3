"""What is written down about a clip: facts of its making, and the file that they belong to.

The facts are the same in the sidecar and under the signature inside of the mp4. The prompt is there
as a hash only: its words are the user's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from gpt4video_guards import StageResult
    from gpt4video_tools.gallery.request import GeneratedVideo

SYNTHETIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's word for media made by a trained model."""

_SHA256 = r"^[0-9a-f]{64}$"


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


class WatermarkNote(BaseModel):
    """Which watermark the frames carry."""

    model_config = ConfigDict(frozen=True)

    scheme: str
    payload: str = Field(pattern=r"^([0-9a-f]{2})+$")
    """What it says, in hex: the first bytes of the clip's id."""


class SignatureNote(BaseModel):
    """Who signed the file, as the certificate says; whether to trust it is up to the reader."""

    model_config = ConfigDict(frozen=True)

    algorithm: str
    subject: str
    """Of the signer's certificate, as in RFC 4514: `CN=...,O=...`."""
    certificate_sha256: str = Field(pattern=_SHA256)


class Facts(BaseModel):
    """How a clip came to be."""

    model_config = ConfigDict(frozen=True)

    clip: str = Field(pattern=_SHA256)
    """The clip's id: a hash over generator, seed, prompt and frames."""
    digital_source_type: str = SYNTHETIC
    generator: str
    prompt_sha256: str = Field(pattern=_SHA256)
    prompt_author: str | None
    """The language model that wrote the prompt; None where it came from elsewhere."""
    seed: int
    num_frames: int
    height: int
    width: int
    fps: float
    notes: tuple[str, ...] = ()
    policy: str
    """Id of the policy under which the prompt and the frames were judged."""
    verdicts: tuple[VerdictSummary, ...] = ()
    watermark: WatermarkNote | None
    software: str
    created: datetime
    """UTC."""


class Manifest(Facts):
    """The facts of a clip's making, bound to one file."""

    format: Literal["gpt4video-manifest-1"] = "gpt4video-manifest-1"
    file: str
    """Name of the mp4, without folder."""
    sha256: str = Field(pattern=_SHA256)
    """Of the mp4's bytes."""
    signature: SignatureNote | None
    """Who signed the mp4; None for nobody."""

    @property
    def facts(self) -> Facts:
        """The facts alone."""
        return Facts(**{name: getattr(self, name) for name in Facts.model_fields})


def clip_id(video: GeneratedVideo, prompt: str) -> str:
    """SHA-256 (hex) of what made a clip and of its frames, before any watermark."""
    origin = f"{video.generator}\n{video.seed}\n{prompt}\n{video.key}"
    return _hash_of(origin)


def describe(
    video: GeneratedVideo,
    *,
    clip: str,
    prompt: str,
    policy: str,
    results: Iterable[StageResult] = (),
    prompt_author: str | None = None,
    watermark: WatermarkNote | None = None,
) -> Facts:
    """The facts of a clip.

    Args:
        video: the frames as they will be written.
        clip: its id.
        prompt: kept as a hash only.
        policy: id of the policy.
        results: what the stages said, in order.
        prompt_author: the language model that wrote the prompt, if one did.
        watermark: what the frames carry.
    """
    frames, height, width = video.frames.shape[:3]
    return Facts(
        clip=clip,
        generator=video.generator,
        prompt_sha256=_hash_of(prompt),
        prompt_author=prompt_author,
        seed=video.seed,
        num_frames=frames,
        height=height,
        width=width,
        fps=video.fps,
        notes=video.notes,
        policy=policy,
        verdicts=summarise(results),
        watermark=watermark,
        software=f"gpt4video {own_version()}",
        created=datetime.now(UTC),
    )


def bind(
    facts: Facts, content: bytes, *, file: str, signature: SignatureNote | None = None
) -> Manifest:
    """The manifest of a file.

    Args:
        facts: how the clip came to be.
        content: the bytes of the mp4 as they will be on disk, signed or not.
        file: its name, without folder.
        signature: who signed it.
    """
    return Manifest(
        **dict(facts),
        file=file,
        sha256=hashlib.sha256(content).hexdigest(),
        signature=signature,
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


def own_version() -> str:
    """Of the installed gpt4video."""
    try:
        return version("gpt4video")
    except PackageNotFoundError:
        return "(not installed)"


def _hash_of(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
