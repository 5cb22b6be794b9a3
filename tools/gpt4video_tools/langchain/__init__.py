"""Our tools for LangChain agents. Importing this package imports langchain-core."""

from gpt4video_tools.calls import VideoArtifact, VideoGenerationArgs
from gpt4video_tools.langchain.generation_tool import VideoGenerationTool
from gpt4video_tools.langchain.progress import PROGRESS_EVENT, ProgressData

__all__ = [
    "PROGRESS_EVENT",
    "ProgressData",
    "VideoArtifact",
    "VideoGenerationArgs",
    "VideoGenerationTool",
]
