"""Generators known by name: what to load, under which licence, and how to run it well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from gpt4video_tools.gallery.request import (
    MAX_PROMPT_CHARACTERS,
    FrameCount,
    FrameRate,
    Guidance,
    Pixels,
    Steps,
)


class GenerationDefaults(BaseModel):
    """How a generator is run where the request does not say.

    A preset carries one; a folder may hold one as `generation_defaults.json` beside its
    `model_index.json`. What is None is left to the pipeline's own defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_frames: FrameCount | None = None
    height: Pixels | None = None
    width: Pixels | None = None
    fps: FrameRate = 8.0
    num_inference_steps: Steps | None = None
    guidance_scale: Guidance | None = None
    negative_prompt: str | None = Field(default=None, max_length=MAX_PROMPT_CHARACTERS)


@dataclass(frozen=True, kw_only=True)
class VideoPreset:
    """A generator that can be asked for by name."""

    name: str
    repository: str
    """On the Hugging Face hub."""
    pipeline: str
    """Name of the diffusers class that runs it."""
    licence: str
    """Of the weights. The caller's to keep."""
    memory: str
    """What it needs, in words."""
    defaults: GenerationDefaults


ZEROSCOPE = VideoPreset(
    name="zeroscope-v2-576w",
    repository="cerspec/zeroscope_v2_576w",
    pipeline="TextToVideoSDPipeline",
    licence="CC-BY-NC-4.0 (no commercial use)",
    memory="about 8 GB of GPU memory in float16 at 576 x 320 and 24 frames",
    defaults=GenerationDefaults(
        num_frames=24, height=320, width=576, fps=8, num_inference_steps=40, guidance_scale=9.0
    ),
)

PRESETS: Mapping[str, VideoPreset] = MappingProxyType({ZEROSCOPE.name: ZEROSCOPE})
"""All presets by name."""
