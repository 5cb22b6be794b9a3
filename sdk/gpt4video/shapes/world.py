"""The words and values of the shapes world: what a clip of the embedded default model may show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Colour = Literal["red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink"]
ShapeName = Literal["circle", "square", "triangle", "star", "ring", "cross"]
Size = Literal["small", "large"]
Background = Literal["black", "gray", "white"]
Motion = Literal[
    "still", "left", "right", "up", "down", "bounce", "spin", "grow", "shrink", "blink"
]
"""`left` to `down` cross at least 35 % of the frame at constant speed; `bounce` hops up and down;
`spin` turns in place (never a circle or a ring); `grow` and `shrink` scale by 1.8 to 3; `blink`
goes off and on two to four times."""

COLOURS: Final[tuple[Colour, ...]] = get_args(Colour)
SHAPES: Final[tuple[ShapeName, ...]] = get_args(ShapeName)
SIZES: Final[tuple[Size, ...]] = get_args(Size)
BACKGROUNDS: Final[tuple[Background, ...]] = get_args(Background)
MOTIONS: Final[tuple[Motion, ...]] = get_args(Motion)
ROUND_SHAPES: Final[frozenset[ShapeName]] = frozenset({"circle", "ring"})
"""Shapes whose spin cannot be seen, so that they never spin."""

COLOUR_RGB: Final[dict[Colour, tuple[int, int, int]]] = {
    "red": (220, 40, 40),
    "orange": (240, 140, 30),
    "yellow": (240, 220, 50),
    "green": (50, 170, 70),
    "cyan": (60, 200, 210),
    "blue": (50, 90, 220),
    "purple": (140, 60, 190),
    "pink": (240, 130, 180),
}
"""Nominal sRGB of each colour; a clip may be off by 15 in each channel."""

BACKGROUND_RGB: Final[dict[Background, tuple[int, int, int]]] = {
    "black": (15, 15, 15),
    "gray": (110, 110, 110),
    "white": (240, 240, 240),
}
"""Nominal sRGB of each background; a clip may be off by 10."""

SIZE_RANGE: Final[dict[Size, tuple[float, float]]] = {"small": (0.16, 0.25), "large": (0.33, 0.43)}
"""How far an object reaches across, of the frame (when it grows or shrinks: at mid clip)."""

MOTION_PHRASE: Final[dict[Motion, str]] = {
    "still": "standing still",
    "left": "moving left",
    "right": "moving right",
    "up": "moving up",
    "down": "moving down",
    "bounce": "bouncing",
    "spin": "spinning",
    "grow": "growing",
    "shrink": "shrinking",
    "blink": "blinking",
}
"""The canonical words of each motion, as written in prompts and descriptions."""


@dataclass(frozen=True, kw_only=True)
class SceneObject:
    """One object of a scene, in words; how exactly it is drawn is up to a renderer."""

    colour: Colour
    shape: ShapeName
    size: Size
    motion: Motion
    x: float = 0.5
    """Centre at the start, as a fraction of the frame's width from the left edge."""
    y: float = 0.5
    """Centre at the start, as a fraction of the frame's height from the top edge."""

    @property
    def phrase(self) -> str:
        """Size, colour, shape and motion, e.g. `small red circle moving right`."""
        return f"{self.noun} {MOTION_PHRASE[self.motion]}"

    @property
    def noun(self) -> str:
        """Size, colour and shape, e.g. `small red circle`."""
        return f"{self.size} {self.colour} {self.shape}"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One clip of the shapes world, in words: a background and one to three objects."""

    background: Background
    objects: tuple[SceneObject, ...]

    @property
    def prompt(self) -> str:
        """The canonical prompt: `a small red circle moving right on a black background`."""
        named = " and ".join(f"a {each.phrase}" for each in self.objects)
        return f"{named} on a {self.background} background"
