"""What a request asks, what the defaults add, and what the family makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from gpt4video_tools.gallery.defaults import GenerationDefaults
from gpt4video_tools.gallery.families import FamilyRules
from gpt4video_tools.gallery.request import VideoRequest


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a pipeline will be called. None: its own default."""

    num_frames: int | None
    height: int | None
    width: int | None
    fps: float
    arguments: dict[str, Any]
    """For the pipeline's call, by the names that it uses."""
    notes: tuple[str, ...]
    """What is done otherwise than asked."""


def settle(
    request: VideoRequest,
    defaults: GenerationDefaults,
    rules: FamilyRules,
    parameters: Collection[str],
) -> Settings:
    """Fill what the request leaves open from the defaults, and round to what can be made.

    Args:
        request: what is asked.
        defaults: of the generator.
        rules: of the pipeline's family.
        parameters: names that the pipeline's call takes, and that change something.
    """
    asked = {name: getattr(request, name) for name in _ASKABLE}
    filled = {
        name: getattr(defaults, name) if value is None else value for name, value in asked.items()
    }
    rounded = dict(filled)
    wanted = filled["num_frames"]
    # Where nobody says, the pipeline's own default holds, unless it is one that it cannot do.
    rounded["num_frames"] = rules.only_frames if wanted is None else rules.nearest_frames(wanted)
    height, width = rules.nearest_size(filled["height"] or 8, filled["width"] or 8)
    rounded["height"] = height if filled["height"] is not None else None
    rounded["width"] = width if filled["width"] is not None else None
    if filled["num_inference_steps"] is not None:
        rounded["num_inference_steps"] = max(filled["num_inference_steps"], rules.min_steps)

    arguments = {
        _argument_name(name, parameters): value
        for name, value in rounded.items()
        if value is not None
    }
    fps = defaults.fps if request.fps is None else request.fps
    arguments["frame_rate"] = fps  # LTX moves things as fast as they will be shown
    ignored = [name for name in asked if _argument_name(name, parameters) not in parameters]
    return Settings(
        num_frames=rounded["num_frames"],
        height=rounded["height"],
        width=rounded["width"],
        fps=fps,
        arguments={name: value for name, value in arguments.items() if name in parameters},
        notes=(
            *_roundings(filled, rounded),
            *(f"{name} is not used by this generator" for name in ignored if asked[name]),
        ),
    )


def surprises(shape: tuple[int, ...], settings: Settings) -> Iterator[str]:
    """Sentences for a clip [T, H, W, 3] that came out in another shape than it was asked for."""
    frames, height, width = shape[:3]
    if settings.num_frames not in (None, frames):
        yield f"{settings.num_frames} frames were asked of the pipeline, it made {frames}"
    asked = (settings.height, settings.width)
    if None not in asked and asked != (height, width):
        yield (
            f"{asked[1]} x {asked[0]} pixels were asked of the pipeline, it made {width} x {height}"
        )


_ASKABLE = (
    "num_frames",
    "height",
    "width",
    "num_inference_steps",
    "guidance_scale",
    "negative_prompt",
)


def _argument_name(name: str, parameters: Collection[str]) -> str:
    """Latte and a few others call the number of frames `video_length`."""
    if name == "num_frames" and name not in parameters and "video_length" in parameters:
        return "video_length"
    return name


def _roundings(filled: dict[str, Any], rounded: dict[str, Any]) -> Iterator[str]:
    if filled["num_frames"] not in (None, rounded["num_frames"]):
        yield (
            f"{filled['num_frames']} frames cannot be made by this generator, "
            f"the nearest is {rounded['num_frames']}"
        )
    if filled["num_inference_steps"] != rounded["num_inference_steps"]:
        yield f"this generator needs {rounded['num_inference_steps']} steps at least"
    for side in ("height", "width"):
        if filled[side] != rounded[side]:
            yield (
                f"a {side} of {filled[side]} pixels cannot be made by this generator, "
                f"the nearest is {rounded[side]}"
            )
