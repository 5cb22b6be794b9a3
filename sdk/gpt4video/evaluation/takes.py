"""Concrete takes of scenes: where everything is at every moment, by the rules of the world."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from gpt4video.evaluation.masks import Mask, Points, Proportions, fill, outline, placed
from gpt4video.shapes.world import (
    BACKGROUNDS,
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
from gpt4video_guards.errors import InvalidInputError

_APART = 0.27
"""Least distance between two centres at the start; the world asks for 0.25."""
_SEEN = 0.7
"""Least share of every object that can be seen, over the clip and in its first moment."""
_DIRECTIONS: dict[Motion, tuple[int, int]] = {
    "left": (-1, 0),
    "right": (1, 0),
    "up": (0, -1),
    "down": (0, 1),
}


@dataclass(frozen=True, kw_only=True)
class Pose:
    """One object at one moment; lengths are fractions of the frame."""

    centre: tuple[float, float]
    extent: float
    """How far the upright object reaches across; 0 while it is blinked off."""
    angle: float
    """Radians."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """One object of a take: its words and everything that the words leave open."""

    words: SceneObject
    extent: float
    """How far it reaches across, at mid clip, as a fraction of the frame."""
    proportions: Proportions = field(default_factory=Proportions)
    tilt: float = 0.0
    """Angle at the start in radians."""
    amount: float = 0.0
    """Path or hop height (fractions of the frame), turns (signed), or the factor of growth."""
    repeats: int = 0
    """Hops or blinks."""
    lit: float = 0.5
    """Share of a blink's period during which the object is on."""

    @property
    def polygons(self) -> tuple[Points, ...]:
        """The unit outline."""
        return outline(self.words.shape, self.proportions)

    def pose(self, moment: float) -> Pose:
        """Where the object is at `moment` in [0, 1] of the clip."""
        centre, extent, angle = (self.words.x, self.words.y), self.extent, self.tilt
        motion = self.words.motion
        if motion in _DIRECTIONS:
            dx, dy = _DIRECTIONS[motion]
            centre = (centre[0] + dx * self.amount * moment, centre[1] + dy * self.amount * moment)
        elif motion == "bounce":
            hop = math.modf(self.repeats * moment)[0]
            centre = (centre[0], centre[1] - self.amount * 4 * hop * (1 - hop))
        elif motion == "spin":
            angle += 2 * math.pi * self.amount * moment
        elif motion in ("grow", "shrink"):
            extent *= self._scale(moment)
        elif motion == "blink" and math.modf(self.repeats * moment)[0] >= self.lit:
            extent = 0.0
        return Pose(centre=centre, extent=extent, angle=angle)

    def mask(self, moment: float, *, size: int) -> Mask:
        """Coverage [size, size] in [0, 1] at `moment`."""
        pose = self.pose(moment)
        if pose.extent == 0:
            return np.zeros((size, size))
        polygons = placed(
            self.polygons, centre=pose.centre, extent=pose.extent, angle=pose.angle, size=size
        )
        return fill(polygons, size=size)

    def _scale(self, moment: float) -> float:
        shift = moment - 0.5 if self.words.motion == "grow" else 0.5 - moment
        return 1 + 2 * shift * (self.amount - 1) / (self.amount + 1)  # linear, 1 at mid clip


@dataclass(frozen=True, kw_only=True)
class Take:
    """A scene in words together with one way to play it."""

    scene: Scene
    actors: tuple[Actor, ...]


def random_take(rng: random.Random, *, objects: int | None = None) -> Take:
    """A take with random words; `objects` is 1 to 3, or drawn when None."""
    while True:
        count = objects or rng.choice((1, 1, 2, 2, 3))
        colours = rng.sample(COLOURS, count)
        words = []
        for colour in colours:
            shape = rng.choice(SHAPES)
            motion = rng.choice([m for m in MOTIONS if _possible(shape, m)])
            # Three large objects rarely find room without hiding one another.
            size: Size = (
                "small" if count == 3 and rng.random() < 0.6 else rng.choice(("small", "large"))
            )
            words.append(SceneObject(colour=colour, shape=shape, size=size, motion=motion))
        take = _try_to_place(words, rng.choice(BACKGROUNDS), rng, tries=40)
        if take is not None:
            return take


def random_words(
    rng: random.Random,
    *,
    colour: Colour | None = None,
    shape: ShapeName | None = None,
    size: Size | None = None,
    motion: Motion | None = None,
) -> SceneObject:
    """One object; what is left open is drawn such that shape and motion fit together."""
    shapes = [s for s in SHAPES if motion is None or _possible(s, motion)]
    chosen: ShapeName = rng.choice(shapes) if shape is None else shape
    motions = [m for m in MOTIONS if _possible(chosen, m)]
    return SceneObject(
        colour=rng.choice(COLOURS) if colour is None else colour,
        shape=chosen,
        size=rng.choice(SIZES) if size is None else size,
        motion=rng.choice(motions) if motion is None else motion,
    )


def take_of(words: Sequence[SceneObject], background: Background, rng: random.Random) -> Take:
    """A take of these words; the positions that the words carry are drawn anew.

    Raises:
        InvalidInputError: the words break a rule of the world, or no room was found for them.
    """
    if not 1 <= len(words) <= 3 or len({each.colour for each in words}) < len(words):
        raise InvalidInputError("words", len(words), "one to three objects of different colours")
    for each in words:
        if not _possible(each.shape, each.motion):
            raise InvalidInputError("words", each.phrase, "a shape whose motion can be seen")
    take = _try_to_place(words, background, rng, tries=1500)
    if take is None:
        raise InvalidInputError(
            "words", [each.phrase for each in words], "objects that fit the frame"
        )
    return take


def _possible(shape: ShapeName, motion: Motion) -> bool:
    return motion != "spin" or shape not in ROUND_SHAPES


def _try_to_place(
    words: Sequence[SceneObject], background: Background, rng: random.Random, *, tries: int
) -> Take | None:
    for _ in range(tries):
        actors = tuple(_actor(each, rng) for each in words)
        if _apart(actors) and _visible(actors):
            scene = Scene(background=background, objects=tuple(actor.words for actor in actors))
            return Take(scene=scene, actors=actors)
    return None


def _actor(words: SceneObject, rng: random.Random) -> Actor:
    extent = rng.uniform(*SIZE_RANGE[words.size])
    actor = Actor(
        words=words,
        extent=extent,
        proportions=Proportions(
            star_inner=rng.uniform(0.38, 0.5),
            ring_inner=rng.uniform(0.5, 0.68),
            cross_arm=rng.uniform(0.28, 0.38),
            triangle_height=rng.uniform(0.84, 1.0),
        ),
        tilt=math.radians(rng.uniform(-9, 9)),
    )
    reach = 1 - _width(actor) - 0.02
    if words.motion in _DIRECTIONS:
        actor = replace(actor, amount=rng.uniform(0.38, min(0.7, reach)))
    elif words.motion == "bounce":
        actor = replace(actor, amount=rng.uniform(0.18, 0.4), repeats=rng.randint(2, 4))
    elif words.motion == "spin":
        actor = replace(actor, amount=rng.choice((-1, 1)) * rng.uniform(0.5, 2.0))
    elif words.motion in ("grow", "shrink"):
        actor = replace(actor, amount=rng.uniform(1.8, 3.0))
    elif words.motion == "blink":
        actor = replace(actor, repeats=rng.randint(2, 4), lit=rng.uniform(0.45, 0.6))
    return _somewhere(actor, rng)


def _width(actor: Actor) -> float:
    """The widest that the actor may get in any direction, with its turns and its growth."""
    points = np.concatenate(actor.polygons)
    if actor.words.motion == "spin":
        width = 2 * float(np.hypot(*points.T).max())
    else:
        turned = placed(actor.polygons, centre=(0, 0), extent=1, angle=actor.tilt, size=1)
        width = 2 * float(np.abs(np.concatenate(turned)).max())
    grown = (
        2 * actor.amount / (actor.amount + 1) if actor.words.motion in ("grow", "shrink") else 1.0
    )
    return width * actor.extent * grown


def _somewhere(actor: Actor, rng: random.Random) -> Actor:
    """The actor at a random start from which all of its path stays within the frame."""
    half = _width(actor) / 2 + 0.005
    low, high = [half, half], [1 - half, 1 - half]
    dx, dy = _DIRECTIONS.get(actor.words.motion, (0, 0))
    if actor.words.motion == "bounce":
        dy = -1
    for axis, way in enumerate((dx, dy)):
        if way > 0:
            high[axis] -= actor.amount
        elif way < 0:
            low[axis] += actor.amount
    x, y = (rng.uniform(a, b) if a < b else (a + b) / 2 for a, b in zip(low, high, strict=True))
    return replace(actor, words=replace(actor.words, x=round(x, 4), y=round(y, 4)))


def _apart(actors: Sequence[Actor]) -> bool:
    starts = [(actor.words.x, actor.words.y) for actor in actors]
    return all(math.dist(a, b) >= _APART for a, b in itertools.combinations(starts, 2))


def _visible(actors: Sequence[Actor]) -> bool:
    """Whether enough of every object shows, at the start and over the clip (later ones on top)."""
    if len(actors) == 1:
        return True
    whole, seen = _shown(actors, moments=np.linspace(0, 1, 7))
    with np.errstate(invalid="ignore"):
        shares = seen / np.maximum(whole, 1e-9)
    start = shares[0] >= _SEEN
    overall = seen.sum(axis=0) >= _SEEN * whole.sum(axis=0)
    return bool(np.all(start) and np.all(overall))


def _shown(
    actors: Sequence[Actor], *, moments: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    whole = np.zeros((len(moments), len(actors)))
    seen = np.zeros_like(whole)
    for row, moment in enumerate(moments):
        free = np.ones((32, 32))
        for column in reversed(range(len(actors))):
            mask = actors[column].mask(float(moment), size=32)
            whole[row, column] = mask.sum()
            seen[row, column] = (mask * free).sum()
            free = free * (1 - mask)
    return whole, seen
