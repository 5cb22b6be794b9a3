"""The evaluation's own renderer, no twin of the one that draws the training clips.

Scanline-filled polygons at four times the resolution, other frame sizes and rates, sensor noise and
a little uneven light; clips leave it as H.264.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gpt4video.evaluation.takes import Take, random_take
from gpt4video.shapes.world import BACKGROUND_RGB, COLOUR_RGB, Scene
from gpt4video_tools.video import encode_mp4

Frames = npt.NDArray[np.uint8]

FRAME_SIZES = (64, 80, 96, 112, 128, 144, 160, 192, 224, 256)
FRAME_RATES = (8.0, 10.0, 12.0, 12.5, 15.0, 20.0, 24.0, 25.0, 30.0)


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How a take is filmed."""

    size: int = 64
    """Pixels across."""
    fps: float = 8.0
    """Frames per second."""
    seconds: float = 2.0
    """Length of the clip."""
    noise: float = 0.0
    """Standard deviation of the sensor noise, in levels of 255."""
    unevenness: float = 0.0
    """How far the light falls off over the frame, in levels of 255."""
    colour_shift: int = 0
    """Largest error of a colour's channel, in levels of 255 (the world allows 15)."""
    background_shift: int = 0
    """Largest error of the background's channels, in levels of 255 (the world allows 10)."""

    @property
    def count(self) -> int:
        """Frames of the clip."""
        return max(2, round(self.seconds * self.fps))


CLEAN = Camera()
"""What the embedded generator makes: 16 frames of 64 x 64 at 8 frames per second, spotless."""


@dataclass(frozen=True, kw_only=True)
class Footage:
    """One take before one camera; it is filmed and compressed when somebody first looks at it."""

    take: Take
    camera: Camera
    seed: int = 0
    """Of the noise, the light and the colours' shifts."""

    @property
    def scene(self) -> Scene:
        """What is to be seen, in words."""
        return self.take.scene

    @cached_property
    def mp4(self) -> bytes:
        """The whole file, H.264 in mp4; the same footage gives the same bytes."""
        return encode_mp4(draw(self.take, self.camera, seed=self.seed), fps=self.camera.fps)

    def __repr__(self) -> str:
        return f"Footage({self.scene.prompt!r}, {self.camera!r})"


def random_camera(rng: random.Random) -> Camera:
    """A camera within the world's limits: 64 to 256 px, 8 to 30 frames per second, 2 to 4 s."""
    return Camera(
        size=rng.choice(FRAME_SIZES),
        fps=rng.choice(FRAME_RATES),
        seconds=rng.uniform(2.0, 4.0),
        noise=rng.choice((0.0, 0.0, 1.5, 3.0)),
        unevenness=rng.choice((0.0, 0.0, 3.0)),
        colour_shift=15,
        background_shift=7,  # with the unevenness within the world's 10
    )


def draw(take: Take, camera: Camera = CLEAN, *, seed: int = 0) -> Frames:
    """The take's frames, uint8 [T, size, size, 3] RGB; the same arguments give the same frames."""
    rng = np.random.default_rng(seed)
    ground = _shifted(
        BACKGROUND_RGB[take.scene.background], camera.background_shift, rng, grey=True
    )
    paints = [_shifted(COLOUR_RGB[a.words.colour], camera.colour_shift, rng) for a in take.actors]
    light = _light(camera, rng)
    grain = _grain(camera, rng)
    frames = np.empty((camera.count, camera.size, camera.size, 3), dtype=np.uint8)
    for index in range(camera.count):
        moment = index / (camera.count - 1)
        picture = np.broadcast_to(ground, (camera.size, camera.size, 3)) + light
        for actor, paint in zip(take.actors, paints, strict=True):
            cover = actor.mask(moment, size=camera.size)[:, :, None]
            picture = picture * (1 - cover) + paint * cover
        if camera.noise:
            picture = picture + np.roll(
                grain[index % len(grain)], tuple(rng.integers(0, 64, 2)), (0, 1)
            )
        frames[index] = np.clip(np.rint(picture), 0, 255)
    return frames


def random_footage(rng: random.Random, *, objects: int | None = None) -> Footage:
    """A random take (one to three objects, or as many as told) before a random camera."""
    take = random_take(rng, objects=objects)
    return Footage(take=take, camera=random_camera(rng), seed=rng.getrandbits(32))


def _shifted(
    nominal: tuple[int, int, int], most: int, rng: np.random.Generator, *, grey: bool = False
) -> npt.NDArray[np.float64]:
    shift = rng.integers(-most, most + 1, size=1 if grey else 3)
    return np.clip(np.asarray(nominal, dtype=np.float64) + shift, 0, 255)


def _light(camera: Camera, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """A ramp over the frame, [size, size, 1], of at most `unevenness` levels either way."""
    angle = rng.uniform(0, 2 * np.pi)
    axis = np.linspace(-1, 1, camera.size)
    ramp = (np.cos(angle) * axis[None, :] + np.sin(angle) * axis[:, None]) / np.sqrt(2)
    tilted: npt.NDArray[np.float64] = camera.unevenness * ramp[:, :, None]
    return tilted


def _grain(camera: Camera, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A few fields of sensor noise [8, size, size, 3]; drawing one for each frame would be slow."""
    shape = (8, camera.size, camera.size, 3)
    if not camera.noise:
        return np.zeros((1, 1, 1, 1), dtype=np.float32)
    return camera.noise * rng.standard_normal(shape, dtype=np.float32)
