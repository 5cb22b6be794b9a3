"""Our tools for pydantic-ai; needs the extra `pydantic-ai`.

    store = ClipStore("clips")
    maker = VideoMaker(generator=generator, pipeline=pipeline, store=store)
    asker = VideoAsker(answerer=assistant.without_generator(), sources=ClipSources(store=store))
    agent = Agent(model, toolsets=[video_toolset(maker=maker, asker=asker)])

The model reads a short text, with the handle of a made clip. The artifact goes into the `metadata`
of the tool's return, which pydantic-ai keeps from the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gpt4video_guards.errors import MissingExtraError
from gpt4video_tools.calls import (
    ASK_VIDEO,
    GENERATE_VIDEO,
    PromptArg,
    QuestionArg,
    SeedArg,
    VideoArg,
)
from gpt4video_tools.gallery import VideoRequest

try:
    from pydantic_ai import FunctionToolset, ToolReturn
except ImportError as error:
    raise MissingExtraError("pydantic-ai", "the tools for pydantic-ai") from error

if TYPE_CHECKING:
    from gpt4video_tools.calls import VideoAsker, VideoMaker


def video_toolset(
    *, maker: VideoMaker | None = None, asker: VideoAsker | None = None
) -> FunctionToolset[Any]:
    """The tools `generate_video` and `ask_video`. Cancelling the agent's run stops a generation.

    Args:
        maker: makes clips and keeps them; None leaves `generate_video` out.
        asker: looks at clips and answers; None leaves `ask_video` out.
    """
    toolset: FunctionToolset[Any] = FunctionToolset()
    if maker is not None:
        toolset.add_function(_generate_video(maker), description=GENERATE_VIDEO)
    if asker is not None:
        toolset.add_function(_ask_video(asker), description=ASK_VIDEO)
    return toolset


def _generate_video(maker: VideoMaker) -> Any:
    async def generate_video(prompt: PromptArg, seed: SeedArg = None) -> ToolReturn:
        text, artifact = await maker.amake(VideoRequest(prompt=prompt, seed=seed))
        return ToolReturn(text, metadata=artifact)

    return generate_video


def _ask_video(asker: VideoAsker) -> Any:
    async def ask_video(question: QuestionArg, video: VideoArg) -> ToolReturn:
        text, artifact = await asker.aask(question, video)
        return ToolReturn(text, metadata=artifact)

    return ask_video
