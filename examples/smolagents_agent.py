"""An agent of smolagents that writes code: it makes a clip, looks at it, and answers.

python examples/smolagents_agent.py

The clips are the embedded assistant's. The agent's own brain is a script here, so that the example
runs offline; put a model of smolagents in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smolagents import ChatMessage, CodeAgent, MessageRole, Model

from gpt4video import VideoAssistant
from gpt4video_tools.calls import ClipSources, VideoAsker, VideoMaker
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.smolagents import VideoGenerationTool, VideoQuestionTool

TASK = "Make a clip of a red circle that moves right, and tell me what is in it."

SCRIPT = (
    "<code>clip = generate_video(prompt='a large red circle moving right', seed=1)\n"
    "print(clip)</code>",
    "<code>seen = ask_video(question='What shape is it?', video=clip)\n"
    "final_answer(f'{clip}: {seen}')</code>",
)


class ScriptedModel(Model):
    """Writes one piece of code after the other."""

    def __init__(self, script: Sequence[str]) -> None:
        super().__init__(model_id="scripted")
        self._script = iter(script)

    def generate(self, messages: list[ChatMessage], **_: Any) -> ChatMessage:
        """The next piece."""
        return ChatMessage(role=MessageRole.ASSISTANT, content=next(self._script))


def build_agent(assistant: VideoAssistant, store: ClipStore, model: Model) -> CodeAgent:
    """An agent that makes clips and asks about them."""
    assert assistant.generator is not None
    maker = VideoMaker(generator=assistant.generator, pipeline=assistant.pipeline, store=store)
    asker = VideoAsker(answerer=assistant.without_generator(), sources=ClipSources(store=store))
    return CodeAgent([VideoGenerationTool(maker), VideoQuestionTool(asker)], model)


def main() -> None:
    """Run the task on the embedded assistant."""
    with VideoAssistant.from_pretrained() as assistant:
        agent = build_agent(assistant, ClipStore("out/clips"), ScriptedModel(SCRIPT))
        print(agent.run(TASK))


if __name__ == "__main__":
    main()
