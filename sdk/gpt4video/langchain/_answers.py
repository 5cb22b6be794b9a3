"""From the assistant's replies to LangChain's messages and chunks."""

from __future__ import annotations

import json
from typing import Any, Final

from langchain_core.messages import AIMessage, AIMessageChunk, ToolCall
from langchain_core.messages import content as standard_content
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk

from gpt4video.langchain._content import MP4
from gpt4video.langchain._dialogue import REFUSED
from gpt4video.reply import Reply, VideoResult

PROVIDER: Final = "gpt4video"


def message_of(reply: Reply, call: ToolCall | None, *, model: str) -> AIMessage:
    """The whole answer of a turn."""
    content: str | list[Any] = reply.text
    if reply.refused:
        content = refusal_content(reply.text)
    elif reply.video is not None:
        said = [{"type": "text", "text": reply.text}] if reply.text else []
        content = [*said, _shown(reply.video)]
    return AIMessage(
        content=content,
        tool_calls=[] if call is None else [call],
        usage_metadata=_usage(reply),
        response_metadata=_metadata(reply, call, model),
    )


def words_chunk(text: str) -> AIMessageChunk:
    """A piece of the answer."""
    return AIMessageChunk(content=text)


def refusal_chunk(text: str, *, after_words: bool) -> AIMessageChunk:
    """The refusal, below the words that were out already."""
    content = refusal_content(text)
    if after_words and isinstance(content, str):
        content = f"\n\n{content}"
    return AIMessageChunk(content=content)


def last_chunk(reply: Reply, call: ToolCall | None, *, model: str) -> AIMessageChunk:
    """What is known at the end: the clip or the tool's call, the usage and the metadata."""
    return AIMessageChunk(
        content="" if reply.video is None else [_shown(reply.video)],
        tool_call_chunks=[]
        if call is None
        else [
            tool_call_chunk(
                name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=0
            )
        ],
        usage_metadata=_usage(reply),
        response_metadata=_metadata(reply, call, model),
    )


def refusal_content(text: str) -> str | list[Any]:
    """A refusal block where the installed langchain-core has them, else the text."""
    if hasattr(standard_content, "RefusalContentBlock"):
        return [{"type": "refusal", "refusal": text}]
    return text


def _shown(video: VideoResult) -> dict[str, Any]:
    return {"type": "video", "url": video.path.resolve().as_uri(), "mime_type": MP4}


def _usage(reply: Reply) -> UsageMetadata:
    used = reply.usage
    return UsageMetadata(
        input_tokens=used.prompt_tokens,
        output_tokens=used.generated_tokens,
        total_tokens=used.prompt_tokens + used.generated_tokens,
        input_token_details={"cache_read": used.reused_tokens},
    )


def _metadata(reply: Reply, call: ToolCall | None, model: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "model_name": model,
        "model_provider": PROVIDER,
        "finish_reason": "stop" if call is None else "tool_calls",
        "notes": list(reply.notes),
        "verdicts": [
            {
                "stage": verdict.stage,
                "decision": verdict.decision,
                "category": verdict.category,
                "score": verdict.score,
                "guard": verdict.guard,
            }
            for verdict in reply.verdicts
            if verdict.decision != "allow"
        ],
    }
    if reply.refused:
        metadata |= {
            "finish_reason": "refusal",
            REFUSED: True,
            "stage": reply.stage,
            "reason": reply.reason,
        }
    return metadata
