"""An agent of LangChain whose brain is our chat model: it makes a clip, looks at it, and answers.

    python examples/langchain_agent.py
    python examples/langchain_agent.py "Make a large blue square. What colour is it?"

Offline, with the embedded model. Needs the extra `agents`: pip install "gpt4video[agents]"
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from gpt4video import VideoAssistant
from gpt4video.langchain import ChatVideoAssistant
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.langchain import VideoGenerationTool, VideoQuestionTool

WISHES = [
    "Make a video of a large green star moving up on a black background. What is moving in it?",
    "What colour is it?",
]


def run(assistant: VideoAssistant, store: ClipStore, wishes: Sequence[str]) -> list[AnyMessage]:
    """The whole conversation: every wish, what the agent did about it, and its answer."""
    assert assistant.generator is not None
    make = VideoGenerationTool(
        generator=assistant.generator, pipeline=assistant.pipeline, store=store
    )
    look = VideoQuestionTool(answerer=assistant.without_generator(), store=store)
    agent = create_agent(
        ChatVideoAssistant(assistant=assistant), [make, look], checkpointer=InMemorySaver()
    )
    messages: list[AnyMessage] = []
    for wish in wishes:
        state = agent.invoke(
            {"messages": [HumanMessage(wish)]}, {"configurable": {"thread_id": "example"}}
        )
        messages = state["messages"]
    return messages


def transcript(messages: Sequence[AnyMessage]) -> Iterator[str]:
    """A line for each thing that was said or done."""
    for message in messages:
        match message:
            case HumanMessage():
                yield f"user:      {message.text}"
            case ToolMessage():
                yield f"tool:      {message.text}"
            case AIMessage():
                if words := said(message):
                    yield f"assistant: {words}"
                for call in message.tool_calls:
                    arguments = ", ".join(f"{key}={value!r}" for key, value in call["args"].items())
                    yield f"  calls    {call['name']}({arguments})"


def said(message: AIMessage) -> str:
    """Its words, those of a refusal included, which stand in a block of their own."""
    blocks = message.content if isinstance(message.content, list) else []
    refusals = [
        block["refusal"] for block in blocks if isinstance(block, dict) and "refusal" in block
    ]
    return "\n\n".join(words for words in (message.text, *refusals) if words)


def main(arguments: Sequence[str]) -> None:
    """Run the agent and print what happened."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("wishes", nargs="*", default=WISHES, help="what the user says, in turn")
    parser.add_argument("--clips", type=Path, help="where made clips are kept")
    chosen = parser.parse_args(arguments)
    folder = chosen.clips or Path(tempfile.mkdtemp(prefix="clips-"))
    with VideoAssistant.from_pretrained() as assistant:
        for line in transcript(run(assistant, ClipStore(folder), chosen.wishes)):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
