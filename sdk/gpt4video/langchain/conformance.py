"""Tests of video input for any chat model of LangChain.

`langchain-tests` has a flag `supports_video_inputs` and no test behind it. Mix this class in beside
`ChatModelIntegrationTests`, which gives it its `model` fixture:

    class TestMyModel(ChatModelIntegrationTests, VideoInputConformance):
        @property
        def supports_video_inputs(self) -> bool:
            return True
        ...

Needs pytest with pytest-asyncio in auto mode, as langchain-tests does.
"""

from __future__ import annotations

import base64
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.content import create_video_block

from gpt4video.testing.assistant import flat_mp4

QUESTION = "What is in this video?"
MP4 = "video/mp4"


class VideoInputConformance:
    """Clips go in, in every form that is in use, and an answer comes out.

    Forms that a model does not take are switched off by overriding a property.
    """

    @property
    def supports_video_inputs(self) -> bool:
        """Whether any of this is claimed."""
        return False

    @property
    def video_bytes(self) -> bytes:
        """The clip that is shown: an mp4 of one second of red."""
        return flat_mp4()

    @property
    def video_url(self) -> str | None:
        """An address that the model can open; None where it opens none."""
        return None

    @property
    def video_file_id(self) -> str | None:
        """The id of a file that the model knows; None where it knows none."""
        return None

    @property
    def supports_video_url_parts(self) -> bool:
        """Whether the `video_url` part of OpenAI-style servers is taken."""
        return True

    @property
    def supports_video_files(self) -> bool:
        """Whether a `file` block with a video type is taken."""
        return True

    @property
    def supports_several_videos(self) -> bool:
        """Whether a conversation may have more than one clip."""
        return True

    def test_video_block_with_data(self, model: BaseChatModel) -> None:
        """A standard block with base64 data."""
        _answered(model.invoke(_asked(self._block)))

    async def test_video_block_with_data_async(self, model: BaseChatModel) -> None:
        """The same by `ainvoke`."""
        _answered(await model.ainvoke(_asked(self._block)))

    def test_video_block_streamed(self, model: BaseChatModel) -> None:
        """The same by `stream`."""
        first, *rest = model.stream(_asked(self._block))
        whole = first
        for chunk in rest:
            whole = whole + chunk
        assert isinstance(whole, AIMessageChunk)
        _answered(whole)

    def test_video_block_with_address(self, model: BaseChatModel) -> None:
        """A standard block with a URL."""
        address = self._claimed(self.video_url, "addresses of videos")
        _answered(model.invoke(_asked(dict(create_video_block(url=address, mime_type=MP4)))))

    def test_video_block_with_file_id(self, model: BaseChatModel) -> None:
        """A standard block with a file id."""
        file_id = self._claimed(self.video_file_id, "file ids of videos")
        _answered(model.invoke(_asked(dict(create_video_block(file_id=file_id)))))

    def test_video_url_part_with_data(self, model: BaseChatModel) -> None:
        """The part of OpenAI-style servers, with a `data:` address."""
        self._claimed(self.supports_video_url_parts or None, "video_url parts")
        part = {"type": "video_url", "video_url": {"url": self._data_address}}
        _answered(model.invoke(_asked(part)))

    def test_video_url_part_with_address(self, model: BaseChatModel) -> None:
        """The part of OpenAI-style servers, with a URL."""
        self._claimed(self.supports_video_url_parts or None, "video_url parts")
        address = self._claimed(self.video_url, "addresses of videos")
        _answered(model.invoke(_asked({"type": "video_url", "video_url": {"url": address}})))

    def test_file_block_of_a_video(self, model: BaseChatModel) -> None:
        """A standard `file` block with a video type, as MCP resources arrive."""
        self._claimed(self.supports_video_files or None, "file blocks of videos")
        block = {"type": "file", "base64": self._data, "mime_type": MP4}
        _answered(model.invoke(_asked(block)))

    def test_openai_file_part_of_a_video(self, model: BaseChatModel) -> None:
        """The `file` part of OpenAI's chat format."""
        self._claimed(self.supports_video_files or None, "file blocks of videos")
        file = {"filename": "clip.mp4", "file_data": self._data_address}
        _answered(model.invoke(_asked({"type": "file", "file": file})))

    def test_video_in_an_earlier_message(self, model: BaseChatModel) -> None:
        """A clip of the first message is still there for the second question."""
        asked: list[BaseMessage] = list(_asked(self._block))
        asked += [model.invoke(asked), HumanMessage("Is it still there?")]
        _answered(model.invoke(asked))

    def test_video_in_a_history_of_others(self, model: BaseChatModel) -> None:
        """The same where the model has not seen the first answer being made."""
        asked: list[BaseMessage] = list(_asked(self._block))
        asked += [AIMessage("A red field."), HumanMessage("Is it still there?")]
        _answered(model.invoke(asked))

    def test_several_videos(self, model: BaseChatModel) -> None:
        """Two clips in one message."""
        self._claimed(self.supports_several_videos or None, "several videos")
        other = dict(
            create_video_block(
                base64=base64.b64encode(flat_mp4((20, 40, 220))).decode(), mime_type=MP4
            )
        )
        _answered(model.invoke(_asked(self._block, other)))

    def test_more_input_tokens_with_a_video(self, model: BaseChatModel) -> None:
        """A clip costs tokens, and they are told."""
        without = model.invoke([HumanMessage(QUESTION)]).usage_metadata
        shown = model.invoke(_asked(self._block)).usage_metadata
        if without is None or shown is None:
            pytest.skip("The model tells no usage.")
        assert shown["input_tokens"] > without["input_tokens"]

    @pytest.fixture(autouse=True)
    def _claims_video(self, request: pytest.FixtureRequest) -> None:
        own = getattr(VideoInputConformance, request.function.__name__, None) is not None
        if own and not self.supports_video_inputs:
            pytest.skip("Model does not support video inputs.")

    @property
    def _data(self) -> str:
        return base64.b64encode(self.video_bytes).decode("ascii")

    @property
    def _data_address(self) -> str:
        return f"data:{MP4};base64,{self._data}"

    @property
    def _block(self) -> dict[str, Any]:
        return dict(create_video_block(base64=self._data, mime_type=MP4))

    @staticmethod
    def _claimed(value: Any, what: str) -> Any:
        if value is None:
            pytest.skip(f"Model does not support {what}.")
        return value


def _asked(*blocks: dict[str, Any]) -> list[HumanMessage]:
    return [HumanMessage([{"type": "text", "text": QUESTION}, *blocks])]


def _answered(message: AIMessage | AIMessageChunk) -> None:
    assert isinstance(message, AIMessage)
    assert message.text, "the answer to a video is empty"
    assert not message.response_metadata.get("refused"), "the answer to a video is a refusal"


__all__ = ["VideoInputConformance"]
