"""One call of `generate_video`: a clip made under guard, and kept in a store."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

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
from gpt4video_tools.threads import on_worker_thread

if TYPE_CHECKING:
    from gpt4video_guards import StageResult
    from gpt4video_tools.clips import ClipStore
    from gpt4video_tools.provenance import Provenance

_log = logging.getLogger(__name__)


_NO_OUTCOME: Final = "the generation ended without an outcome"


def _never() -> bool:
    return False


GENERATE_VIDEO: Final = (
    "Make a short video clip from a description. Returns the address of an mp4 file."
)
"""What the tool is for, as models read it."""

PromptArg = Annotated[
    Prompt, Field(description="What the video should show, in one or two sentences.")
]
SeedArg = Annotated[
    int | None,
    Field(
        ge=0,
        lt=2**63,
        description="The same prompt and seed give the same video. Leave out for a new one.",
    ),
]


class VideoGenerationArgs(BaseModel):
    """What the model fills in."""

    model_config = ConfigDict(extra="forbid")

    prompt: PromptArg
    seed: SeedArg = None


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoMaker:
    """Makes clips on demand, each judged before and after and kept in a store."""

    generator: VideoGenerator
    """Who makes the frames."""
    pipeline: StageJudge
    """Who judges, usually a `GuardPipeline`; there is no unguarded way."""
    store: ClipStore
    """Where judged clips and their manifests are kept."""
    provenance: Provenance | None = None
    """How clips are marked and signed; None for neither."""

    def make(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[GenerationProgress], object] | None = None,
        cancelled: Callable[[], bool] = _never,
    ) -> Outcome:
        """Make a clip.

        Args:
            request: what to make.
            on_progress: called after every step, from this thread.
            cancelled: asked between steps; true ends in the outcome `cancelled`.
        """
        with closing(self._steps(request, cancelled)) as steps:
            for step in steps:
                if not isinstance(step, GenerationProgress):
                    return step
                if on_progress is not None:
                    on_progress(step)
        raise GPT4VideoError(_NO_OUTCOME)

    async def amake(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[GenerationProgress], Awaitable[object]] | None = None,
        cancelled: Callable[[], bool] = _never,
    ) -> Outcome:
        """`make` on a worker thread; cancelling the task stops the generator at its next step."""
        stop = threading.Event()
        steps = self._steps(request, lambda: stop.is_set() or cancelled())
        async with aclosing(on_worker_thread(steps, stop=stop.set)) as arriving:
            async for step in arriving:
                if not isinstance(step, GenerationProgress):
                    return step
                if on_progress is not None:
                    await on_progress(step)
        raise GPT4VideoError(_NO_OUTCOME)

    def _steps(
        self, request: VideoRequest, cancelled: Callable[[], bool]
    ) -> Generator[GenerationProgress | Outcome, None, None]:
        """Progress, and at last the outcome, whatever it is. The clip is made in a temporary folder
        and is in the store, or nowhere, when this ends."""
        results: list[StageResult] = []
        try:
            with (
                tempfile.TemporaryDirectory(
                    prefix="gpt4video-", ignore_cleanup_errors=True
                ) as folder,
                closing(
                    generate_guarded(
                        request,
                        generator=self.generator,
                        pipeline=self.pipeline,
                        output_dir=folder,
                        cancelled=cancelled,
                        provenance=self.provenance,
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
                            uri = self.store.keep(event.path)
                            if cancelled():
                                self.store.remove(uri)
                                raise GenerationCancelledError(self.generator.name)
                            yield outcome.ready(event, uri, results)
        except GenerationCancelledError:
            yield outcome.cancelled(results)
        except Exception as error:  # a generator, a guard or a store of the host's
            _log.exception("no video was made")
            yield outcome.failed(error, results)
