"""`VideoGenerationTool`: an agent asks for a clip in words and gets a judged mp4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field, SkipValidation, field_validator

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.calls import GENERATE_VIDEO, Outcome, VideoGenerationArgs, VideoMaker
from gpt4video_tools.clips import ClipStore, open_store
from gpt4video_tools.gallery import (
    GenerationProgress,
    StageJudge,
    VideoGenerator,
    VideoRequest,
)
from gpt4video_tools.langchain.progress import ProgressData, atell_progress, tell_progress
from gpt4video_tools.provenance import Provenance


class VideoGenerationTool(BaseTool):
    """Makes a clip from words, judged before and after.

    The answer is a short text that names the clip's handle, and a `VideoArtifact`. A block, a
    failure and a cancellation are answers too, never exceptions that would end the agent's run.
    Whoever listens to the run gets each step as a custom event (`PROGRESS_EVENT`).

        tool = VideoGenerationTool(
            generator=load_generator("./generator"),
            pipeline=GuardPipeline.from_policy("standard"),
            store=ClipStore("clips", max_age=24 * 3600),
        )
        message = tool.invoke({"type": "tool_call", "id": "1", "name": tool.name,
                               "args": {"prompt": "a red circle moving right"}})
    """

    name: str = "generate_video"
    description: str = GENERATE_VIDEO
    args_schema: type[BaseModel] = VideoGenerationArgs
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    generator: Annotated[VideoGenerator, SkipValidation]
    """Who makes the frames."""
    pipeline: Annotated[StageJudge, SkipValidation]
    """Who judges, usually a `GuardPipeline`. There is no default: None is refused, and a tool
    without guards needs a pipeline with a policy that says so (`Policy.preset("off")`)."""
    store: Annotated[ClipStore, SkipValidation]
    """Where judged clips and their manifests are kept; a folder or URL becomes a store with the
    usual limits."""
    provenance: Annotated[Provenance | None, SkipValidation] = None
    """How clips are marked and signed; None for neither."""
    video_options: dict[str, Any] = Field(default_factory=dict)
    """Fields of `VideoRequest` that the host sets for every clip, such as `{"num_frames": 16}`."""
    on_progress: Callable[[int, int], None] | None = None
    """Called with (steps done, steps in all), from the thread or task that runs the tool."""
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

    @field_validator("store", mode="before")
    @classmethod
    def _store_is_there(cls, value: object) -> ClipStore:
        return open_store(value)

    @field_validator("video_options")
    @classmethod
    def _options_fit(cls, value: dict[str, Any]) -> dict[str, Any]:
        if own := value.keys() & VideoGenerationArgs.model_fields.keys():
            expected = "fields of VideoRequest that the model does not fill in"
            raise InvalidInputError("video_options", ", ".join(sorted(own)), expected)
        VideoRequest(prompt="checked now rather than in the first call", **value)
        return value

    def _run(self, prompt: str, seed: int | None = None) -> Outcome:
        return self._maker.make(
            self._request(prompt, seed),
            on_progress=lambda step: tell_progress(self._told(step)),
            cancelled=self._stopped,
        )

    async def _arun(self, prompt: str, seed: int | None = None) -> Outcome:
        """Like `_run` on a worker thread; cancelling the task stops the generation as well."""
        return await self._maker.amake(
            self._request(prompt, seed),
            on_progress=lambda step: atell_progress(self._told(step)),
            cancelled=self._stopped,
        )

    @property
    def _maker(self) -> VideoMaker:
        return VideoMaker(
            generator=self.generator,
            pipeline=self.pipeline,
            store=self.store,
            provenance=self.provenance,
        )

    def _request(self, prompt: str, seed: int | None) -> VideoRequest:
        return VideoRequest(prompt=prompt, seed=seed, **self.video_options)

    def _stopped(self) -> bool:
        return self.cancelled is not None and self.cancelled()

    def _told(self, progress: GenerationProgress) -> ProgressData:
        if self.on_progress is not None:
            self.on_progress(progress.step, progress.total)
        return ProgressData(tool=self.name, step=progress.step, total=progress.total)
