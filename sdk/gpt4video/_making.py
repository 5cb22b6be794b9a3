"""The part of a turn in which a clip is made, because the model asked for one."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from gpt4video._clock import Clock
from gpt4video._host import Host
from gpt4video.errors import TurnCancelledError
from gpt4video.events import Judged, VideoProgress
from gpt4video.reasoning import ClipPart
from gpt4video.reply import VideoResult
from gpt4video_guards import StageResult
from gpt4video_tools.gallery import (
    GeneratedVideo,
    GenerationBlocked,
    GenerationCancelledError,
    GenerationJudged,
    GenerationProgress,
    GenerationReady,
    VideoRequest,
    generate_guarded,
)
from gpt4video_tools.video import VideoBudget, read_clip


@dataclass(frozen=True, kw_only=True, eq=False)
class MadeClip:
    """A clip that was made, judged and written."""

    result: VideoResult
    """For the caller."""
    part: ClipPart
    """For the conversation, so that users can ask about it."""


def make_clip(
    host: Host,
    prompt: str,
    *,
    context: str,
    options: Mapping[str, Any],
    index: int,
    clock: Clock,
    cancelled: threading.Event,
) -> Generator[VideoProgress | Judged, None, MadeClip | StageResult]:
    """Make a clip under guard.

    Args:
        prompt: what it should show.
        context: the turn in which the model asked for it.
        options: other fields of `VideoRequest`.
        index: the clip's number in the conversation.

    Returns:
        The clip, or the result of the stage that blocked it.

    Raises:
        TurnCancelledError: `cancelled` was set.
        GenerationError: the generator failed.
    """
    assert host.generator is not None
    events = generate_guarded(
        VideoRequest(prompt=prompt, **options),
        generator=host.generator,
        pipeline=host.pipeline,
        output_dir=host.output_dir(),
        context=context,
        cancelled=cancelled.is_set,
        provenance=host.provenance,
        prompt_author=host.name,
    )
    try:
        while True:
            start = perf_counter()
            try:
                event = next(events)
            finally:
                clock.add("making", perf_counter() - start)
            match event:
                case GenerationProgress(step=step, total=total):
                    yield VideoProgress(step=step, total=total)
                case GenerationJudged(result=judged):
                    for verdict in judged.verdicts:
                        yield Judged(verdict=verdict)
                case GenerationBlocked(result=blocked):
                    return blocked
                case GenerationReady():
                    return _made(host, event, index=index)
    except GenerationCancelledError as error:
        raise TurnCancelledError from error
    finally:
        events.close()


def _made(host: Host, ready: GenerationReady, *, index: int) -> MadeClip:
    video = ready.video
    count, height, width, _ = video.frames.shape
    result = VideoResult(
        path=ready.path,
        prompt=ready.prompt,
        frame_count=count,
        height=height,
        width=width,
        fps=video.fps,
        seed=video.seed,
        generator=video.generator,
        index=index,
        notes=video.notes,
    )
    return MadeClip(result=result, part=_part(host, video, index=index))


def _part(host: Host, video: GeneratedVideo, *, index: int) -> ClipPart:
    # The clip is ours, so the limits for what strangers send do not apply; only the scaling does.
    budget = VideoBudget(
        max_frames=host.reasoner.num_frames,
        max_pixels=video.frames[0].size,
        max_seconds=video.duration,
        max_bytes=video.frames.nbytes,
        longest_side=host.budget.longest_side,
    )
    clip = read_clip(
        video.frames, num_frames=host.reasoner.num_frames, fps=video.fps, budget=budget
    )
    return ClipPart(frames=clip.frames, times=clip.times, key=clip.key, index=index)
