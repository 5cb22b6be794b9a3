"""`VideoQuestionTool`: an agent asks about a clip and gets a judged answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field, SkipValidation, field_validator, model_validator

from gpt4video_tools.calls import (
    ASK_VIDEO,
    AnswerOutcome,
    ClipSources,
    VideoAnswerer,
    VideoAsker,
    VideoQuestionArgs,
)
from gpt4video_tools.clips import ClipStore, open_store
from gpt4video_tools.fetching import ClipFetcher
from gpt4video_tools.gallery import StageJudge
from gpt4video_tools.video import Isolation, VideoBudget


class VideoQuestionTool(BaseTool):
    """Answers questions about clips; question, clip and answer are judged.

    A block and a failure are answers too, never exceptions that would end the agent's run. Only
    clips of the store, files below the folders and URLs that the fetcher may fetch are opened.

        tool = VideoQuestionTool(answerer=assistant.without_generator(), store=store)
        tool.invoke({"question": "What moves?", "video": handle})
    """

    name: str = "ask_video"
    description: str = ASK_VIDEO
    args_schema: type[BaseModel] = VideoQuestionArgs
    response_format: Literal["content", "content_and_artifact"] = "content_and_artifact"

    answerer: Annotated[VideoAnswerer, SkipValidation]
    """Who looks and answers: a `VideoAssistant`, best `without_generator()`, so that no question
    talks it into making a clip; or anything with its `chat`."""
    store: Annotated[ClipStore | None, SkipValidation] = None
    """Its handles may be asked about; a folder or URL becomes a store."""
    folders: tuple[Path, ...] = ()
    """Files below these may be asked about by their paths."""
    fetcher: Annotated[ClipFetcher | None, SkipValidation] = None
    """Fetches URLs; None for no URLs at all."""
    pipeline: Annotated[StageJudge | None, SkipValidation] = None
    """Judges question, clip and answer; needed where the answerer does not do so itself."""
    budget: VideoBudget = Field(default_factory=VideoBudget)
    """What a clip may cost that is decoded here: for `pipeline`, or apart."""
    isolate: bool | Isolation = False
    """Decode in a child process with limits, for files from strangers; the answerer is then given
    a `Clip` of at most 128 frames in place of the file."""
    cancelled: Callable[[], bool] | None = None
    """Asked between the parts of the work; true ends it."""

    @field_validator("store", mode="before")
    @classmethod
    def _store_is_open(cls, value: object) -> ClipStore | None:
        return None if value is None else open_store(value)

    @model_validator(mode="after")
    def _somebody_judges(self) -> Self:
        _ = self._asker
        return self

    def _run(self, question: str, video: str) -> AnswerOutcome:
        return self._asker.ask(question, video, cancelled=self._stopped)

    async def _arun(self, question: str, video: str) -> AnswerOutcome:
        """Like `_run` in a thread. Cancelling the task stops it at its next part."""
        return await self._asker.aask(question, video, cancelled=self._stopped)

    @property
    def _asker(self) -> VideoAsker:
        return VideoAsker(
            answerer=self.answerer,
            sources=ClipSources(store=self.store, folders=self.folders, fetcher=self.fetcher),
            pipeline=self.pipeline,
            budget=self.budget,
            isolate=self.isolate,
        )

    def _stopped(self) -> bool:
        return self.cancelled is not None and self.cancelled()
