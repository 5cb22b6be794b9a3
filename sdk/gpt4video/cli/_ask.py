"""`gpt4video ask CLIP QUESTION`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gpt4video.cli._console import REFUSED, busy, print_json, say
from gpt4video.cli._reply import reply_as_dict

if TYPE_CHECKING:
    from gpt4video import VideoAssistant


def run_ask(assistant: VideoAssistant, clip: Path, question: str, *, as_json: bool) -> int:
    """Answer one question; returns the exit code."""
    with busy("watching"):
        reply = assistant.chat(question, videos=[clip])
    if as_json:
        print_json(reply_as_dict(reply))
    else:
        say(reply.text)
    return REFUSED if reply.refused else 0
