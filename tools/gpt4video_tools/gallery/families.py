"""What a family of pipelines can do: numbers of frames and sizes, and the nearest it can.

Pure arithmetic over what the loaded pipeline says about itself; no torch here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lcm
from typing import Any, Literal

Half = Literal["float16", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class FamilyRules:
    """What shapes of clip a pipeline makes."""

    size_multiple: tuple[int, int] = (8, 8)
    """Height and width must be multiples of these (pixels)."""
    frame_step: int = 1
    """Frames come as `frame_step * k + frame_offset`, k >= 0."""
    frame_offset: int = 1
    max_frames: int | None = None
    """The highest frame count that works, where there is one."""
    only_frames: int | None = None
    """The one frame count that works, where there is just one."""
    only_size: tuple[int, int] | None = None
    """The one height and width that work, where there are no others."""
    min_steps: int = 1
    """The fewest denoising steps that work."""

    def nearest_frames(self, wanted: int) -> int:
        """The frame count closest to `wanted` that can be made; the larger one of a tie."""
        if self.only_frames is not None:
            return self.only_frames
        steps = _round_half_up(wanted - self.frame_offset, self.frame_step)
        if self.max_frames is not None:
            steps = min(steps, (self.max_frames - self.frame_offset) // self.frame_step)
        return max(steps, 0) * self.frame_step + self.frame_offset

    def nearest_size(self, height: int, width: int) -> tuple[int, int]:
        """The size (height, width in pixels) closest to the wanted one that can be made."""
        if self.only_size is not None:
            return self.only_size
        return _nearest(height, self.size_multiple[0]), _nearest(width, self.size_multiple[1])

    def __str__(self) -> str:
        return f"{self._frames_in_words()}; {self._size_in_words()}"

    def _frames_in_words(self) -> str:
        if self.only_frames is not None:
            return f"{self.only_frames} frames"
        step, offset = self.frame_step, self.frame_offset
        words = "any number of frames" if step == 1 else f"{step}k + {offset} frames"
        return words if self.max_frames is None else f"{words} up to {self.max_frames}"

    def _size_in_words(self) -> str:
        if self.only_size is not None:
            height, width = self.only_size
            return f"{width} x {height} pixels"
        height, width = self.size_multiple
        return f"sides in multiples of {height if height == width else f'{width} x {height}'}"


@dataclass(frozen=True, kw_only=True)
class Family:
    """How one class of pipeline is treated."""

    read: Callable[[Any], FamilyRules]
    """From a loaded pipeline to its rules."""
    half: Half = "float16"
    """What `dtype="auto"` means on an accelerator."""
    float32: tuple[str, ...] = ()
    """Parts that stay in float32 where `dtype="auto"` says half, as their authors advise."""
    ignores: tuple[str, ...] = ()
    """Arguments that the call takes, and that change nothing with the family's weights."""


def family_of(pipeline_class: str) -> Family:
    """The family of a diffusers class, by its name; classes not known here are taken to do
    whatever is asked in multiples of 8 pixels, which is what diffusers itself checks."""
    return FAMILIES.get(pipeline_class, _ANY)


def rules_of(pipeline: Any) -> FamilyRules:
    """The rules of a loaded diffusers pipeline."""
    return family_of(type(pipeline).__name__).read(pipeline)


def _text_to_video_sd(pipeline: Any) -> FamilyRules:
    """ModelScope and ZeroScope: any number of frames."""
    multiple = lcm(8, int(pipeline.vae_scale_factor))
    return FamilyRules(size_multiple=(multiple, multiple))


def _animatediff(pipeline: Any) -> FamilyRules:
    """The motion modules have a table of time codes: fewer frames are fine, more are not."""
    multiple = lcm(8, int(pipeline.vae_scale_factor))
    longest = int(pipeline.unet.config.motion_max_seq_length)
    return FamilyRules(size_multiple=(multiple, multiple), max_frames=longest)


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


def _cogvideox(pipeline: Any) -> FamilyRules:
    """The first frame alone, then blocks of four. The autoencoder decodes latents two by two, and
    an even number of them comes out as a frame count that nobody asked for (2 as 8, not 5)."""
    multiple = lcm(
        8, int(pipeline.vae_scale_factor_spatial) * int(pipeline.transformer.config.patch_size)
    )
    together = int(pipeline.vae.num_latent_frames_batch_size)
    return FamilyRules(
        size_multiple=(multiple, multiple),
        frame_step=int(pipeline.vae_scale_factor_temporal) * together,
    )


def _ltx(pipeline: Any) -> FamilyRules:
    """The first frame alone, then blocks of (usually) eight."""
    multiple = lcm(
        32, int(pipeline.vae_spatial_compression_ratio) * pipeline.transformer_spatial_patch_size
    )
    return FamilyRules(
        size_multiple=(multiple, multiple),
        frame_step=int(pipeline.vae_temporal_compression_ratio)
        * int(pipeline.transformer_temporal_patch_size),
    )


def _hunyuan(pipeline: Any) -> FamilyRules:
    """The first frame alone, then blocks of four."""
    config = pipeline.transformer.config
    multiple = lcm(16, int(pipeline.vae_scale_factor_spatial) * int(config.patch_size))
    return FamilyRules(
        size_multiple=(multiple, multiple),
        frame_step=int(pipeline.vae_scale_factor_temporal) * int(config.patch_size_t),
    )


def _mochi(pipeline: Any) -> FamilyRules:
    """The first frame alone, then blocks of six. Its schedule has two halves."""
    multiple = lcm(8, int(pipeline.vae_spatial_scale_factor) * int(pipeline.patch_size))
    return FamilyRules(
        size_multiple=(multiple, multiple),
        frame_step=int(pipeline.vae_temporal_scale_factor),
        min_steps=2,
    )


FAMILIES: dict[str, Family] = {
    "AnimateDiffPipeline": Family(read=_animatediff),
    "CogVideoXPipeline": Family(read=_cogvideox, half="bfloat16"),
    # Its weights were distilled from guided ones: what they should keep away from is not asked.
    "HunyuanVideoPipeline": Family(read=_hunyuan, half="bfloat16", ignores=("negative_prompt",)),
    "LTXPipeline": Family(read=_ltx, half="bfloat16"),
    "LattePipeline": Family(read=_latte),
    "MochiPipeline": Family(read=_mochi, half="bfloat16"),
    "TextToVideoSDPipeline": Family(read=_text_to_video_sd),
    "VideoToVideoSDPipeline": Family(read=_text_to_video_sd),
    "WanPipeline": Family(read=_wan, half="bfloat16", float32=("vae",)),
}
"""Families by the name of their pipeline class in diffusers."""

_ANY = Family(read=lambda _: FamilyRules())


def _nearest(wanted: int, multiple: int) -> int:
    return max(_round_half_up(wanted, multiple), 1) * multiple


def _round_half_up(number: int, step: int) -> int:
    return (2 * number + step) // (2 * step)
