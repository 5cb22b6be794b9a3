"""A generator that draws what a prompt names, with the evaluation's renderer: no model, no waiting.

It stands in for a real generator where only the words matter (the dialogue tables), so that the
clip which enters the conversation does show what the prompt says; and it is the perfect generator
against which the generation table is tried.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from gpt4video.evaluation.prompts import PromptObject, read_prompt
from gpt4video.evaluation.renderer import CLEAN, draw
from gpt4video.evaluation.takes import Take, random_words, take_of
from gpt4video.shapes.world import BACKGROUNDS, COLOURS, Background, Scene, SceneObject
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery import GeneratedVideo, VideoRequest


class DrawingGenerator:
    """Draws the objects that a prompt names; what it leaves open, the seed decides.

    A prompt that names nothing of the shapes world gives an empty background: the generator never
    refuses and never fails.
    """

    name = "drawing"

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """16 frames of 64 x 64 at 8 frames per second; too quick to ask `cancelled`."""
        seed = 0 if request.seed is None else request.seed
        rng = random.Random(f"{seed} {request.prompt}")
        take, notes = _take(request.prompt, rng)
        if on_progress is not None:
            on_progress(1, 1)
        frames = draw(take, CLEAN, seed=seed)
        return GeneratedVideo(
            frames=frames, fps=CLEAN.fps, seed=seed, generator=self.name, notes=notes
        )


def _take(prompt: str, rng: random.Random) -> tuple[Take, tuple[str, ...]]:
    words = read_prompt(prompt)
    objects = _filled(words.objects[:3], rng)
    background: Background = rng.choice(
        [b for b in BACKGROUNDS if b in words.background] or BACKGROUNDS
    )
    notes: tuple[str, ...] = ()
    while objects:
        try:
            return take_of(objects, background, rng), notes
        except InvalidInputError as problem:
            notes = (*notes, f"left out the {objects.pop().noun}: {problem}")
    return Take(scene=Scene(background=background, objects=()), actors=()), notes


def _filled(told: tuple[PromptObject, ...], rng: random.Random) -> list[SceneObject]:
    objects: list[SceneObject] = []
    for each in told:
        known: dict[str, Any] = {
            name: next(iter(words))
            for name in ("colour", "shape", "size", "motion")
            if len(words := getattr(each, name)) == 1
        }
        taken = {other.colour for other in objects}
        known.setdefault("colour", rng.choice([c for c in COLOURS if c not in taken]))
        objects.append(random_words(rng, **known))
    return objects
