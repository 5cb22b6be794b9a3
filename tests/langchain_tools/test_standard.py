"""LangChain's own suites for tools, on both of ours: nothing overridden, nothing marked to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_tools.langchain import VideoGenerationTool, VideoQuestionTool


class _Generation:
    blocked_words: tuple[str, ...] = ()

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return VideoGenerationTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        guard = ScriptedGuard(words=self.blocked_words)
        return {
            "generator": ScriptedGenerator(),
            "pipeline": scripted_pipeline(text_guard=guard),
            "store": self.folder,
        }

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"prompt": "a red circle moving right", "seed": 3}


class _Question:
    blocked_words: tuple[str, ...] = ()

    @pytest.fixture(autouse=True)
    def _clip(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        (tmp_path / "clip.mp4").write_bytes(flat_mp4())

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return VideoQuestionTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        assistant = scripted_assistant("It is red.", blocked_words=self.blocked_words)
        return {"answerer": assistant, "folders": [self.folder]}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"question": "Which colour is it?", "video": "clip.mp4"}


class TestGenerationUnit(_Generation, ToolsUnitTests):
    pass


class TestGenerationIntegration(_Generation, ToolsIntegrationTests):
    pass


class TestBlockedGenerationIntegration(_Generation, ToolsIntegrationTests):
    blocked_words = ("circle",)


class TestQuestionUnit(_Question, ToolsUnitTests):
    pass


class TestQuestionIntegration(_Question, ToolsIntegrationTests):
    pass


class TestBlockedQuestionIntegration(_Question, ToolsIntegrationTests):
    blocked_words = ("colour",)


class TestQuestionAboutNoClipIntegration(_Question, ToolsIntegrationTests):
    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"question": "Which colour is it?", "video": "no-clip.mp4"}
