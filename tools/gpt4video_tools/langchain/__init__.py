"""Our tools for LangChain agents. Importing this package imports langchain-core."""

from gpt4video_tools.calls import (
    AnswerArtifact,
    VideoArtifact,
    VideoGenerationArgs,
    VideoQuestionArgs,
)
from gpt4video_tools.langchain.generation_tool import VideoGenerationTool
from gpt4video_tools.langchain.progress import PROGRESS_EVENT, ProgressData
from gpt4video_tools.langchain.question_tool import VideoQuestionTool

__all__ = [
    "PROGRESS_EVENT",
    "AnswerArtifact",
    "ProgressData",
    "VideoArtifact",
    "VideoGenerationArgs",
    "VideoGenerationTool",
    "VideoQuestionArgs",
    "VideoQuestionTool",
]
