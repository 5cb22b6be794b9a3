"""From decoded frames to what the encoder takes: sampled, scaled to a square, normalised."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import BatchFeature
from transformers.video_processing_utils import BaseVideoProcessor

from gpt4video.model.config import OPENAI_MEAN, OPENAI_STD, GPT4VideoConfig
from gpt4video_guards.errors import InvalidInputError


class GPT4VideoVideoProcessor(BaseVideoProcessor):
    """Frames [T, H, W, 3] of any size to normalised squares, `num_frames` of them.

    Clips come decoded, as arrays or as `gpt4video_tools.video.Clip`; a path is read by our own
    reader, under its budget. The library's decoding of files and addresses is never used.
    """

    model_input_names = ("pixel_values_videos",)
    size = {"height": 224, "width": 224}
    image_mean = OPENAI_MEAN
    image_std = OPENAI_STD
    num_frames = 8
    do_resize = True
    do_rescale = True
    do_normalize = True
    do_convert_rgb = False
    do_sample_frames = True

    @classmethod
    def for_model(cls, config: GPT4VideoConfig) -> GPT4VideoVideoProcessor:
        """The processor that a model of this configuration needs."""
        vision: Any = config.vision_config
        return cls(
            size={"height": vision.image_size, "width": vision.image_size},
            image_mean=list(vision.mean),
            image_std=list(vision.std),
            num_frames=config.num_frames,
        )

    def preprocess(self, videos: Any, **kwargs: Any) -> BatchFeature:
        """`pixel_values_videos` [N, T, 3, H, W] of one clip or of several.

        Raises:
            InvalidInputError: something is not a clip.
        """
        num_frames = kwargs.get("num_frames") or self.num_frames
        clips = [
            self._pixels(frames_of(clip, num_frames), num_frames) for clip in flat_clips(videos)
        ]
        return BatchFeature({"pixel_values_videos": torch.stack(clips)})

    def fetch_videos(self, video_url_or_urls: Any, sample_indices_fn: Any = None) -> Any:
        """Not ours: the library would fetch addresses without any limit."""
        raise InvalidInputError(
            "videos", video_url_or_urls, "decoded frames, or a path for preprocess"
        )

    def _pixels(self, frames: np.ndarray, num_frames: int) -> Tensor:
        """Normalised [T, 3, H, W] of frames uint8 [*, H, W, 3]."""
        chosen = np.ascontiguousarray(frames[_spread(len(frames), num_frames)])
        pixels = torch.from_numpy(chosen).permute(0, 3, 1, 2).float() / 255.0
        size = (self.size["height"], self.size["width"])
        if tuple(pixels.shape[2:]) != size:
            pixels = functional.interpolate(pixels, size, mode="bicubic", antialias=True).clamp(
                0, 1
            )
        mean, std = (
            torch.tensor(tuple(v)).view(3, 1, 1) for v in (self.image_mean, self.image_std)
        )
        return (pixels - mean) / std


def frames_of(clip: Any, num_frames: int) -> np.ndarray:
    """Frames uint8 [T, H, W, 3] of an array, a `Clip`, or a path.

    Raises:
        InvalidInputError: it is none of them.
    """
    if isinstance(clip, str | os.PathLike):
        if "://" in os.fspath(clip):
            raise InvalidInputError("videos", clip, "frames, or the path of a local file")
        from gpt4video_tools.video import read_clip

        return np.asarray(read_clip(clip, num_frames=num_frames).frames)
    frames = np.asarray(getattr(clip, "frames", clip))
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or not len(frames):
        got = f"{frames.dtype} {list(frames.shape)}"
        raise InvalidInputError("videos", got, "uint8 frames of shape [frames, height, width, 3]")
    return frames


def flat_clips(videos: Any) -> list[Any]:
    """One clip, a list of clips, or the nested lists that chat templates make, as one list."""
    if isinstance(videos, list | tuple):
        return [clip for inner in videos for clip in flat_clips(inner)]
    if isinstance(videos, np.ndarray) and videos.ndim == 5:
        return list(videos)
    return [videos]


def _spread(available: int, wanted: int) -> Sequence[int] | np.ndarray:
    """Indices of the midpoints of equal segments; frames come twice where there are too few."""
    middles = (np.arange(wanted) + 0.5) * available / wanted
    return np.minimum(middles.astype(np.int64), available - 1)


__all__ = ["GPT4VideoVideoProcessor", "flat_clips", "frames_of"]
