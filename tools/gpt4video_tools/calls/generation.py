"""One call of `generate_video`: a clip made under guard, and kept in a store."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.calls import outcome
from gpt4video_tools.calls.outcome import Outcome
from gpt4video_tools.gallery import (
    GenerationBlocked,
    GenerationCancelledError,
    GenerationJudged,
    GenerationProgress,
    GenerationReady,
    StageJudge,
    VideoGenerator,
    VideoRequest,
    generate_guarded,
)
from gpt4video_tools.gallery.request import Prompt

if TYPE_CHECKING:
    from gpt4video_guards import StageResult
    from gpt4video_tools.clips import ClipStore

_log = logging.getLogger(__name__)


class VideoGenerationArgs(BaseModel):
    """What the model fills in."""

    model_config = ConfigDict(extra="forbid")

    prompt: Prompt = Field(description="What the video should show, in one or two sentences.")
    seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**63,
        description="The same prompt and seed give the same video. Leave out for a new one.",
    )


def generation_steps(
    request: VideoRequest,
    *,
    generator: VideoGenerator,
    pipeline: StageJudge,
    store: ClipStore,
    cancelled: Callable[[], bool] = lambda: False,
) -> Generator[GenerationProgress | Outcome, None, None]:
    """Progress, and at last the outcome, whatever it is. The clip is made in a temporary folder and
    is in the store, or nowhere, when this ends.

    Args:
        request: what to make.
        generator: who makes it.
        pipeline: who judges, usually a `GuardPipeline`.
        store: where the judged clip and its manifest are kept.
        cancelled: asked between steps; true stops the generation.
    """
    results: list[StageResult] = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="gpt4video-", ignore_cleanup_errors=True) as folder,
            closing(
                generate_guarded(
                    request,
                    generator=generator,
                    pipeline=pipeline,
                    output_dir=folder,
                    cancelled=cancelled,
                )
            ) as events,
        ):
            for event in events:
                match event:
                    case GenerationProgress():
                        yield event
                    case GenerationJudged():
                        results.append(event.result)
                    case GenerationBlocked():
                        yield outcome.blocked(event, results)
                    case GenerationReady():
                        uri = store.keep(event.path)
                        if cancelled():
                            store.remove(uri)
                            raise GenerationCancelledError(generator.name)
                        yield outcome.ready(event, uri, results)
    except GenerationCancelledError:
        yield outcome.cancelled(results)
    except (GPT4VideoError, OSError) as error:
        _log.exception("no video was made")
        yield outcome.failed(error, results)
