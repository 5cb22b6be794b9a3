"""An agent of pydantic-ai that makes a clip, looks at it, and answers.

python examples/pydantic_ai_agent.py

The clips are the embedded assistant's. The agent's own brain is a function here, so that the
example runs offline; put a model's name in its place: `Agent("openai:...", ...)`.
"""

from __future__ import annotations

import asyncio

from pydantic_ai import Agent, ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, FunctionModel

from gpt4video import VideoAssistant
from gpt4video_tools.calls import ClipSources, VideoAsker, VideoMaker
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.pydantic_ai import video_toolset

TASK = "Make a clip of a red circle that moves right, and tell me what is in it."


def think(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    """Makes a clip, asks about it, and says what was answered."""
    last = messages[-1].parts[-1]
    if not isinstance(last, ToolReturnPart):
        wish = {"prompt": "a large red circle moving right", "seed": 1}
        return ModelResponse(parts=[ToolCallPart("generate_video", wish)])
    if last.tool_name == "generate_video":
        handle = str(last.content).split()[-1]
        asked = {"question": "What shape is it?", "video": handle}
        return ModelResponse(parts=[ToolCallPart("ask_video", asked)])
    return ModelResponse(parts=[TextPart(str(last.content))])


def build_agent(assistant: VideoAssistant, store: ClipStore, model: Model) -> Agent:
    """An agent that makes clips and asks about them."""
    assert assistant.generator is not None
    maker = VideoMaker(generator=assistant.generator, pipeline=assistant.pipeline, store=store)
    asker = VideoAsker(answerer=assistant.without_generator(), sources=ClipSources(store=store))
    return Agent(model, toolsets=[video_toolset(maker=maker, asker=asker)])


def made(messages: list[ModelMessage]) -> list[str]:
    """The handles of the clips that were made in a run; no model has seen these artifacts."""
    returns = [part for each in messages for part in each.parts if isinstance(part, ToolReturnPart)]
    return [part.metadata["uri"] for part in returns if part.tool_name == "generate_video"]


def main() -> None:
    """Run the task on the embedded assistant."""
    with VideoAssistant.from_pretrained() as assistant:
        store = ClipStore("out/clips")
        result = asyncio.run(build_agent(assistant, store, FunctionModel(think)).run(TASK))
        print(result.output)
        for handle in made(result.all_messages()):
            print(handle, len(store.read(handle)), "bytes")


if __name__ == "__main__":
    main()
