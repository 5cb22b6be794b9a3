"""What a family of pipelines can do: numbers of frames and sizes, and the nearest it can.

Pure arithmetic over what the loaded pipeline says about itself; no torch here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lcm
from typing import Any


@dataclass(frozen=True, kw_only=True)
class FamilyRules:
    """What shapes of clip a pipeline makes."""

    size_multiple: tuple[int, int] = (8, 8)
    """Height and width must be multiples of these (pixels)."""
    frame_step: int = 1
    """Frames come as `frame_step * k + frame_offset`, k >= 0."""
    frame_offset: int = 1
    only_frames: int | None = None
    """The one frame count that works, where there is just one."""
    only_size: tuple[int, int] | None = None
    """The one height and width that work, where there are no others."""

    def nearest_frames(self, wanted: int) -> int:
        """The frame count closest to `wanted` that can be made; the larger one of a tie."""
        if self.only_frames is not None:
            return self.only_frames
        steps = _round_half_up(wanted - self.frame_offset, self.frame_step)
        return max(steps * self.frame_step + self.frame_offset, self.frame_offset)

    def nearest_size(self, height: int, width: int) -> tuple[int, int]:
        """The size (height, width in pixels) closest to the wanted one that can be made."""
        if self.only_size is not None:
            return self.only_size
        return _nearest(height, self.size_multiple[0]), _nearest(width, self.size_multiple[1])


def rules_of(pipeline: Any) -> FamilyRules:
    """The rules of a loaded diffusers pipeline, by its class; classes not known here are taken
    to do whatever is asked in multiples of 8 pixels, which is what diffusers itself checks."""
    reader = _READERS.get(type(pipeline).__name__)
    return FamilyRules() if reader is None else reader(pipeline)


def _text_to_video_sd(pipeline: Any) -> FamilyRules:
    """ModelScope and ZeroScope: any number of frames."""
    multiple = lcm(8, int(pipeline.vae_scale_factor))
    return FamilyRules(size_multiple=(multiple, multiple))


def _latte(pipeline: Any) -> FamilyRules:
    """Latte adds a table of time codes of fixed length, so it makes that many frames only."""
    config = pipeline.transformer.config
    multiple = lcm(8, int(pipeline.vae_scale_factor) * int(config.patch_size))
    return FamilyRules(size_multiple=(multiple, multiple), only_frames=int(config.video_length))


def _wan(pipeline: Any) -> FamilyRules:
    """Wan's 3D autoencoder: the first frame alone, then blocks of (usually) four."""
    transformer = pipeline.transformer or pipeline.transformer_2
    patch_time, patch_height, patch_width = transformer.config.patch_size
    spatial = int(pipeline.vae_scale_factor_spatial)
    return FamilyRules(
        # diffusers refuses what 16 does not divide, whatever the autoencoder
        size_multiple=(lcm(16, spatial * patch_height), lcm(16, spatial * patch_width)),
        frame_step=int(pipeline.vae_scale_factor_temporal) * int(patch_time),
    )


_READERS: dict[str, Callable[[Any], FamilyRules]] = {
    "TextToVideoSDPipeline": _text_to_video_sd,
    "LattePipeline": _latte,
    "WanPipeline": _wan,
}


def _nearest(wanted: int, multiple: int) -> int:
    return max(_round_half_up(wanted, multiple), 1) * multiple


def _round_half_up(number: int, step: int) -> int:
    return (2 * number + step) // (2 * step)
