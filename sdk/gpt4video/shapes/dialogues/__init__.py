"""Dialogues about clips of the shapes world: grammars of questions, requests and plain answers.

Everything here is a pure function of a `random.Random`; nothing needs torch.
"""

from gpt4video.shapes.dialogues._compose import OTHERS, WATCHING, sample_dialogue
from gpt4video.shapes.dialogues._describing import describe
from gpt4video.shapes.dialogues._messages import as_messages, some_forgotten
from gpt4video.shapes.dialogues._refusing import (
    OUTSIDE_LIMIT,
    OUTSIDE_MAKE,
    OUTSIDE_TALK,
    OUTSIDE_WORDS,
    refusal,
)
from gpt4video.shapes.dialogues._safety import SafetyTexts
from gpt4video.shapes.dialogues._scenes import random_scene
from gpt4video.shapes.dialogues._showing import shown_scenes
from gpt4video.shapes.dialogues._values import Dialogue, Turn

__all__ = [
    "OTHERS",
    "OUTSIDE_LIMIT",
    "OUTSIDE_MAKE",
    "OUTSIDE_TALK",
    "OUTSIDE_WORDS",
    "WATCHING",
    "Dialogue",
    "SafetyTexts",
    "Turn",
    "as_messages",
    "describe",
    "random_scene",
    "refusal",
    "sample_dialogue",
    "shown_scenes",
    "some_forgotten",
]
