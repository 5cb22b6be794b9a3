"""One call of a pipeline: alone, watched between its steps, and with our errors. Imports torch."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from gpt4video_guards.errors import GPT4VideoError
from gpt4video_tools.gallery.errors import GenerationCancelledError, GenerationError
from gpt4video_tools.gallery.frames import frames_of
from gpt4video_tools.gallery.request import Frames
from gpt4video_tools.gallery.steps import watched_steps

_WAIT_SECONDS = 0.1  # between two looks at `cancelled` while another generation runs


class PipelineRunner:
    """Calls a loaded diffusers pipeline. One call runs at a time; others wait for their turn.

    Args:
        pipeline: any that makes frames.
        name: of the generator, for errors.
        parameters: names that its call takes; others are left out.
    """

    def __init__(self, pipeline: Any, *, name: str, parameters: frozenset[str]) -> None:
        self._pipeline = pipeline
        self._name = name
        self._parameters = parameters
        self._turn = threading.Lock()
        pipeline.set_progress_bar_config(disable=True)  # progress goes to the caller

    def run(
        self,
        arguments: dict[str, Any],
        *,
        seed: int,
        steps: int | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Frames:
        """Call the pipeline.

        Args:
            arguments: for its call.
            seed: used on the CPU whatever the device, so that it means the same noise everywhere.
            steps: how many steps it will make, where its scheduler is set to more than that.
            on_progress: called with (steps done, steps in all) after every step.
            cancelled: asked while waiting and between steps.

        Returns:
            uint8 [T, H, W, 3].

        Raises:
            GenerationCancelledError: `cancelled` said so.
            GenerationError: out of memory, numbers that are not finite, or an error of the library.
        """
        wanted = {
            **arguments,
            "generator": torch.Generator("cpu").manual_seed(seed),
            "output_type": "np",  # floats, so that broken numbers can be told from black frames
            # It would depend on whether beautifulsoup is installed: same seed, other clip.
            "clean_caption": False,
        }
        call = {key: value for key, value in wanted.items() if key in self._parameters}
        with self._own_turn(cancelled), _errors_of(self._name):
            try:
                with watched_steps(
                    self._pipeline, self._parameters, on_progress, cancelled, self._name, steps
                ) as hooks:
                    output = self._pipeline(**call, **hooks)
            except BaseException:
                # What a pipeline does at its own end: give offloaded parts back to the CPU.
                self._pipeline.maybe_free_model_hooks()
                raise
            frames = frames_of(output, generator=self._name)
        if cancelled is not None and cancelled():
            raise GenerationCancelledError(self._name)
        return frames

    @contextmanager
    def _own_turn(self, cancelled: Callable[[], bool] | None) -> Iterator[None]:
        while not self._turn.acquire(timeout=_WAIT_SECONDS):
            if cancelled is not None and cancelled():
                raise GenerationCancelledError(self._name)
        try:
            if cancelled is not None and cancelled():
                raise GenerationCancelledError(self._name)
            yield
        finally:
            self._turn.release()


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
