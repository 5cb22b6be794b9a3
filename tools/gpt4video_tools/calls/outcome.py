"""What a tool call answers: a text for the model, and an artifact for the program around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from urllib.parse import urlsplit
from urllib.request import url2pathname

from gpt4video_tools.gallery import GenerationBlocked, GenerationReady
from gpt4video_tools.provenance import summarise

if TYPE_CHECKING:
    from gpt4video_guards import StageResult

OutcomeStatus = Literal["ready", "blocked", "failed", "cancelled"]
"""`ready` a file is there, `blocked` a guard said no (or could not speak), `failed` the generator
or the disk broke, `cancelled` the caller stopped it. There is a file for the first only."""


class VideoArtifact(TypedDict):
    """The artifact of a `VideoGenerationTool`: plain values, so that any checkpointer keeps it."""

    status: OutcomeStatus
    stage: str | None
    """The stage that blocked, `video_prompt` or `output_video`."""
    problem: str
    """Why there is no file, for the program and its log; empty where there is one."""
    uri: str | None
    """The handle of the mp4 in the tool's store; the text for the model names it too."""
    path: str | None
    """The mp4 itself, where the store is a local folder."""
    mime_type: str | None
    manifest: dict[str, Any] | None
    """What the sidecar beside the mp4 holds: hash, generator, seed, sizes, policy ..."""
    verdicts: list[dict[str, Any]]
    """Every verdict, in order, on every path."""


Outcome = tuple[str, VideoArtifact]


def ready(event: GenerationReady, uri: str, results: Sequence[StageResult]) -> Outcome:
    """The clip is there, and kept under that handle."""
    frames, height, width = event.video.frames.shape[:3]
    text = " ".join(
        [
            f"Made a video of {event.video.duration:.1f} seconds",
            f"({frames} frames, {width} x {height} pixels, seed {event.video.seed}).",
            *(f"Note: {note}." for note in event.video.notes),
            f"It is at {uri}",
        ]
    )
    artifact = _artifact("ready", results)
    artifact |= {
        "uri": uri,
        "path": _local_path(uri),
        "mime_type": "video/mp4",
        "manifest": event.manifest.model_dump(mode="json"),
    }
    return text, artifact


def blocked(event: GenerationBlocked, results: Sequence[StageResult]) -> Outcome:
    """A guard said no, or could not speak; the model is told which, and no guard's inner words."""
    result = event.result
    subject = "the prompt" if result.stage == "video_prompt" else "the generated video"
    unjudged = result.blocking is not None and result.blocking.decision == "error"
    why = "could not be judged for safety" if unjudged else "was blocked by the safety policy"
    text = f"No video was made: {subject} {why}."
    if not unjudged:
        text = f"{text} {result.reason}".strip()
    artifact = _artifact("blocked", results)
    artifact |= {"stage": result.stage, "problem": result.reason}
    return text, artifact


def failed(error: Exception, results: Sequence[StageResult]) -> Outcome:
    """Something broke. The model is not told what: messages of libraries may name paths."""
    artifact = _artifact("failed", results)
    artifact |= {"problem": f"{type(error).__name__}: {error}"}
    return "No video was made: the video generator failed.", artifact


def cancelled(results: Sequence[StageResult]) -> Outcome:
    """The caller stopped it."""
    artifact = _artifact("cancelled", results)
    artifact |= {"problem": "the generation was cancelled"}
    return "No video was made: the generation was cancelled.", artifact


def _local_path(uri: str) -> str | None:
    address = urlsplit(uri)
    return url2pathname(address.path) if address.scheme == "file" else None


def _artifact(status: OutcomeStatus, results: Sequence[StageResult]) -> VideoArtifact:
    return VideoArtifact(
        status=status,
        stage=None,
        problem="",
        uri=None,
        path=None,
        mime_type=None,
        manifest=None,
        verdicts=[verdict.model_dump(mode="json") for verdict in summarise(results)],
    )
