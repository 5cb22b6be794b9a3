"""Our tools for smolagents; needs the extra `smolagents`.

    store = ClipStore("clips")
    maker = VideoMaker(generator=generator, pipeline=pipeline, store=store)
    asker = VideoAsker(answerer=assistant.without_generator(), sources=ClipSources(store=store))
    agent = CodeAgent([VideoGenerationTool(maker), VideoQuestionTool(asker)], model)

An agent that writes code keeps what a tool returns in a variable and hands it to the next one, so
a made clip is returned as its handle and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpt4video_guards.errors import MissingExtraError
from gpt4video_tools.calls import (
    ASK_VIDEO,
    GENERATE_VIDEO,
    VideoGenerationArgs,
    VideoQuestionArgs,
)
from gpt4video_tools.gallery import VideoRequest

try:
    from smolagents import Tool
except ImportError as error:
    raise MissingExtraError("smolagents", "the tools for smolagents") from error

if TYPE_CHECKING:
    from pydantic import BaseModel

    from gpt4video_tools.calls import VideoAsker, VideoMaker


def _input(arguments: type[BaseModel], name: str, kind: str, **more: Any) -> dict[str, Any]:
    described = arguments.model_fields[name].description
    return {"type": kind, "description": described, **more}


class VideoGenerationTool(Tool):
    """Makes a clip from words, judged before and after.

    Returns its handle; or, where there is no clip, a sentence that says why.

    Args:
        maker: makes the clips and keeps them.
    """

    name = "generate_video"
    description = f"{GENERATE_VIDEO} Where none was made, returns a sentence that says why."
    inputs = {
        "prompt": _input(VideoGenerationArgs, "prompt", "string"),
        "seed": _input(VideoGenerationArgs, "seed", "integer", nullable=True),
    }
    output_type = "string"

    def __init__(self, maker: VideoMaker) -> None:
        super().__init__()
        self._maker = maker

    def forward(self, prompt: str, seed: int | None = None) -> str:
        """Make a clip."""
        text, artifact = self._maker.make(VideoRequest(prompt=prompt, seed=seed))
        return artifact["uri"] or text


class VideoQuestionTool(Tool):
    """Answers a question about a clip; question, clip and answer are judged.

    Returns the answer; or, where there is none, a sentence that says why.

    Args:
        asker: looks and answers.
    """

    name = "ask_video"
    description = ASK_VIDEO
    inputs = {
        "question": _input(VideoQuestionArgs, "question", "string"),
        "video": _input(VideoQuestionArgs, "video", "string"),
    }
    output_type = "string"

    def __init__(self, asker: VideoAsker) -> None:
        super().__init__()
        self._asker = asker

    def forward(self, question: str, video: str) -> str:
        """Answer a question."""
        text, _ = self._asker.ask(question, video)
        return text
