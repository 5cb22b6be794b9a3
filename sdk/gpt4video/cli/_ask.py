"""`gpt4video ask CLIP QUESTION`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gpt4video.cli._console import REFUSED, busy, out, print_json, reply_as_dict


def run_ask(
    clip: Path,
    question: str,
    *,
    model: str,
    policy: str,
    blocked: Sequence[str],
    as_json: bool,
) -> int:
    """Answer one question; returns the exit code."""
    from gpt4video import VideoAssistant

    with busy("loading the models"):
        assistant = VideoAssistant.from_pretrained(
            model, policy=policy, blocked_concepts=tuple(blocked)
        )
    with assistant, busy("watching"):
        reply = assistant.chat(question, videos=[clip])
    if as_json:
        print_json(reply_as_dict(reply))
    else:
        out.print(reply.text, markup=False)
    return REFUSED if reply.refused else 0
