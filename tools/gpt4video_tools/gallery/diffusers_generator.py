"""Any text-to-video pipeline of diffusers as a `VideoGenerator`. Imports torch and diffusers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gpt4video_tools.gallery.defaults import GenerationDefaults
from gpt4video_tools.gallery.families import FamilyRules, family_of, rules_of
from gpt4video_tools.gallery.pipelines import text_to_video_parameters
from gpt4video_tools.gallery.request import GeneratedVideo, VideoRequest, used_seed
from gpt4video_tools.gallery.running import PipelineRunner
from gpt4video_tools.gallery.settings import settle, surprises


class DiffusersVideoGenerator:
    """A loaded diffusers pipeline. One generation runs at a time; others wait for their turn.

    Args:
        pipeline: an instance of a text-to-video pipeline class.
        name: for messages and manifests.
        defaults: for what a request leaves open.

    Raises:
        CheckpointError: the pipeline does not make video from text alone.
    """

    def __init__(
        self, pipeline: Any, *, name: str, defaults: GenerationDefaults | None = None
    ) -> None:
        parameters = text_to_video_parameters(type(pipeline), where=name)
        self._runner = PipelineRunner(pipeline, name=name, parameters=parameters)
        self._class = type(pipeline).__name__
        self._usable = parameters - set(family_of(self._class).ignores)
        self.name = name
        self.defaults = defaults or GenerationDefaults()
        self._rules = _with_fixed_size(rules_of(pipeline), self.defaults)

    @property
    def rules(self) -> FamilyRules:
        """Frame counts and sizes that this pipeline can do."""
        return self._rules

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """Make a clip; see `VideoGenerator.generate`.

        Frame counts and sizes that the family cannot do are rounded to the nearest that it can,
        arguments that it does not know are left out, and `notes` say so.
        """
        settings = settle(request, self.defaults, self._rules, self._usable)
        seed = used_seed(request)
        frames = self._runner.run(
            {"prompt": request.prompt, **settings.arguments},
            seed=seed,
            on_progress=on_progress,
            cancelled=cancelled,
        )
        return GeneratedVideo(
            frames=frames,
            fps=settings.fps,
            seed=seed,
            generator=self.name,
            notes=(*settings.notes, *surprises(frames.shape, settings)),
        )

    def __repr__(self) -> str:
        return f"DiffusersVideoGenerator({self.name!r}, {self._class})"


def _with_fixed_size(rules: FamilyRules, defaults: GenerationDefaults) -> FamilyRules:
    if not defaults.fixed_size or defaults.height is None or defaults.width is None:
        return rules
    return replace(rules, only_size=(defaults.height, defaults.width))
