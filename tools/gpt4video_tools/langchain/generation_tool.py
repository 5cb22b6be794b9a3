"""`VideoGenerationTool`: an agent asks for a clip in words and gets a judged mp4."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from langchain_core.runnables.config import run_in_executor
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict, Field, SkipValidation, field_validator

from gpt4video_guards.errors import GPT4VideoError, InvalidInputError
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
from gpt4video_tools.langchain import outcome
from gpt4video_tools.langchain.outcome import Outcome

if TYPE_CHECKING:
    from gpt4video_guards import StageResult

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


class VideoGenerationTool(BaseTool):
    """Makes a clip from words, judged before and after.

    The answer is a short text with the file's URI, and a `VideoArtifact`. A block, a failure and a
    cancellation are answers too, never exceptions, so they do not end the agent's run.

        tool = VideoGenerationTool(
            generator=load_generator("./generator"),
            pipeline=GuardPipeline.from_policy("standard"),
            output_dir="clips",
        )
        message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name,
                               "args": {"prompt": "a red circle moving right"}})
    """

    name: str = "generate_video"
    description: str = (
        "Make a short video clip from a description. Returns the address of an mp4 file."
    )
    args_schema: type[BaseModel] = VideoGenerationArgs
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    generator: Annotated[VideoGenerator, SkipValidation]
    """Who makes the frames."""
    pipeline: Annotated[StageJudge, SkipValidation]
    """Who judges, usually a `GuardPipeline`. There is no default: None is refused, and a tool
    without guards needs a pipeline with a policy that says so (`Policy.preset("off")`)."""
    output_dir: Path
    """Where judged clips and their manifests go."""
    on_progress: Callable[[int, int], None] | None = None
    """Called with (steps done, steps in all), from the thread that runs the tool."""
    cancelled: Callable[[], bool] | None = None
    """Asked between steps; true stops the generation."""

    @field_validator("pipeline", mode="before")
    @classmethod
    def _pipeline_is_there(cls, value: object) -> object:
        if not callable(getattr(value, "run", None)):
            raise InvalidInputError("pipeline", value, "a GuardPipeline")
        return value

    @field_validator("generator", mode="before")
    @classmethod
    def _generator_is_there(cls, value: object) -> object:
        if not callable(getattr(value, "generate", None)):
            raise InvalidInputError("generator", value, "a VideoGenerator")
        return value

    def _run(self, prompt: str, seed: int | None = None) -> Outcome:
        return self._answer(VideoRequest(prompt=prompt, seed=seed), self.cancelled)

    async def _arun(self, prompt: str, seed: int | None = None) -> Outcome:
        """Like `_run` in a thread; cancelling the task stops the generation as well."""
        stop = threading.Event()

        def stopped() -> bool:
            return stop.is_set() or (self.cancelled is not None and self.cancelled())

        request = VideoRequest(prompt=prompt, seed=seed)
        try:
            return await run_in_executor(None, self._answer, request, stopped)
        except asyncio.CancelledError:
            stop.set()
            raise

    def _answer(self, request: VideoRequest, cancelled: Callable[[], bool] | None) -> Outcome:
        results: list[StageResult] = []
        try:
            return self._generate(request, cancelled, results)
        except GenerationCancelledError:
            return outcome.cancelled(results)
        except (GPT4VideoError, OSError) as error:
            _log.exception("%s: no video was made", self.name)
            return outcome.failed(error, results)

    def _generate(
        self,
        request: VideoRequest,
        cancelled: Callable[[], bool] | None,
        results: list[StageResult],
    ) -> Outcome:
        """Fold over the events of one generation; the verdicts go into `results` as they come."""
        events = generate_guarded(
            request,
            generator=self.generator,
            pipeline=self.pipeline,
            output_dir=self.output_dir,
            cancelled=cancelled,
        )
        with closing(events):
            for event in events:
                match event:
                    case GenerationJudged():
                        results.append(event.result)
                    case GenerationProgress() if self.on_progress is not None:
                        self.on_progress(event.step, event.total)
                    case GenerationReady():
                        return outcome.ready(event, results)
                    case GenerationBlocked():
                        return outcome.blocked(event, results)
        raise GPT4VideoError("the generation ended without an outcome")
