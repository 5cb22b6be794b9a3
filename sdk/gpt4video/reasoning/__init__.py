"""From conversations to words.

`Reasoner` is the plug point; `ModelReasoner` answers with our own video LLM and loads torch when it
is first asked for.
"""

from typing import TYPE_CHECKING

from gpt4video.reasoning.conversation import (
    ClipPart,
    Conversation,
    GenerationOptions,
    Message,
    Reasoner,
    Role,
    TextPart,
    TokenUsage,
)

if TYPE_CHECKING:
    from gpt4video.reasoning.model_reasoner import ModelReasoner
else:

    def __getattr__(name):
        if name != "ModelReasoner":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from gpt4video.reasoning.model_reasoner import ModelReasoner

        return ModelReasoner


__all__ = [
    "ClipPart",
    "Conversation",
    "GenerationOptions",
    "Message",
    "ModelReasoner",
    "Reasoner",
    "Role",
    "TextPart",
    "TokenUsage",
]
