"""Our tools for smolagents; needs the extra `smolagents`.

    maker = VideoMaker(generator=generator, pipeline=pipeline, store=ClipStore("clips"))
    agent = CodeAgent(tools=[VideoGenerationTool(maker)], model=model)

An agent that writes code keeps what a tool returns in a variable and hands it to the next one, so
a made clip is returned as its handle and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpt4video_guards.errors import MissingExtraError
from gpt4video_tools.calls import GENERATE_VIDEO, VideoGenerationArgs
from gpt4video_tools.gallery import VideoRequest

try:
    from smolagents import Tool
except ImportError as error:
    raise MissingExtraError("smolagents", "the tools for smolagents") from error

if TYPE_CHECKING:
    from gpt4video_tools.calls import VideoMaker


class VideoGenerationTool(Tool):
    """Makes a clip from words, judged before and after.

    Returns its handle; or, where there is no clip, a sentence that says why.

    Args:
        maker: makes the clips and keeps them.
    """

    name = "generate_video"
    description = f"{GENERATE_VIDEO} If there is none, returns a sentence that says why."
    inputs = {
        "prompt": {
            "type": "string",
            "description": VideoGenerationArgs.model_fields["prompt"].description,
        },
        "seed": {
            "type": "integer",
            "description": VideoGenerationArgs.model_fields["seed"].description,
            "nullable": True,
        },
    }
    output_type = "string"

    def __init__(self, maker: VideoMaker) -> None:
        super().__init__()
        self._maker = maker

    def forward(self, prompt: str, seed: int | None = None) -> str:
        """Make a clip."""
        text, artifact = self._maker.make(VideoRequest(prompt=prompt, seed=seed))
        return artifact["uri"] or text
