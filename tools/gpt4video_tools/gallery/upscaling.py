"""A clip in two stages: made small by one pipeline, then redrawn large by another."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from PIL import Image

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery.defaults import GenerationDefaults
from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator
from gpt4video_tools.gallery.families import FamilyRules, rules_of
from gpt4video_tools.gallery.pipelines import video_to_video_parameters
from gpt4video_tools.gallery.request import Frames, GeneratedVideo, VideoRequest, used_seed
from gpt4video_tools.gallery.running import PipelineRunner
from gpt4video_tools.gallery.settings import settle, surprises

_STEPS = 50  # diffusers' own default


class UpscalingVideoGenerator:
    """Enlarges what another generator makes, and redraws it with a video-to-video pipeline.

    Both stages get the prompt and the seed. A size is that of the final clip; the first stage gets
    it scaled down, as the two stages' defaults relate.

    Args:
        first: makes the small clip.
        pipeline: an instance of a video-to-video pipeline class.
        name: for messages and manifests.
        defaults: of the second stage, for what a request leaves open; with a height and a width.
        strength: how much is drawn anew, above 0 and up to 1.

    Raises:
        CheckpointError: the pipeline does not redraw clips.
        InvalidInputError: `strength` is out of range, or `defaults` has no size.
    """

    def __init__(
        self,
        first: DiffusersVideoGenerator,
        pipeline: Any,
        *,
        name: str,
        defaults: GenerationDefaults,
        strength: float = 0.6,
    ) -> None:
        if not 0 < strength <= 1:
            raise InvalidInputError("strength", strength, "a number above 0 and up to 1")
        if defaults.height is None or defaults.width is None:
            raise InvalidInputError("defaults", defaults, "with a height and a width")
        parameters = video_to_video_parameters(type(pipeline), where=name)
        self._runner = PipelineRunner(pipeline, name=name, parameters=parameters)
        # Taken from the first stage's clip, not from the call.
        self._usable = parameters | {"num_frames", "height", "width"}
        self._first = first
        self._strength = strength
        self._rules = rules_of(pipeline)
        self.name = name
        self.defaults = defaults

    @property
    def rules(self) -> FamilyRules:
        """Sizes that the second stage can do."""
        return self._rules

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """Make a clip; see `VideoGenerator.generate`. Progress counts the steps of both stages."""
        settings = settle(request, self.defaults, self._rules, self._usable)
        assert settings.height is not None
        assert settings.width is not None
        seed = used_seed(request)
        asked = settings.arguments.get("num_inference_steps", _STEPS)
        steps = max(asked, math.ceil(1 / self._strength))  # one of them at least is made
        second = int(steps * self._strength)
        first = 0

        def first_done(step: int, total: int) -> None:
            nonlocal first
            first = total
            if on_progress is not None:
                on_progress(step, total + second)

        def second_done(step: int, total: int) -> None:
            if on_progress is not None:
                on_progress(first + step, first + total)

        small = self._first.generate(
            self._small(request, settings.height, settings.width, seed),
            on_progress=first_done,
            cancelled=cancelled,
        )
        frames = self._runner.run(
            {
                "prompt": request.prompt,
                **settings.arguments,
                "num_inference_steps": steps,
                "video": _enlarged(small.frames, settings.height, settings.width),
                "strength": self._strength,
            },
            seed=seed,
            steps=second,
            on_progress=second_done,
            cancelled=cancelled,
        )
        return GeneratedVideo(
            frames=frames,
            fps=settings.fps,
            seed=seed,
            generator=self.name,
            notes=(*settings.notes, *small.notes, *surprises(frames.shape, settings)),
        )

    def _small(self, request: VideoRequest, height: int, width: int, seed: int) -> VideoRequest:
        """The first stage's request: the final size scaled down, so that nothing is noted of it."""
        frames = request.num_frames or self.defaults.num_frames
        changes: dict[str, Any] = {"seed": seed, "num_frames": frames}
        own, theirs = self.defaults, self._first.defaults
        if own.height and own.width and theirs.height and theirs.width:
            changes["height"], changes["width"] = self._first.rules.nearest_size(
                round(height * theirs.height / own.height), round(width * theirs.width / own.width)
            )
        return request.model_copy(update=changes)

    def __repr__(self) -> str:
        return f"UpscalingVideoGenerator({self.name!r}, first={self._first!r})"


def _enlarged(frames: Frames, height: int, width: int) -> list[Image.Image]:
    return [
        Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC) for frame in frames
    ]
