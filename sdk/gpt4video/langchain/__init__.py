"""The assistant for LangChain. Importing this package imports langchain-core."""

from gpt4video.langchain._content import video_block, video_url_part
from gpt4video.langchain.chat_model import ChatVideoAssistant

__all__ = ["ChatVideoAssistant", "video_block", "video_url_part"]
