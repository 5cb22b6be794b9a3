"""Dialogues in the chat format of transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gpt4video.shapes.dialogues._values import Dialogue


def as_messages(
    dialogue: Dialogue, *, clips: Sequence[int] | None = None, until: int | None = None
) -> list[dict[str, Any]]:
    """The dialogue in transformers' chat format, clips as `{"type": "video"}` blocks.

    Args:
        dialogue: Its clips are shown in the order of its scenes.
        clips: How many clips each turn shows; those of the dialogue when not given.
        until: Stop before the answer of this turn.
    """
    counts = [len(turn.clips) for turn in dialogue.turns] if clips is None else clips
    messages: list[dict[str, Any]] = []
    for at, (turn, count) in enumerate(zip(dialogue.turns, counts, strict=True)):
        blocks: list[dict[str, str]] = [{"type": "video"} for _ in range(count)]
        messages.append({"role": "user", "content": [*blocks, {"type": "text", "text": turn.user}]})
        if at == until:
            break
        messages.append({"role": "assistant", "content": turn.assistant})
    return messages
