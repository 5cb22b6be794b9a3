"""Our tools for pydantic-ai; needs the extra `pydantic-ai`.

    maker = VideoMaker(generator=generator, pipeline=pipeline, store=ClipStore("clips"))
    agent = Agent(model, toolsets=[video_toolset(maker)])

The model reads a short text with the clip's handle. The artifact goes into the `metadata` of the
tool's return, which pydantic-ai keeps from the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpt4video_guards.errors import MissingExtraError
from gpt4video_tools.calls import GENERATE_VIDEO, PromptArg, SeedArg
from gpt4video_tools.gallery import VideoRequest

try:
    from pydantic_ai import FunctionToolset, ToolReturn
except ImportError as error:
    raise MissingExtraError("pydantic-ai", "the tools for pydantic-ai") from error

if TYPE_CHECKING:
    from gpt4video_tools.calls import VideoMaker


def video_toolset(maker: VideoMaker) -> FunctionToolset[Any]:
    """The tool `generate_video`. Cancelling the agent's run stops a generation.

    Args:
        maker: makes the clips and keeps them.
    """

    async def generate_video(prompt: PromptArg, seed: SeedArg = None) -> ToolReturn:
        text, artifact = await maker.amake(VideoRequest(prompt=prompt, seed=seed))
        return ToolReturn(text, metadata=artifact)

    toolset: FunctionToolset[Any] = FunctionToolset()
    toolset.add_function(generate_video, description=GENERATE_VIDEO)
    return toolset
