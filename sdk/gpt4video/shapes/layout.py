"""Where things stand and how they move: from a scene in words to every number a renderer needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from gpt4video.shapes._ranges import CLEAN, WIDE, Ranges
from gpt4video.shapes.world import (
    BACKGROUND_RGB,
    BACKGROUNDS,
    COLOUR_RGB,
    COLOURS,
    MOTIONS,
    ROUND_SHAPES,
    SHAPES,
    SIZE_RANGE,
    SIZES,
    Background,
    Colour,
    Motion,
    Scene,
    SceneObject,
    ShapeName,
    Size,
)
from gpt4video_guards.errors import GPT4VideoError

Word = TypeVar("Word")
FloatArray = NDArray[np.floating[Any]]

_START_DISTANCE: Final = 0.26
"""Centres at the start are at least this far apart (the world asks for 0.25)."""
_TRIES: Final = 80
_PROBES: Final = np.linspace(0.0, 1.0, 9, dtype=np.float32)
STEPS: Final[dict[Motion, tuple[int, int]]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}


@dataclass(frozen=True, kw_only=True)
class Motif:
    """How one object is drawn: all that its words leave open. Lengths are in frame widths."""

    rgb: tuple[float, float, float]
    """Its colour, 0 to 255 in each channel."""
    extent: float
    """How far it reaches across (at mid clip where it grows or shrinks)."""
    angle: float = 0.0
    """Resting angle in radians, clockwise."""
    travel: float = 0.0
    """How far it moves from the first moment to the last."""
    hops: int = 0
    """How many times it leaves the ground; `height` is how high each hop goes."""
    height: float = 0.0
    turns: float = 0.0
    """Whole turns over the clip, negative for anticlockwise."""
    factor: float = 1.0
    """Extent at the end over extent at the start."""
    blinks: int = 0
    """How many times it goes off; `duty` is the share of each cycle in which it is seen."""
    duty: float = 1.0
    proportion: float = 0.42
    """Star: inner over outer radius; ring: thickness over radius; cross: arm width over reach."""
    rounding: float = 0.0
    """How much its corners are rounded, in parts of its radius."""
    softness: float = 1.0
    """Width of the soft edge in pixels."""
    shading: tuple[float, float] = (0.0, 0.0)
    """Change of brightness over its radius, to the right and downwards."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What lies behind and over the objects; the defaults are a plain clean clip."""

    rgb: tuple[float, float, float]
    gradient: tuple[float, float] = (0.0, 0.0)
    """Change of brightness over the frame's width and height."""
    texture: float = 0.0
    """Height of a still, blurred texture."""
    noise: float = 0.0
    """Standard deviation of the noise of each frame."""
    blur: float = 0.0
    """Strength of a 3 by 3 blur, 0 to 1."""
    half_chroma: bool = False
    """Whether colour has half the resolution of brightness, as in most video files."""
    quantiser: float = 0.0
    """Step of an 8 by 8 block transform's rounding, as strong compression leaves behind."""
    seed: int = 0
    """Seed of texture and noise."""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A scene in words (with the true start centres) and all the numbers it is drawn with."""

    scene: Scene
    motifs: tuple[Motif, ...]
    """One for each of the scene's objects, in their order; later ones lie over earlier ones."""
    surroundings: Surroundings


class NoRoomError(GPT4VideoError):
    """These objects, moving like this, do not fit into one frame."""


@dataclass(frozen=True)
class Poses:
    """One object over time; each field has shape [T]."""

    x: FloatArray
    y: FloatArray
    extent: FloatArray
    angle: FloatArray
    visible: NDArray[np.bool_]


def poses(thing: SceneObject, motif: Motif, times: Sequence[float] | FloatArray) -> Poses:
    """Where an object is at each time (0 is the start of the clip, 1 its end)."""
    t = np.asarray(times, dtype=np.float32)
    dx, dy = STEPS.get(thing.motion, (0, 0))
    x = thing.x + dx * motif.travel * t
    y = thing.y + dy * motif.travel * t
    if motif.hops:
        y = y - motif.height * np.abs(np.sin(math.pi * motif.hops * t))
    start = 2.0 * motif.extent / (1.0 + motif.factor)
    extent = start * (1.0 + (motif.factor - 1.0) * t)
    angle = motif.angle + 2.0 * math.pi * motif.turns * t
    visible = np.ones(t.shape, dtype=bool)
    if motif.blinks:
        visible = np.mod(t * (motif.blinks + motif.duty) * 0.9999, 1.0) < motif.duty
    return Poses(x, y, extent, angle, visible)


def frame_boxes(drawing: Drawing, times: Sequence[float] | FloatArray) -> FloatArray:
    """Centre x, centre y, extent (in frames; extent 0 while off) as [T, objects, 3]."""
    boxes = []
    for thing, motif in zip(drawing.scene.objects, drawing.motifs, strict=True):
        at = poses(thing, motif, times)
        boxes.append(np.stack([at.x, at.y, at.extent * at.visible], axis=-1))
    return np.stack(boxes, axis=1).astype(np.float32)


def _drawn(rng: np.random.Generator, words: Sequence[Word]) -> Word:
    return words[int(rng.integers(len(words)))]


def sample_object(
    rng: np.random.Generator,
    *,
    colours: Sequence[Colour] = COLOURS,
    shapes: Sequence[ShapeName] = SHAPES,
    sizes: Sequence[Size] = SIZES,
    motions: Sequence[Motion] = MOTIONS,
) -> SceneObject:
    """The words of one object, each drawn evenly from those allowed; round shapes never spin."""
    motion = _drawn(rng, motions)
    if motion == "spin":
        shapes = [each for each in shapes if each not in ROUND_SHAPES] or ["square"]
    return SceneObject(
        colour=_drawn(rng, colours),
        shape=_drawn(rng, shapes),
        size=_drawn(rng, sizes),
        motion=motion,
    )


def sample_words(
    rng: np.random.Generator,
    *,
    num_objects: int | None = None,
    colours: Sequence[Colour] = COLOURS,
    shapes: Sequence[ShapeName] = SHAPES,
    sizes: Sequence[Size] = SIZES,
    motions: Sequence[Motion] = MOTIONS,
    backgrounds: Sequence[Background] = BACKGROUNDS,
) -> Scene:
    """A scene in words only: one to three objects of different colours, not yet placed."""
    count = int(rng.choice([1, 2, 3], p=[0.4, 0.4, 0.2])) if num_objects is None else num_objects
    picked = rng.permutation(len(colours))[:count]
    things = []
    for index in range(count):
        crowded = index == 2 and "small" in sizes
        things.append(
            sample_object(
                rng,
                colours=[colours[picked[index % len(picked)]]],
                shapes=shapes,
                sizes=["small"] if crowded else sizes,
                motions=motions,
            )
        )
    background = _drawn(rng, backgrounds)
    order = rng.permutation(count)
    return Scene(background=background, objects=tuple(things[i] for i in order))


def sample_scene(
    rng: np.random.Generator,
    *,
    num_objects: int | None = None,
    wide: bool = False,
    colours: Sequence[Colour] = COLOURS,
    shapes: Sequence[ShapeName] = SHAPES,
    sizes: Sequence[Size] = SIZES,
    motions: Sequence[Motion] = MOTIONS,
    backgrounds: Sequence[Background] = BACKGROUNDS,
) -> Drawing:
    """A scene from the allowed words and all the numbers to draw it with; see `sample_drawing`."""
    while True:
        words = sample_words(
            rng,
            num_objects=num_objects,
            colours=colours,
            shapes=shapes,
            sizes=sizes,
            motions=motions,
            backgrounds=backgrounds,
        )
        try:
            return sample_drawing(words, rng, wide=wide)
        except NoRoomError:
            continue


def sample_drawing(words: Scene, rng: np.random.Generator, *, wide: bool = False) -> Drawing:
    """Draw the numbers of a scene given in words; its start centres are chosen anew.

    With `wide` the whole of the world's ranges is used, with turned and rounded shapes, textures,
    noise, blur and compression; without it clips are clean and stay inside the ranges' edges.
    """
    ranges = WIDE if wide else CLEAN
    best: tuple[float, list[SceneObject], list[Motif]] | None = None
    for _ in range(_TRIES):
        motifs = [_sample_motif(thing, rng, ranges) for thing in words.objects]
        pairs = zip(words.objects, motifs, strict=True)
        things = [_place(*pair, rng, ranges.margin) for pair in pairs]
        if not _apart_at_start(things):
            continue
        hidden = _hiding(things, motifs)
        if best is None or hidden < best[0]:
            best = (hidden, things, motifs)
        if hidden <= ranges.hiding:
            break
    if best is None:
        raise NoRoomError(f"no room for {words.prompt!r} after {_TRIES} tries")
    scene = replace(words, objects=tuple(best[1]))
    return Drawing(
        scene=scene,
        motifs=tuple(best[2]),
        surroundings=_sample_surroundings(words.background, rng, ranges),
    )


def reach(shape: ShapeName, motif: Motif) -> float:
    """How far a shape's farthest point is from its centre, in parts of half its extent."""
    turned = motif.angle != 0.0 or motif.turns != 0.0
    if shape == "triangle":
        return 1.16
    if shape == "square":
        return math.sqrt(2.0) if turned else 1.0
    if shape == "cross":
        return 1.08 if turned else 1.0
    return 1.0


def _uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * float(rng.random())


def _sample_motif(thing: SceneObject, rng: np.random.Generator, ranges: Ranges) -> Motif:
    low, high = SIZE_RANGE[thing.size]
    inset = ranges.size_inset
    sign = 1 if rng.random() < 0.5 else -1
    motif = Motif(
        rgb=_jittered(COLOUR_RGB[thing.colour], rng, ranges.colour_jitter),
        extent=_uniform(rng, (low + inset, high - inset)),
        angle=_resting_angle(rng, ranges),
        proportion=_uniform(rng, ranges.proportion.get(thing.shape, (0.4, 0.4))),
        rounding=_uniform(rng, ranges.rounding) if rng.random() < 0.5 else 0.0,
        softness=_uniform(rng, ranges.softness),
        shading=(_uniform(rng, ranges.shading), _uniform(rng, ranges.shading)),
    )
    match thing.motion:
        case "left" | "right" | "up" | "down":
            room = 1.0 - 2 * ranges.margin - reach(thing.shape, motif) * motif.extent
            longest = min(ranges.travel[1], room)
            return replace(motif, travel=_uniform(rng, (min(ranges.travel[0], longest), longest)))
        case "bounce":
            room = 1.0 - 2 * ranges.margin - reach(thing.shape, motif) * motif.extent
            height = min(_uniform(rng, ranges.height), room)
            return replace(motif, hops=int(rng.choice(ranges.hops)), height=height)
        case "spin":
            return replace(motif, turns=sign * _uniform(rng, ranges.turns))
        case "grow" | "shrink":
            fits = (1.0 - 2 * ranges.margin) * 0.95  # so that the largest moment has room to stand
            widest = fits / (reach(thing.shape, motif) * motif.extent)
            most = widest / (2.0 - widest) if widest < 2.0 else math.inf
            factor = min(_uniform(rng, ranges.factor), max(most, 1.8))
            return replace(motif, factor=factor if thing.motion == "grow" else 1.0 / factor)
        case "blink":
            return replace(
                motif, blinks=int(rng.choice(ranges.blinks)), duty=_uniform(rng, ranges.duty)
            )
        case _:
            return motif


def _jittered(
    rgb: tuple[int, int, int], rng: np.random.Generator, jitter: float
) -> tuple[float, float, float]:
    red, green, blue = np.clip(rgb + rng.uniform(-jitter, jitter, 3), 0, 255)
    return float(red), float(green), float(blue)


def _resting_angle(rng: np.random.Generator, ranges: Ranges) -> float:
    if ranges.tilt == 0.0 or rng.random() < 0.4:
        return 0.0
    widest = math.pi if rng.random() < 0.3 else ranges.tilt
    return float(rng.uniform(-widest, widest))


def _place(
    thing: SceneObject, motif: Motif, rng: np.random.Generator, margin: float
) -> SceneObject:
    """The object with a start centre from which it stays inside the frame for the whole clip."""
    widest = motif.extent * 2.0 * max(1.0, motif.factor) / (1.0 + motif.factor)
    half = min(0.5, reach(thing.shape, motif) * widest / 2 + margin)
    dx, dy = STEPS.get(thing.motion, (0, 0))
    left, right = half + motif.travel * (dx < 0), 1.0 - half - motif.travel * (dx > 0)
    top = half + motif.travel * (dy < 0) + motif.height
    bottom = 1.0 - half - motif.travel * (dy > 0)
    return replace(
        thing,
        x=_uniform(rng, (left, right)) if right > left else (left + right) / 2,
        y=_uniform(rng, (top, bottom)) if bottom > top else (top + bottom) / 2,
    )


def _apart_at_start(things: Sequence[SceneObject]) -> bool:
    return all(
        math.hypot(one.x - other.x, one.y - other.y) >= _START_DISTANCE
        for index, one in enumerate(things)
        for other in things[:index]
    )


def _hiding(things: Sequence[SceneObject], motifs: Sequence[Motif]) -> float:
    """The largest share of the clip in which any two objects clearly overlap."""
    tracks = [poses(*pair, _PROBES) for pair in zip(things, motifs, strict=True)]
    worst = 0.0
    for index, one in enumerate(tracks):
        for other in tracks[:index]:
            near = 0.47 * (one.extent + other.extent)
            shares = np.hypot(one.x - other.x, one.y - other.y) < near
            worst = max(worst, float(shares.mean()))
    return worst


def _sample_surroundings(
    background: Background, rng: np.random.Generator, ranges: Ranges
) -> Surroundings:
    def sometimes(share: float, bounds: tuple[float, float]) -> float:
        return _uniform(rng, bounds) if rng.random() < share else 0.0

    wear = ranges.wear
    plain = Surroundings(
        rgb=_jittered(BACKGROUND_RGB[background], rng, ranges.background_jitter),
        seed=int(rng.integers(2**31)),
    )
    if not wear:
        return plain
    return replace(
        plain,
        gradient=(sometimes(0.3, (-4.0, 4.0)), sometimes(0.3, (-4.0, 4.0))),
        texture=sometimes(0.3, (1.0, 4.0)),
        noise=sometimes(0.5, (0.5, 5.0)),
        blur=sometimes(0.3, (0.2, 1.0)),
        half_chroma=bool(rng.random() < 0.5),
        quantiser=sometimes(0.35, (4.0, 28.0)),
    )
