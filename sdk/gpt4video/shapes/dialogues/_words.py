"""Other words for the words of the world, and phrases built of them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from gpt4video.shapes.world import COLOURS, Background, Colour, Motion, Scene, ShapeName, Size

COLOUR_WORDS: Final[dict[Colour, tuple[str, ...]]] = {
    "red": ("red",) * 12 + ("bright red", "scarlet", "crimson"),
    "orange": ("orange",) * 12 + ("bright orange",),
    "yellow": ("yellow",) * 12 + ("bright yellow", "lemon yellow"),
    "green": ("green",) * 12 + ("bright green", "emerald green"),
    "cyan": ("cyan",) * 12 + ("turquoise", "turquoise", "aqua", "teal"),
    "blue": ("blue",) * 12 + ("bright blue", "royal blue"),
    "purple": ("purple",) * 12 + ("violet", "violet"),
    "pink": ("pink",) * 12 + ("bright pink", "rose"),
}
SHAPE_WORDS: Final[dict[ShapeName, tuple[str, ...]]] = {
    "circle": ("circle",) * 10 + ("disc", "disk", "dot", "ball", "round shape"),
    "square": ("square",) * 10 + ("box", "block"),
    "triangle": ("triangle",) * 12,
    "star": ("star",) * 12 + ("five-pointed star", "5 pointed star"),
    "ring": ("ring",) * 10 + ("hoop", "donut", "doughnut", "hollow circle"),
    "cross": ("cross",) * 10 + ("plus sign", "plus", "plus-shape"),
}
SIZE_WORDS: Final[dict[Size, tuple[str, ...]]] = {
    "small": ("small",) * 6 + ("little", "little", "tiny", "mini", "smallish"),
    "large": ("large",) * 6 + ("big", "big", "big", "huge", "giant", "bigger-sized"),
}
BACKGROUND_WORDS: Final[dict[Background, tuple[str, ...]]] = {
    "black": ("black",) * 6 + ("dark", "pitch black"),
    "gray": ("gray", "gray", "grey", "grey"),
    "white": ("white",) * 6 + ("bright white",),
}
THINGS: Final[tuple[str, ...]] = ("object", "shape", "thing", "figure", "one", "item")
PLURAL: Final[dict[str, str]] = {"box": "boxes", "cross": "crosses", "plus": "pluses"}
NUMBERS: Final[tuple[str, ...]] = ("no", "one", "two", "three")

_GOING: Final[tuple[tuple[str, str, str], ...]] = (
    *(("move", "moves", "moving"),) * 6,
    *(("go", "goes", "going"),) * 3,
    ("slide", "slides", "sliding"),
    ("slide", "slides", "sliding"),
    ("glide", "glides", "gliding"),
    ("drift", "drifts", "drifting"),
    ("travel", "travels", "travelling"),
    ("travel", "travels", "traveling"),
    ("head", "heads", "heading"),
    ("float", "floats", "floating"),
    ("shift", "shifts", "shifting"),
    ("run", "runs", "running"),
    ("fly", "flies", "flying"),
    ("cruise", "cruises", "cruising"),
)
_WAYS: Final[dict[str, tuple[str, ...]]] = {
    "left": ("left",) * 5
    + (
        "to the left",
        "to the left",
        "leftwards",
        "leftward",
        "towards the left",
        "toward the left",
        "from right to left",
        "to the left side",
    ),
    "right": ("right",) * 5
    + (
        "to the right",
        "to the right",
        "rightwards",
        "rightward",
        "towards the right",
        "toward the right",
        "from left to right",
        "to the right side",
    ),
    "up": ("up",) * 5
    + (
        "upwards",
        "upward",
        "to the top",
        "towards the top",
        "from bottom to top",
        "from the bottom to the top",
    ),
    "down": ("down",) * 5
    + (
        "downwards",
        "downward",
        "to the bottom",
        "towards the bottom",
        "from top to bottom",
        "from the top to the bottom",
    ),
}
_DOING: Final[dict[Motion, tuple[tuple[str, str, str], ...]]] = {
    "still": (
        *(("stand still", "stands still", "standing still"),) * 4,
        ("stay still", "stays still", "staying still"),
        ("stay still", "stays still", "staying still"),
        ("sit still", "sits still", "sitting still"),
        ("keep still", "keeps still", "keeping still"),
        ("stay put", "stays put", "staying put"),
        ("stay in place", "stays in place", "staying in place"),
        ("not move", "does not move", "not moving"),
        ("not move", "doesn't move", "not moving"),
        ("remain still", "remains still", "remaining still"),
        ("remain stationary", "remains stationary", "remaining stationary"),
    ),
    "left": (("move left", "moves left", "moving left"),),
    "right": (("move right", "moves right", "moving right"),),
    "up": (
        *(("rise", "rises", "rising"),) * 3,
        ("climb", "climbs", "climbing"),
        ("ascend", "ascends", "ascending"),
        ("rise up", "rises up", "rising up"),
    ),
    "down": (
        *(("fall", "falls", "falling"),) * 2,
        ("sink", "sinks", "sinking"),
        ("drop", "drops", "dropping"),
        ("descend", "descends", "descending"),
        ("fall down", "falls down", "falling down"),
    ),
    "bounce": (
        *(("bounce", "bounces", "bouncing"),) * 6,
        ("bounce up and down", "bounces up and down", "bouncing up and down"),
        ("hop", "hops", "hopping"),
        ("hop", "hops", "hopping"),
        ("jump", "jumps", "jumping"),
        ("jump up and down", "jumps up and down", "jumping up and down"),
        ("bob up and down", "bobs up and down", "bobbing up and down"),
        ("hop up and down", "hops up and down", "hopping up and down"),
    ),
    "spin": (
        *(("spin", "spins", "spinning"),) * 6,
        ("spin around", "spins around", "spinning around"),
        ("rotate", "rotates", "rotating"),
        ("rotate", "rotates", "rotating"),
        ("turn", "turns", "turning"),
        ("turn around", "turns around", "turning around"),
        ("twirl", "twirls", "twirling"),
        ("whirl", "whirls", "whirling"),
        ("revolve", "revolves", "revolving"),
    ),
    "grow": (
        *(("grow", "grows", "growing"),) * 6,
        ("get bigger", "gets bigger", "getting bigger"),
        ("get bigger", "gets bigger", "getting bigger"),
        ("get larger", "gets larger", "getting larger"),
        ("become bigger", "becomes bigger", "becoming bigger"),
        ("expand", "expands", "expanding"),
        ("swell", "swells", "swelling"),
        ("increase in size", "increases in size", "increasing in size"),
        ("grow bigger", "grows bigger", "growing bigger"),
    ),
    "shrink": (
        *(("shrink", "shrinks", "shrinking"),) * 6,
        ("get smaller", "gets smaller", "getting smaller"),
        ("get smaller", "gets smaller", "getting smaller"),
        ("become smaller", "becomes smaller", "becoming smaller"),
        ("contract", "contracts", "contracting"),
        ("decrease in size", "decreases in size", "decreasing in size"),
        ("dwindle", "dwindles", "dwindling"),
    ),
    "blink": (
        *(("blink", "blinks", "blinking"),) * 6,
        ("blink on and off", "blinks on and off", "blinking on and off"),
        ("flash", "flashes", "flashing"),
        ("flash", "flashes", "flashing"),
        ("flicker", "flickers", "flickering"),
        ("flash on and off", "flashes on and off", "flashing on and off"),
        ("appear and disappear", "appears and disappears", "appearing and disappearing"),
        ("vanish and come back", "vanishes and comes back", "vanishing and coming back"),
    ),
}


def choose(rng: Random, options: Sequence[str]) -> str:
    """One of several words; repeat a word to make it likelier."""
    return options[int(rng.random() * len(options))]


def motion_words(rng: Random, motion: Motion) -> tuple[str, str, str]:
    """A wording of a motion, in three forms: `move left`, `moves left`, `moving left`."""
    if motion in _WAYS and (motion in ("left", "right") or rng.random() < 0.75):
        way = choose(rng, _WAYS[motion])
        verb = _GOING[int(rng.random() * len(_GOING))]
        return f"{verb[0]} {way}", f"{verb[1]} {way}", f"{verb[2]} {way}"
    options = _DOING[motion]
    return options[int(rng.random() * len(options))]


def colour_word(rng: Random, colour: Colour) -> str:
    return choose(rng, COLOUR_WORDS[colour])


def shape_word(rng: Random, shape: ShapeName) -> str:
    return choose(rng, SHAPE_WORDS[shape])


def size_word(rng: Random, size: Size) -> str:
    return choose(rng, SIZE_WORDS[size])


def background_word(rng: Random, background: Background) -> str:
    return choose(rng, BACKGROUND_WORDS[background])


def plural(noun: str) -> str:
    """`boxes` of `box`; regular otherwise."""
    head, _, last = noun.rpartition(" ")
    word = PLURAL.get(last or noun, (last or noun) + "s")
    return f"{head} {word}" if head else word


def article(noun: str) -> str:
    """`a small star`, `an orange ring`."""
    return ("an " if noun[:1] in "aeiou" else "a ") + noun


def joined(parts: Sequence[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def absent_colours(scene: Scene) -> list[Colour]:
    """The colours that no object of the scene has."""
    there = {each.colour for each in scene.objects}
    return [each for each in COLOURS if each not in there]
