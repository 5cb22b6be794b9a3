"""Whatever a pipeline hands back -> uint8 frames [T, H, W, 3]."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpt4video_tools.gallery.errors import GenerationError
from gpt4video_tools.gallery.request import Frames


def frames_of(output: Any, *, generator: str) -> Frames:
    """The first clip of a pipeline's output.

    Args:
        output: an object with `frames`, `videos` or `images`, or the thing itself: an array or
            tensor of 4 or 5 dimensions in any usual order of axes (floats in [0, 1] or uint8), or
            (a list of) a list of PIL images or arrays [H, W, C].
        generator: name for errors.

    Returns:
        uint8 [T, H, W, 3], contiguous.

    Raises:
        GenerationError: no frames, numbers that are not finite (they would look like a black
            clip), or a shape that is no clip.
    """
    for attribute in ("frames", "videos", "images"):
        if getattr(output, attribute, None) is not None:
            output = getattr(output, attribute)
            break
    array = _channels_last(_first_clip(output), generator)
    return np.ascontiguousarray(_as_rgb(_as_uint8(array, generator)))


def _first_clip(output: Any) -> np.ndarray[Any, Any]:
    if hasattr(output, "detach"):  # a tensor; float() because numpy knows no bfloat16
        output = output.detach().cpu()
        output = (output.float() if output.is_floating_point() else output).numpy()
    if isinstance(output, np.ndarray):
        return output[0] if output.ndim == 5 and len(output) else output
    items = list(output) if isinstance(output, (list, tuple)) else [output]
    if items and (isinstance(items[0], (list, tuple)) or getattr(items[0], "ndim", 3) > 3):
        return _first_clip(items[0])
    images = [_first_clip(item) if hasattr(item, "detach") else np.asarray(item) for item in items]
    return np.stack(images) if images and len({image.shape for image in images}) == 1 else _NOTHING


_NOTHING = np.empty((0,), dtype=np.uint8)


def _channels_last(array: np.ndarray[Any, Any], generator: str) -> np.ndarray[Any, Any]:
    """[T, H, W, C], also from [T, C, H, W] and [C, T, H, W]; [T, H, W] is grey."""
    if array.ndim == 3 and array.size:
        array = array[..., None]
    if array.ndim != 4 or not array.size:
        raise GenerationError(generator, f"it made no frames: an output {list(array.shape)}")
    channels = (1, 3, 4)
    if array.shape[-1] in channels:
        return array
    if array.shape[1] in channels:
        return array.transpose(0, 2, 3, 1)
    if array.shape[0] in channels:
        return array.transpose(1, 2, 3, 0)
    raise GenerationError(generator, f"its output {list(array.shape)} has no axis of colours")


def _as_uint8(array: np.ndarray[Any, Any], generator: str) -> np.ndarray[Any, Any]:
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise GenerationError(generator, f"its frames are {array.dtype}, expected uint8 or floats")
    if not np.isfinite(array).all():
        raise GenerationError(
            generator,
            "its frames hold numbers that are not finite; half precision often overflows: "
            'load it with dtype="float32" (or "bfloat16")',
        )
    scaled: np.ndarray[Any, Any] = np.rint(np.clip(array, 0.0, 1.0) * 255.0)
    return scaled.astype(np.uint8)


def _as_rgb(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.repeat(3, axis=-1) if array.shape[-1] == 1 else array[..., :3]
