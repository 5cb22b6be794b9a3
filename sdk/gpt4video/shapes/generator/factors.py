"""The embedded generator's latent space: the factors of a frame, laid out as 8 by 8 maps.

A latent that is learned from pixels alone takes hours on a CPU before shapes stop melting. Here the
training renderer knows what every frame shows, so the latent is supervised: a few channels for the
background and for each of two objects, in the order in which the prompt names them. The decoder
learns to draw from these maps, the encoder to write them down, the transformer to denoise them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from gpt4video.shapes.layout import STEPS, Drawing, FloatArray, Motif, Poses, poses
from gpt4video.shapes.world import SHAPES, SceneObject, ShapeName

GRID: Final = 8
"""Cells of a map in each direction; one cell stands for 8 by 8 pixels of a 64-pixel frame."""
MAX_OBJECTS: Final = 2
PRESENCE: Final = 0
"""First channel of an object: 1 where it is seen, -1 where it is off or absent."""
RGB: Final = slice(1, 4)
EXTENT: Final = 4
OFFSET: Final = slice(5, 7)
"""Where each cell lies as seen from the object's centre, along the object's own axes."""
KIND: Final = slice(7, 7 + len(SHAPES))
OBJECT_CHANNELS: Final = 7 + len(SHAPES)
BACKGROUND_CHANNELS: Final = 3
PAINTED_CHANNELS: Final = BACKGROUND_CHANNELS + MAX_OBJECTS * OBJECT_CHANNELS
"""What the decoder paints from; the channels behind these say how objects move over the clip."""
MOTION_CHANNELS: Final = 6
LATENT_CHANNELS: Final = PAINTED_CHANNELS + MAX_OBJECTS * MOTION_CHANNELS

_OFFSET_SCALE: Final = 3.0
_EXTENT_MIDDLE: Final = 0.29
_EXTENT_SCALE: Final = 8.0
_KIND_ON: Final = 1.25
_KIND_OFF: Final = -0.25


def object_channels(index: int) -> slice:
    """The channels of the object that a prompt names first (0) or second (1)."""
    start = BACKGROUND_CHANNELS + index * OBJECT_CHANNELS
    return slice(start, start + OBJECT_CHANNELS)


def motion_channels(index: int) -> slice:
    """The channels that say how the first or second object moves, the same in every frame.

    They are not painted. Without them a word such as `left` has no bearing on any single number,
    only on how numbers change from frame to frame, and training takes very long to find that out.
    """
    start = PAINTED_CHANNELS + index * MOTION_CHANNELS
    return slice(start, start + MOTION_CHANNELS)


def factor_maps(drawing: Drawing, times: Sequence[float] | FloatArray) -> FloatArray:
    """The latent of each frame of a drawing of at most two objects: [T, LATENT_CHANNELS, 8, 8]."""
    count = len(times)
    maps = np.zeros((count, LATENT_CHANNELS, GRID, GRID), dtype=np.float32)
    backdrop = np.asarray(drawing.surroundings.rgb, dtype=np.float32)
    maps[:, :BACKGROUND_CHANNELS] = (backdrop / 127.5 - 1.0)[None, :, None, None]
    for index in range(MAX_OBJECTS):
        maps[:, object_channels(index).start + PRESENCE] = -1.0
    for index, (thing, motif) in enumerate(zip(drawing.scene.objects, drawing.motifs, strict=True)):
        at = poses(thing, motif, times)
        maps[:, object_channels(index)] = _object_maps(thing.shape, motif, at)
        maps[:, motion_channels(index)] = _motion(thing, motif)[None, :, None, None]
    return maps


def _motion(thing: SceneObject, motif: Motif) -> FloatArray:
    """Travel to the right and down, growth, hops, blinks and turns, each within about 1.5: [6]."""
    dx, dy = STEPS.get(thing.motion, (0, 0))
    travel = 3.0 * motif.travel
    return np.asarray(
        [
            dx * travel,
            dy * travel,
            1.5 * np.log(motif.factor),
            0.5 * motif.hops,
            0.5 * motif.blinks,
            1.5 * abs(motif.turns),
        ],
        dtype=np.float32,
    )


def _object_maps(shape: ShapeName, motif: Motif, at: Poses) -> FloatArray:
    """[T, OBJECT_CHANNELS, 8, 8]; while an object is off, only its presence says so."""
    maps = np.empty((len(at.x), OBJECT_CHANNELS, GRID, GRID), dtype=np.float32)
    maps[:, PRESENCE] = np.where(at.visible, 1.0, -1.0)[:, None, None]
    colour = np.asarray(motif.rgb, dtype=np.float32)
    maps[:, RGB] = (colour / 127.5 - 1.0)[None, :, None, None]
    maps[:, EXTENT] = ((at.extent - _EXTENT_MIDDLE) * _EXTENT_SCALE)[:, None, None]
    cell = (np.arange(GRID, dtype=np.float32) + 0.5) / GRID
    across = (cell[None, :] - at.x[:, None])[:, None, :]
    down = (cell[None, :] - at.y[:, None])[:, :, None]
    cos, sin = np.cos(at.angle)[:, None, None], np.sin(at.angle)[:, None, None]
    maps[:, OFFSET.start] = _OFFSET_SCALE * (across * cos + down * sin)
    maps[:, OFFSET.start + 1] = _OFFSET_SCALE * (down * cos - across * sin)
    maps[:, KIND] = _KIND_OFF
    maps[:, KIND.start + SHAPES.index(shape)] = _KIND_ON
    return maps
