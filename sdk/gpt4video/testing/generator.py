"""A generator of flat clips."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from gpt4video.testing.guards import Colour
from gpt4video_tools.gallery import GeneratedVideo, GenerationCancelledError, VideoRequest

RED: Colour = (220, 40, 40)


class ScriptedGenerator:
    """Makes clips of one colour, at once, and remembers what it was asked.

    Args:
        colour: of every frame, or a function from the request to it.
        num_frames: frames of a clip unless the request says otherwise.
        size: height and width in pixels unless the request says otherwise; even.
        fps: frames per second unless the request says otherwise.
        steps: how many steps it reports.
        error: raised after the first step instead of making a clip.
        hangs: after the first step, do nothing until told to stop.
    """

    name = "scripted"

    def __init__(
        self,
        *,
        colour: Colour | Callable[[VideoRequest], Colour] = RED,
        num_frames: int = 8,
        size: int = 64,
        fps: float = 8.0,
        steps: int = 3,
        error: Exception | None = None,
        hangs: bool = False,
    ) -> None:
        self._colour = colour
        self._num_frames = num_frames
        self._size = size
        self._fps = fps
        self._steps = steps
        self._error = error
        self._hangs = hangs
        self._pause = threading.Event()
        self.requests: list[VideoRequest] = []
        """Everything that it was asked to make, in order."""
        self.cancelled = 0
        """How many times it was told to stop."""

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """A clip of one colour."""
        self.requests.append(request)
        for step in range(1, self._steps + 1):
            if self._hangs and step > 1 and cancelled is not None:
                while not cancelled():
                    self._pause.wait(0.001)
            if cancelled is not None and cancelled():
                self.cancelled += 1
                raise GenerationCancelledError(self.name)
            if on_progress is not None:
                on_progress(step, self._steps)
            if self._error is not None:
                raise self._error
        colour = self._colour(request) if callable(self._colour) else self._colour
        shape = (
            request.num_frames or self._num_frames,
            request.height or self._size,
            request.width or self._size,
            3,
        )
        return GeneratedVideo(
            frames=np.broadcast_to(np.array(colour, dtype=np.uint8), shape).copy(),
            fps=request.fps or self._fps,
            seed=request.seed or 0,
            generator=self.name,
        )
