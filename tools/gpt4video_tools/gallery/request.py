"""What is asked of a generator, what it answers, and the one method it needs."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gpt4video_guards.errors import InvalidInputError

MAX_PROMPT_CHARACTERS = 1000
"""Longest prompt of a request; text encoders of the known families read far less than this."""

Frames = npt.NDArray[np.uint8]

Prompt = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_PROMPT_CHARACTERS)
]
FrameCount = Annotated[int, Field(ge=1, le=2048)]
Pixels = Annotated[int, Field(ge=8, le=8192)]
FrameRate = Annotated[float, Field(gt=0, le=240, allow_inf_nan=False)]
Steps = Annotated[int, Field(ge=1, le=1000)]
Guidance = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class VideoRequest(BaseModel):
    """A wish for a clip. Everything but the prompt may be left to the generator's own defaults.

    A value out of range raises `InvalidInputError`, which names the field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Prompt
    """What the clip should show: 1 to 1000 characters after stripping."""
    negative_prompt: str | None = Field(default=None, max_length=MAX_PROMPT_CHARACTERS)
    """What it should keep away from, for generators that can. A setting of the host: not judged."""
    num_frames: FrameCount | None = None
    height: Pixels | None = None
    """Pixels, as `width`; a generator rounds both to what its family can do, and says so."""
    width: Pixels | None = None
    fps: FrameRate | None = None
    """Frames per second at which the clip is to be played."""
    num_inference_steps: Steps | None = None
    guidance_scale: Guidance | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    """The same request with the same seed gives the same frames; None draws one and reports it."""

    if not TYPE_CHECKING:  # checkers keep the signature that pydantic gives them

        def __init__(self, **data: Any) -> None:
            try:
                super().__init__(**data)
            except ValidationError as error:
                raise _first_problem(error) from error


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class GeneratedVideo:
    """Frames that a generator made. Not judged, and not written anywhere."""

    frames: Frames
    """uint8 [T, H, W, 3] RGB, T of at least 1."""
    fps: float
    """Frames per second."""
    seed: int
    """The seed that was used, drawn or given."""
    generator: str
    """Name of the generator."""
    notes: tuple[str, ...] = ()
    """Sentences on what was done otherwise than asked, such as a rounded frame count."""
    key: str = field(init=False, default="")
    """SHA-256 (hex) of shape, rate and pixels."""

    def __post_init__(self) -> None:
        frames = self.frames
        right = isinstance(frames, np.ndarray) and frames.dtype == np.uint8 and frames.ndim == 4
        if not right or frames.shape[-1] != 3 or 0 in frames.shape:
            found = f"{frames.dtype} {list(frames.shape)}" if hasattr(frames, "shape") else frames
            raise InvalidInputError("frames", found, "a uint8 array [T, H, W, 3] with T >= 1")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise InvalidInputError("fps", self.fps, "a positive number")
        digest = hashlib.sha256(f"{frames.shape} {float(self.fps)}".encode())
        digest.update(np.ascontiguousarray(frames).data)
        object.__setattr__(self, "key", digest.hexdigest())

    @property
    def times(self) -> tuple[float, ...]:
        """When each frame is shown, in seconds from the first."""
        return tuple(index / self.fps for index in range(len(self.frames)))

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.frames) / self.fps

    def __repr__(self) -> str:
        return (
            f"GeneratedVideo(frames={list(self.frames.shape)}, fps={self.fps:g}, "
            f"seed={self.seed}, generator={self.generator!r}, notes={self.notes})"
        )


@runtime_checkable
class VideoGenerator(Protocol):
    """Anything that makes frames from words. It never judges and never writes files."""

    @property
    def name(self) -> str:
        """A short name for messages, manifests and tables."""

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """Make a clip.

        Args:
            request: what to make; fields that are None are the generator's choice.
            on_progress: called with (steps done, steps in all) after every step.
            cancelled: asked between steps; true stops the work soon.

        Raises:
            GenerationCancelledError: `cancelled` said so.
            GenerationError: it could not be made; the cause is chained.
        """


def used_seed(request: VideoRequest) -> int:
    """The seed of the request, or a drawn one."""
    return random.SystemRandom().getrandbits(32) if request.seed is None else request.seed


def _first_problem(error: ValidationError) -> InvalidInputError:
    problem = error.errors(include_url=False)[0]
    argument = ".".join(str(part) for part in problem["loc"]) or "request"
    return InvalidInputError(argument, problem["input"], problem["msg"])
