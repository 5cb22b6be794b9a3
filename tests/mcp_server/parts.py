"""Scripted parts for the server: prompts decide what becomes of them."""

from __future__ import annotations

from collections.abc import Callable

from gpt4video.loading import Parts
from gpt4video.reasoning import Conversation
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    ScriptedReasoner,
    scripted_pipeline,
)
from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.gallery import GeneratedVideo, VideoRequest

ENDLESS = "something endless"
"""A prompt whose clip is never finished."""

BROKEN = "something broken"
"""A prompt that the generator fails on."""

BLOCKED = "bomb"
"""A word that the guards block."""

BLUE = (40, 40, 220)
"""A colour that the guards block; made of prompts with the word `blue`."""


class Generator:
    """Does what its prompt says."""

    name = "scripted"

    def __init__(self) -> None:
        self.usual = ScriptedGenerator(
            colour=lambda request: BLUE if "blue" in request.prompt else (220, 40, 40)
        )
        self.endless = ScriptedGenerator(hangs=True)
        self.broken = ScriptedGenerator(error=GPT4VideoError("/secret/path is broken"))

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """What one of the three makes of it."""
        ways = {ENDLESS: self.endless, BROKEN: self.broken}
        way = ways.get(request.prompt, self.usual)
        return way.generate(request, on_progress=on_progress, cancelled=cancelled)


def answer(conversation: Conversation) -> str:
    """Says how many clips it was shown; asks for one where the words say so."""
    asked = conversation.messages[-1]
    if "make one" in asked.text:
        return "Here. <video> a star </video>"
    return f"I see {len(asked.clips)} clip and no secret."


def scripted_parts() -> Parts:
    """The parts of an assistant that knows how many clips were given up."""
    generator = Generator()

    def say(conversation: Conversation) -> str:
        if "given up" in conversation.messages[-1].text:
            return f"{generator.endless.cancelled} given up"
        return answer(conversation)

    return Parts(
        reasoner=ScriptedReasoner(say),
        pipeline=scripted_pipeline(
            text_guard=ScriptedGuard(words=[BLOCKED]),
            frames_guard=ScriptedGuard(colours=[BLUE]),
        ),
        generator=generator,
    )
