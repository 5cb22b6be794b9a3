"""How a generator is run where the request does not say."""

from __future__ import annotations

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
