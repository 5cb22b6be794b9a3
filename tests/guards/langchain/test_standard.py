"""LangChain's own suites for chat models, on the guarded one."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests
from tests.guards.langchain.doubles import ChunkedModel

from gpt4video.testing import scripted_pipeline
from gpt4video_guards.langchain import GuardedChatModel, MessageJudge


class _Guarded:
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return GuardedChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": ChunkedModel(), "judge": MessageJudge(scripted_pipeline())}

    @property
    def model_override_value(self) -> str:
        return "another"


class TestGuardedChatModelUnit(_Guarded, ChatModelUnitTests):
    pass


class TestGuardedChatModelIntegration(_Guarded, ChatModelIntegrationTests):
    pass
