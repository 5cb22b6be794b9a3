"""Watching and stopping a diffusers pipeline between its steps, whatever its generation of API."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from gpt4video_tools.gallery.errors import GenerationCancelledError


@contextmanager
def watched_steps(
    pipeline: Any,
    parameters: Collection[str],
    on_progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
    name: str,
    steps: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Gives the arguments that make the pipeline report its steps.

    Today's pipelines take `callback_on_step_end`, older ones `callback`; for those with neither,
    the scheduler is watched as long as the context lasts. All of them count from 1 to the number
    of denoising steps (`steps`, or what the scheduler is set to), and raise
    `GenerationCancelledError` out of the pipeline when asked to.
    """
    done = 0

    def step_done(scheduled: int) -> None:
        nonlocal done
        done += 1
        total = scheduled if steps is None else steps
        if on_progress is not None:
            on_progress(min(done, total), total)
        if cancelled is not None and cancelled():
            raise GenerationCancelledError(name)

    def on_step_end(_: Any, index: int, timestep: Any, values: dict[str, Any]) -> dict[str, Any]:
        step_done(_scheduled(pipeline.scheduler))
        return values

    def legacy_callback(index: int, timestep: Any, latents: Any) -> None:
        # Called once for all the time steps that a scheduler of higher order needs for a step.
        asked = getattr(pipeline.scheduler, "num_inference_steps", None)
        step_done(asked or _scheduled(pipeline.scheduler))

    if "callback_on_step_end" in parameters:
        yield {"callback_on_step_end": on_step_end}
    elif {"callback", "callback_steps"} <= set(parameters):
        yield {"callback": legacy_callback, "callback_steps": 1}
    else:
        with _watched_scheduler(pipeline.scheduler, step_done):
            yield {}


@contextmanager
def _watched_scheduler(scheduler: Any, step_done: Callable[[int], None]) -> Iterator[None]:
    original = scheduler.step

    @functools.wraps(original)  # pipelines look at its signature
    def step(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        step_done(_scheduled(scheduler))
        return result

    scheduler.step = step
    try:
        yield
    finally:
        del scheduler.step


def _scheduled(scheduler: Any) -> int:
    """Steps that the scheduler is set to."""
    return len(scheduler.timesteps)
