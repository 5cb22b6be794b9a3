"""One call of `ask_video`: a question about a clip that a handle, a path or a URL names."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Protocol, TypedDict

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gpt4video_guards import (
    FramesSubject,
    GPT4VideoError,
    InvalidInputError,
    StageResult,
    TextSubject,
    refusal_text,
)
from gpt4video_tools import video as clips  # PyAV is loaded when the first clip is read
from gpt4video_tools.calls.sources import ClipSources
from gpt4video_tools.clips import UnknownClipError
from gpt4video_tools.fetching import FetchError
from gpt4video_tools.gallery import StageJudge
from gpt4video_tools.provenance import summarise
from gpt4video_tools.video import BudgetExceededError, Clip, ClipError, Isolation, VideoBudget

if TYPE_CHECKING:
    from gpt4video_guards import Stage, Subject

_log = logging.getLogger(__name__)

ASK_VIDEO: Final = (
    "Answer a question about a video. Takes the address of a video, such as the one that was "
    "returned when it was made, and a question about what it shows."
)
"""What the tool is for, as models read it."""

QuestionArg = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    Field(description="What to find out about the video, as a full question."),
]
VideoArg = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2048),
    Field(description="Address of the video, exactly as it was given."),
]

_GUARDED_RATE: Final = 2.0  # frames a second that the guards see,
_GUARDED_LEAST: Final = 24  # but so many at least
_GUARDED_MOST: Final = 128  # and so many at most


class VideoQuestionArgs(BaseModel):
    """What the model fills in."""

    model_config = ConfigDict(extra="forbid")

    question: QuestionArg
    video: VideoArg


class VideoAnswer(Protocol):
    """What is needed of an answer. Where it has `verdicts`, `stage` and `reason` as a `Reply` of
    the assistant has them, they go into the artifact."""

    @property
    def text(self) -> str:
        """The words; of a refused answer, the refusal."""

    @property
    def refused(self) -> bool:
        """Guards ended the turn."""


class VideoAnswerer(Protocol):
    """Anything that answers questions about clips; a `VideoAssistant` first of all."""

    def chat(self, text: str, videos: Sequence[Any] = ()) -> VideoAnswer:
        """Answer a single question about some clips: local files, or, decoded apart, each a
        `Clip`."""


AnswerStatus = Literal["answered", "blocked", "failed", "cancelled"]
"""`answered` there is an answer, `blocked` a guard said no (or could not speak), `failed` there is
no such clip, or something broke, `cancelled` the caller stopped it."""


class AnswerArtifact(TypedDict):
    """The artifact of a question: plain values, so that any checkpointer keeps it."""

    status: AnswerStatus
    stage: str | None
    """The stage that blocked."""
    problem: str
    """Why there is no answer, for the program and its log; empty where there is one."""
    video: str
    """The clip, as it was named."""
    verdicts: list[dict[str, Any]]
    """Every verdict, in order."""


AnswerOutcome = tuple[str, AnswerArtifact]


def _never() -> bool:
    return False


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoAsker:
    """Answers questions about clips; question, clip and answer are judged.

    Raises:
        InvalidInputError: nobody would judge: there is no pipeline, and the answerer has none.
    """

    answerer: VideoAnswerer
    """Who looks and answers."""
    sources: ClipSources
    """Which clips may be asked about."""
    pipeline: StageJudge | None = None
    """Judges question, clip and answer. None where the answerer does so itself, as the assistant
    with its own `pipeline`."""
    budget: VideoBudget = field(default_factory=VideoBudget)
    """What a clip may cost that is decoded here: for `pipeline`, or apart."""
    isolate: bool | Isolation = False
    """Decode in a child process with limits; the answerer is then given a `Clip` of at most 128
    frames in place of the file. A file with fewer pictures gives some of them several times."""

    def __post_init__(self) -> None:
        if not callable(getattr(self.answerer, "chat", None)):
            raise InvalidInputError("answerer", self.answerer, "something with a method chat")
        judge = self.pipeline or getattr(self.answerer, "pipeline", None)
        if not callable(getattr(judge, "run", None)):
            expected = "a GuardPipeline, because this answerer has none of its own"
            raise InvalidInputError("pipeline", self.pipeline, expected)

    def ask(
        self, question: str, video: str, *, cancelled: Callable[[], bool] = _never
    ) -> AnswerOutcome:
        """Answer a question.

        Args:
            question: in words.
            video: a handle, a path or a URL, as far as the sources allow.
            cancelled: asked between the parts of the work, and while a URL is fetched.
        """
        results: list[StageResult] = []
        try:
            with self.sources.open(video, cancelled=cancelled) as path:
                return self._answer(question, path, video, results, cancelled)
        except _BlockedError as blocked:
            text, result = refusal_text(blocked.result), blocked.result
            return text, _artifact("blocked", video, results, stage=result.stage, why=result.reason)
        except Exception as error:  # whoever answers has errors of its own
            if cancelled():
                text = "The question was not answered: it was cancelled."
                return text, _artifact("cancelled", video, results, why="it was cancelled")
            expected = isinstance(error, ClipError)
            _log.warning("a question was not answered: %s", error, exc_info=not expected)
            why = f"{type(error).__name__}: {error}"
            return _words(error), _artifact("failed", video, results, why=why)

    async def aask(
        self, question: str, video: str, *, cancelled: Callable[[], bool] = _never
    ) -> AnswerOutcome:
        """`ask` in a thread. Cancelling the task stops it at its next part; an answer that is just
        being given is finished, and dropped."""
        stop = threading.Event()
        try:
            return await asyncio.to_thread(
                self.ask, question, video, cancelled=lambda: stop.is_set() or cancelled()
            )
        finally:
            stop.set()

    def _answer(
        self,
        question: str,
        path: Path,
        video: str,
        results: list[StageResult],
        cancelled: Callable[[], bool],
    ) -> AnswerOutcome:
        if self.pipeline is not None:
            asked = TextSubject(text=question, kind="prompt")
            question = self._passed("input_text", asked, results).text(question)
        clip = self._decoded_apart(path) if self.isolate else path
        if self.pipeline is not None:
            self._passed("input_video", self._seen(clip), results)
        if cancelled():
            raise _CancelledError
        reply = self.answerer.chat(question, videos=[clip])
        results += [
            StageResult(stage=verdict.stage, verdicts=(verdict,))
            for verdict in getattr(reply, "verdicts", ())
        ]
        if reply.refused:
            stage, why = getattr(reply, "stage", None), getattr(reply, "reason", "")
            return reply.text, _artifact("blocked", video, results, stage=stage, why=why)
        text = reply.text
        if self.pipeline is not None:
            said = TextSubject(text=text, kind="response", context=question)
            text = self._passed("output_text", said, results).text(text)
        return text, _artifact("answered", video, results)

    def _passed(self, stage: Stage, subject: Subject, results: list[StageResult]) -> StageResult:
        assert self.pipeline is not None
        result = self.pipeline.run(stage, [subject])
        results.append(result)
        if result.blocked:
            raise _BlockedError(result)
        return result

    def _decoded_apart(self, path: Path) -> Clip:
        count = min(_GUARDED_MOST, self.budget.max_frames)
        return clips.read_clip(path, num_frames=count, budget=self.budget, isolate=self.isolate)

    def _seen(self, source: Path | Clip) -> FramesSubject:
        clip = clips.read_clip(source, num_frames=_guarded_frames, budget=self.budget)
        return FramesSubject(frames=clip.frames, times=clip.times, key=clip.key)


class _BlockedError(GPT4VideoError):
    def __init__(self, result: StageResult) -> None:
        self.result = result
        super().__init__(result.reason)


class _CancelledError(GPT4VideoError):
    """The caller has given up."""


def _guarded_frames(duration: float) -> int:
    return min(_GUARDED_MOST, max(_GUARDED_LEAST, math.ceil(_GUARDED_RATE * duration)))


def _words(error: Exception) -> str:
    """What the model is told: what it can put right, and nothing of the inside."""
    match error:
        case UnknownClipError():
            return "There is no such video. Give its address exactly as it was given."
        case FetchError():
            return "The video could not be fetched from this address."
        case BudgetExceededError():
            return "The video is too large or too long to be looked at."
        case ClipError():
            return "The video cannot be read."
        case _:
            return "The question could not be answered."


def _artifact(
    status: AnswerStatus,
    video: str,
    results: Sequence[StageResult],
    *,
    stage: str | None = None,
    why: str = "",
) -> AnswerArtifact:
    return AnswerArtifact(
        status=status,
        stage=stage,
        problem=why,
        video=video,
        verdicts=[verdict.model_dump(mode="json") for verdict in summarise(results)],
    )
