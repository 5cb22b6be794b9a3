"""Our tools for LangChain agents. Importing this package imports langchain-core."""

from gpt4video_tools.langchain.generation_tool import VideoGenerationArgs, VideoGenerationTool
from gpt4video_tools.langchain.outcome import VideoArtifact

__all__ = ["VideoArtifact", "VideoGenerationArgs", "VideoGenerationTool"]
