"""Any text-to-video pipeline of diffusers as a `VideoGenerator`. Imports torch and diffusers."""

from __future__ import annotations

import gc
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import diffusers
import torch

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.gallery.errors import GenerationCancelledError, GenerationError
from gpt4video_tools.gallery.families import FamilyRules, rules_of
from gpt4video_tools.gallery.frames import frames_of
from gpt4video_tools.gallery.pipelines import call_parameters, load_pipeline, text_to_video_class
from gpt4video_tools.gallery.presets import GenerationDefaults
from gpt4video_tools.gallery.request import GeneratedVideo, VideoRequest
from gpt4video_tools.gallery.settings import Settings, settle
from gpt4video_tools.gallery.steps import watched_steps

_WAIT_SECONDS = 0.1  # between two looks at `cancelled` while another generation runs


class DiffusersVideoGenerator:
    """A loaded diffusers pipeline. One generation runs at a time; others wait for their turn.

    Args:
        pipeline: an instance of a text-to-video pipeline class.
        name: for messages and manifests.
        defaults: for what a request leaves open.
    """

    def __init__(
        self, pipeline: Any, *, name: str, defaults: GenerationDefaults | None = None
    ) -> None:
        self._parameters = call_parameters(type(pipeline), where=name)
        self._pipeline = pipeline
        self._turn = threading.Lock()
        self.name = name
        self.defaults = defaults or GenerationDefaults()
        self._rules = _with_fixed_size(rules_of(pipeline), self.defaults)
        pipeline.set_progress_bar_config(disable=True)  # progress goes to the caller

    @classmethod
    def from_folder(
        cls,
        folder: Path,
        *,
        class_name: str,
        name: str,
        defaults: GenerationDefaults,
        device: str = "cpu",
        dtype: str = "auto",
    ) -> DiffusersVideoGenerator:
        """Load a folder in diffusers' layout, without any look at the network.

        Raises:
            CheckpointError: diffusers knows no such class, it makes no video from text, or the
                folder does not hold what it needs.
            InvalidInputError: a device or dtype that is not one.
        """
        pipeline_class = text_to_video_class(class_name, where=str(folder))
        pipeline = load_pipeline(pipeline_class, str(folder), device, dtype, local_files_only=True)
        return cls(pipeline, name=name, defaults=defaults)

    @classmethod
    def from_hub(
        cls,
        repository: str,
        *,
        name: str,
        defaults: GenerationDefaults,
        class_name: str = "DiffusionPipeline",
        device: str = "cpu",
        dtype: str = "auto",
        half: str = "float16",
    ) -> DiffusersVideoGenerator:
        """Load from the Hugging Face hub or its local cache; fetches what is not cached.

        `half` is what the dtype "auto" means on an accelerator.

        Raises:
            CheckpointError: it cannot be fetched, or makes no video from text.
            InvalidInputError: a device or dtype that is not one.
        """
        if class_name == "DiffusionPipeline":  # the checkpoint itself says which
            pipeline_class = diffusers.DiffusionPipeline
        else:
            pipeline_class = text_to_video_class(class_name, where=repository)
        pipeline = load_pipeline(pipeline_class, repository, device, dtype, half=half)
        call_parameters(type(pipeline), where=repository)
        return cls(pipeline, name=name, defaults=defaults)

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

        The seed is used on the CPU whatever the device, so that a seed means the same noise
        everywhere. Frame counts and sizes that the family cannot do are rounded to the nearest
        that it can, arguments that it does not know are left out, and `notes` say so.
        """
        settings = settle(request, self.defaults, self._rules, self._parameters)
        seed = random.SystemRandom().getrandbits(32) if request.seed is None else request.seed
        arguments = self._arguments(request.prompt, settings, seed)
        with self._own_turn(cancelled), _errors_of(self.name):
            try:
                with watched_steps(
                    self._pipeline, self._parameters, on_progress, cancelled, self.name
                ) as hooks:
                    output = self._pipeline(**arguments, **hooks)
            except BaseException:
                # What a pipeline does at its own end: give offloaded parts back to the CPU.
                self._pipeline.maybe_free_model_hooks()
                raise
            frames = frames_of(output, generator=self.name)
        if cancelled is not None and cancelled():
            raise GenerationCancelledError(self.name)
        return GeneratedVideo(
            frames=frames,
            fps=settings.fps,
            seed=seed,
            generator=self.name,
            notes=(*settings.notes, *_surprises(frames.shape, settings)),
        )

    def _arguments(self, prompt: str, settings: Settings, seed: int) -> dict[str, Any]:
        wanted = {
            "prompt": prompt,
            **settings.arguments,
            "generator": torch.Generator("cpu").manual_seed(seed),
            "output_type": "np",  # floats, so that broken numbers can be told from black frames
            # It would depend on whether beautifulsoup is installed: same seed, other clip.
            "clean_caption": False,
        }
        return {key: value for key, value in wanted.items() if key in self._parameters}

    @contextmanager
    def _own_turn(self, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        while not self._turn.acquire(timeout=_WAIT_SECONDS):
            if cancelled is not None and cancelled():
                raise GenerationCancelledError(self.name)
        try:
            if cancelled is not None and cancelled():
                raise GenerationCancelledError(self.name)
            yield
        finally:
            self._turn.release()

    def __repr__(self) -> str:
        return f"DiffusersVideoGenerator({self.name!r}, {type(self._pipeline).__name__})"


@contextmanager
def _errors_of(name: str) -> Iterator[None]:
    """Whatever the library raises becomes a `GenerationError` with its cause."""
    try:
        yield
    except GPT4VideoError:
        raise
    except torch.OutOfMemoryError as error:
        problem = "out of memory on the device; ask for fewer frames or a smaller size"
        _give_memory_back()
        raise GenerationError(name, problem) from error
    except MemoryError as error:
        problem = "out of memory; ask for fewer frames or a smaller size"
        raise GenerationError(name, problem) from error
    except Exception as error:
        raise GenerationError(name, f"{type(error).__name__}: {error}") from error


def _give_memory_back() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _with_fixed_size(rules: FamilyRules, defaults: GenerationDefaults) -> FamilyRules:
    if not defaults.fixed_size or defaults.height is None or defaults.width is None:
        return rules
    return replace(rules, only_size=(defaults.height, defaults.width))


def _surprises(shape: tuple[int, ...], settings: Settings) -> Iterator[str]:
    """Sentences for a clip that came out in another shape than it was asked for."""
    frames, height, width = shape[:3]
    if settings.num_frames not in (None, frames):
        yield f"{settings.num_frames} frames were asked of the pipeline, it made {frames}"
    asked = (settings.height, settings.width)
    if None not in asked and asked != (height, width):
        yield (
            f"{asked[1]} x {asked[0]} pixels were asked of the pipeline, it made {width} x {height}"
        )
