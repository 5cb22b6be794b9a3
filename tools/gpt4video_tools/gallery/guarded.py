"""Prompt -> judged -> frames -> marked -> judged -> mp4 -> signed, as one generator of events.

The one place where a clip comes to be; the assistant and the LangChain tool both consume it.
Nothing is on disk before the frames were judged, and nothing stays there when it was blocked,
cancelled or failed. A clip that is to be signed is never there without its signature.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gpt4video_guards import FramesSubject, TextSubject
from gpt4video_guards.errors import GPT4VideoError, InvalidInputError
from gpt4video_tools import video as clips  # PyAV is loaded when the first clip is written
from gpt4video_tools.gallery.errors import GenerationCancelledError, GenerationError
from gpt4video_tools.gallery.request import GeneratedVideo, VideoGenerator, VideoRequest
from gpt4video_tools.provenance import (
    Facts,
    Manifest,
    Provenance,
    Watermark,
    WatermarkNote,
    bind,
    clip_id,
    describe,
    manifest_path,
    sign_mp4,
    write_manifest,
)
from gpt4video_tools.video.replacing import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gpt4video_guards import Policy, Stage, StageResult, Subject


class StageJudge(Protocol):
    """What this room needs of a `GuardPipeline`."""

    @property
    def policy(self) -> Policy:
        """The policy in force; its id goes into the manifest."""

    def run(self, stage: Stage, subjects: Sequence[Subject]) -> StageResult:
        """Judge the subjects at a stage; fails closed."""


@dataclass(frozen=True, kw_only=True)
class GenerationProgress:
    """A step of the generator is done."""

    step: int
    """Steps done, from 1."""
    total: int
    """Steps in all."""


@dataclass(frozen=True, kw_only=True)
class GenerationJudged:
    """A stage was judged, `video_prompt` or `output_video`, whatever came out."""

    result: StageResult


@dataclass(frozen=True, kw_only=True)
class GenerationReady:
    """The last event of a clip that may be shown: it is on disk."""

    path: Path
    """The mp4; its manifest lies beside it."""
    prompt: str
    """What it was made of: the wish, but for what the guards took out."""
    video: GeneratedVideo
    manifest: Manifest


@dataclass(frozen=True, kw_only=True)
class GenerationBlocked:
    """The last event of a clip that may not be shown: there is no file."""

    result: StageResult
    """The stage that blocked."""


GenerationEvent = GenerationProgress | GenerationJudged | GenerationReady | GenerationBlocked


def generate_guarded(
    request: VideoRequest,
    *,
    generator: VideoGenerator,
    pipeline: StageJudge,
    output_dir: str | PathLike[str],
    context: str = "",
    cancelled: Callable[[], bool] | None = None,
    judge_prompt: bool = True,
    provenance: Provenance | None = None,
    prompt_author: str | None = None,
) -> Generator[GenerationEvent]:
    """Make a clip under guard, event by event.

    The generator works in a thread of its own, so progress arrives while it works. Closing the
    iterator cancels the generation and waits until the generator has noticed.

    Args:
        request: what to make.
        generator: who makes it.
        pipeline: who judges, usually a `GuardPipeline`; there is no unguarded way.
        output_dir: where the mp4 and its manifest go; made when the first clip is ready.
        context: the turn in which the prompt came about, for guards that read it.
        cancelled: asked between steps; true ends in `GenerationCancelledError`.
        judge_prompt: false where the caller judged the prompt at `video_prompt` already.
        provenance: whether the frames are marked (before they are judged) and the file signed;
            None for neither.
        prompt_author: the language model that wrote the prompt, for the manifest; None where a
            person did, or who knows.

    Yields:
        `GenerationJudged` for each stage, `GenerationProgress` for each step, and at the end
        `GenerationReady` or `GenerationBlocked`.

    Raises:
        GenerationCancelledError: `cancelled` said so.
        GenerationError: the generator failed; the cause is chained.
        InvalidInputError: the frames are too small for the watermark.
        SigningError: the file could not be signed.
        ClipError: the frames could not be written.
    """
    provenance = Provenance() if provenance is None else provenance
    if not isinstance(provenance, Provenance):
        raise InvalidInputError("provenance", provenance, "a Provenance")
    results: list[StageResult] = []
    if judge_prompt:
        words = TextSubject(text=request.prompt, kind="t2v_prompt", context=context)
        results.append(pipeline.run("video_prompt", [words]))
        yield GenerationJudged(result=results[-1])
        if results[-1].blocked:
            yield GenerationBlocked(result=results[-1])
            return
        request = request.model_copy(update={"prompt": results[-1].text(request.prompt)})

    video = yield from _made_in_background(request, generator, cancelled)
    clip, note = clip_id(video, request.prompt), None
    if provenance.watermark is not None:
        video, note = _marked(video, clip, provenance.watermark)

    seen = FramesSubject(frames=video.frames, times=video.times, key=video.key)
    results.append(pipeline.run("output_video", [seen]))
    yield GenerationJudged(result=results[-1])
    if results[-1].blocked:
        yield GenerationBlocked(result=results[-1])
        return
    if cancelled is not None and cancelled():
        raise GenerationCancelledError(generator.name)

    facts = describe(
        video,
        clip=clip,
        prompt=request.prompt,
        policy=pipeline.policy.id,
        results=results,
        prompt_author=prompt_author,
        watermark=note,
    )
    path, manifest = _written(video, facts, provenance, Path(output_dir))
    yield GenerationReady(path=path, prompt=request.prompt, video=video, manifest=manifest)


def _made_in_background(
    request: VideoRequest,
    generator: VideoGenerator,
    cancelled: Callable[[], bool] | None,
) -> Generator[GenerationProgress, None, GeneratedVideo]:
    """Yields progress live and returns the `GeneratedVideo`."""
    reports: queue.SimpleQueue[GenerationProgress | GeneratedVideo | BaseException]
    reports = queue.SimpleQueue()
    stop = threading.Event()

    def work() -> None:
        try:
            video = generator.generate(
                request,
                on_progress=lambda step, total: reports.put(
                    GenerationProgress(step=step, total=total)
                ),
                cancelled=lambda: stop.is_set() or (cancelled is not None and cancelled()),
            )
            reports.put(video)
        except BaseException as error:  # handed over and raised where the caller can see it
            reports.put(error)

    worker = threading.Thread(target=work, name=f"generate-{generator.name}", daemon=True)
    worker.start()
    try:
        while isinstance(report := reports.get(), GenerationProgress):
            yield report
    finally:
        stop.set()
        worker.join()
    return _video_or_raise(report, generator.name)


def _video_or_raise(report: object, name: str) -> GeneratedVideo:
    match report:
        case GeneratedVideo():
            return report
        case GPT4VideoError():
            raise report
        case BaseException():
            raise GenerationError(name, f"{type(report).__name__}: {report}") from report
        case _:
            found = type(report).__name__
            raise GenerationError(name, f"it returned {found}, expected GeneratedVideo")


def _marked(
    video: GeneratedVideo, clip: str, watermark: Watermark
) -> tuple[GeneratedVideo, WatermarkNote]:
    payload = bytes.fromhex(clip)[: watermark.payload_bytes]
    marked = replace(video, frames=watermark.embed(video.frames, payload))
    return marked, WatermarkNote(scheme=watermark.scheme, payload=payload.hex())


def _written(
    video: GeneratedVideo, facts: Facts, provenance: Provenance, output_dir: Path
) -> tuple[Path, Manifest]:
    """Both files at their places, or neither."""
    content, signature = clips.encode_mp4(video.frames, fps=video.fps), None
    if provenance.signer is not None:
        content = sign_mp4(content, facts, provenance.signer)
        signature = provenance.signer.note()
    path = output_dir / f"video-{facts.clip[:16]}.mp4"
    manifest = bind(facts, content, file=path.name, signature=signature)
    output_dir.mkdir(parents=True, exist_ok=True)
    try:
        with replacing(path) as beside:
            beside.write_bytes(content)
            write_manifest(path, manifest)
    except BaseException:  # a clip without its manifest must not stay behind, nor the reverse
        manifest_path(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise
    return path, manifest
