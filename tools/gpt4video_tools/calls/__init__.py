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

__all__ = [
    "GENERATE_VIDEO",
    "Outcome",
    "OutcomeStatus",
    "PromptArg",
    "SeedArg",
    "VideoArtifact",
    "VideoGenerationArgs",
    "VideoMaker",
]
