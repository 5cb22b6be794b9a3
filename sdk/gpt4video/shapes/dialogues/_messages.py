"""Dialogues in the chat format of transformers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from random import Random
from typing import Any

from gpt4video.shapes.dialogues._values import Dialogue


def as_messages(
    dialogue: Dialogue,
    *,
    clips: Sequence[int] | None = None,
    until: int | None = None,
    forgotten: Collection[int] = (),
) -> list[dict[str, Any]]:
    """The dialogue in transformers' chat format, clips as `{"type": "video"}` blocks.

    Args:
        dialogue: Its clips are shown in the order of its scenes.
        clips: How many clips each turn shows; those of the dialogue when not given.
        until: Stop before the answer of this turn, with nothing reasoned in those before it: an
            assistant keeps its words alone.
        forgotten: Turns without what was reasoned in them; they are not to be learnt.
    """
    counts = [len(turn.clips) for turn in dialogue.turns] if clips is None else clips
    messages: list[dict[str, Any]] = []
    for at, (turn, count) in enumerate(zip(dialogue.turns, counts, strict=True)):
        blocks: list[dict[str, str]] = [{"type": "video"} for _ in range(count)]
        messages.append({"role": "user", "content": [*blocks, {"type": "text", "text": turn.user}]})
        if at == until:
            break
        said: dict[str, Any] = {"role": "assistant", "content": turn.assistant}
        if turn.reasoning and until is None:
            said |= {"weight": 0} if at in forgotten else {"reasoning_content": turn.reasoning}
        messages.append(said)
    return messages


def some_forgotten(rng: Random, dialogue: Dialogue) -> frozenset[int]:
    """A third of the turns, by chance: as in a talk, where only words are kept of earlier turns."""
    return frozenset(at for at in range(len(dialogue.turns) - 1) if rng.random() < 1 / 3)
