"""What a tool call does, whichever framework made it: LangChain, MCP, smolagents, pydantic-ai.

Every call ends in an `Outcome`, a short text for the model and an artifact for the program around
it; a block, a failure and a cancellation are outcomes like any other, not exceptions.
"""

from gpt4video_tools.calls.generation import (
    GENERATE_VIDEO,
    PromptArg,
    SeedArg,
    VideoGenerationArgs,
    VideoMaker,
)
from gpt4video_tools.calls.outcome import Outcome, OutcomeStatus, VideoArtifact
from gpt4video_tools.calls.question import (
    ASK_VIDEO,
    AnswerArtifact,
    AnswerOutcome,
    AnswerStatus,
    QuestionArg,
    VideoAnswer,
    VideoAnswerer,
    VideoArg,
    VideoAsker,
    VideoQuestionArgs,
)
from gpt4video_tools.calls.sources import ClipSources

__all__ = [
    "ASK_VIDEO",
    "GENERATE_VIDEO",
    "AnswerArtifact",
    "AnswerOutcome",
    "AnswerStatus",
    "ClipSources",
    "Outcome",
    "OutcomeStatus",
    "PromptArg",
    "QuestionArg",
    "SeedArg",
    "VideoAnswer",
    "VideoAnswerer",
    "VideoArg",
    "VideoArtifact",
    "VideoAsker",
    "VideoGenerationArgs",
    "VideoMaker",
    "VideoQuestionArgs",
]
