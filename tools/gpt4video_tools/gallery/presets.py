"""Generators known by name: what to load, under which licence, and how to run it well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    fixed_size: bool = False
    """The weights know this height and width alone: whatever else is asked becomes them."""

    @model_validator(mode="after")
    def _fixed_size_is_given(self) -> GenerationDefaults:
        if self.fixed_size and (self.height is None or self.width is None):
            raise ValueError("fixed_size needs a height and a width")
        return self


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
    half: Literal["float16", "bfloat16"] = "float16"
    """What `dtype="auto"` means on an accelerator."""


_PRESETS = (
    VideoPreset(
        name="zeroscope-v2-576w",
        repository="cerspec/zeroscope_v2_576w",
        pipeline="TextToVideoSDPipeline",
        licence="CC-BY-NC-4.0 (no commercial use)",
        memory="about 8 GB of GPU memory in float16",
        defaults=GenerationDefaults(
            num_frames=24, height=320, width=576, fps=8, num_inference_steps=40, guidance_scale=9
        ),
    ),
    VideoPreset(
        name="wan-2.1-1.3b",
        repository="Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        pipeline="WanPipeline",
        licence="Apache-2.0",
        memory="about 15 GB of weights in bfloat16, most of them the text encoder's",
        defaults=GenerationDefaults(
            num_frames=81, height=480, width=832, fps=16, num_inference_steps=50, guidance_scale=5
        ),
        half="bfloat16",
    ),
)

PRESETS: Mapping[str, VideoPreset] = MappingProxyType({preset.name: preset for preset in _PRESETS})
"""All presets by name. Each one's family is loaded and run in the tests, at tiny size."""
