"""LangChain's own suites on the chat model.

What they skip, and why, is listed in docs/langchain.md.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from gpt4video.langchain import ChatVideoAssistant
from gpt4video.langchain.conformance import VideoInputConformance
from gpt4video.testing import flat_mp4, tiny_random_model
from gpt4video_tools.clips import ClipStore


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real model of random weights, which answers nonsense of up to a hundred tokens."""
    return tiny_random_model(tmp_path_factory.mktemp("assistant"))


class TestChatVideoAssistantUnit(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatVideoAssistant

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "shapes"}

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def supports_video_inputs(self) -> bool:
        return True


class TestChatVideoAssistant(ChatModelIntegrationTests, VideoInputConformance):
    @pytest.fixture(autouse=True)
    def _parts(self, checkpoint: Path, tmp_path: Path) -> None:
        self._folder = str(checkpoint)
        self._store = ClipStore(tmp_path / "clips")
        clip = tmp_path / "clip.mp4"
        clip.write_bytes(flat_mp4())
        self._handle = self._store.keep(clip)

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatVideoAssistant

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "model": self._folder,
            "policy": "off",
            "max_tokens": 8,
            "device": "cpu",
            "store": self._store,
        }

    @property
    def model_override_value(self) -> str:
        return f"{self._folder}/"

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False

    @property
    def has_tool_choice(self) -> bool:
        return False

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_video_inputs(self) -> bool:
        return True

    @property
    def video_url(self) -> str:
        return self._handle

    @property
    def video_file_id(self) -> str:
        return self._handle

    @property
    def supported_usage_metadata_details(self) -> Any:
        return {"invoke": ["cache_read_input"], "stream": ["cache_read_input"]}

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        model = ChatVideoAssistant(**self.chat_model_params)
        asked: list[BaseMessage] = [HumanMessage("Hello")]
        asked += [model.invoke(asked), HumanMessage("And now?")]
        if not stream:
            return model.invoke(asked)
        first, *rest = model.stream(asked)
        return reduce(add, rest, first)
