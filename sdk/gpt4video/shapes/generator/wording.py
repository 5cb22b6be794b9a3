"""Prompts of the generator: how training words them, and a tokenizer that keeps what matters."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from gpt4video.shapes.world import (
    BACKGROUNDS,
    COLOURS,
    MOTIONS,
    SHAPES,
    SIZES,
    Motion,
    Scene,
    SceneObject,
)

_SYNONYMS: Final[dict[str, str]] = {
    "still": r"standing still|not moving|motionless|static|stationary|stands still|resting",
    "bounce": r"bouncing|bounces|hopping|hops|jumping|jumps",
    "spin": r"spinning|spins|rotating|rotates|turning|turns|twirling|rotate|rotation",
    "grow": r"growing|grows|getting bigger|getting larger|gets bigger|expanding|expands",
    "shrink": r"shrinking|shrinks|getting smaller|gets smaller|contracting",
    "blink": r"blinking|blinks|flashing|flashes|flickering",
    "up": r"upwards?|rising|rises",
    "down": r"downwards?|falling|falls",
    "left": r"leftwards?",
    "right": r"rightwards?",
    "small": r"tiny|little",
    "large": r"big|huge",
    "gray": r"grey",
    "purple": r"violet",
    "cyan": r"turquoise",
    "and": r"with|next to|beside",
    "shape": r"shapes|objects?|things?",
}
_OF_OBJECTS: Final = (*SIZES, *COLOURS, *SHAPES, *MOTIONS, "shape")
_SECOND: Final = "second-"
"""Put before words of the object that is named behind `and`."""
_MEANINGFUL: Final = (
    *_OF_OBJECTS,
    *BACKGROUNDS,
    "and",
    "two",
    *(f"{_SECOND}{word}" for word in _OF_OBJECTS),
)

_CASUAL: Final[dict[Motion, tuple[str, ...]]] = {
    "still": ("standing still", "not moving", "that stays still"),
    "left": ("moving left", "moving to the left", "going left"),
    "right": ("moving right", "moving to the right", "going right"),
    "up": ("moving up", "moving upwards", "rising"),
    "down": ("moving down", "moving downwards", "falling"),
    "bounce": ("bouncing", "that bounces", "hopping"),
    "spin": ("spinning", "rotating", "that spins"),
    "grow": ("growing", "getting bigger", "that grows"),
    "shrink": ("shrinking", "getting smaller", "that shrinks"),
    "blink": ("blinking", "flashing", "that blinks"),
}


def build_tokenizer() -> Any:
    """A word-level tokenizer: synonyms become one word, and words that say nothing here vanish.

    Which object a word belongs to is settled here, so that nothing has to learn it: `A tiny red
    circle, moving right and a blue ring on a black background` is read as
    `small red circle right and second-blue second-ring black </s>`.
    """
    words = dict.fromkeys(_MEANINGFUL)
    vocabulary = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {w: i for i, w in enumerate(words, start=3)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Lowercase(),
            *(
                normalizers.Replace(Regex(rf"\b(?:{pattern})\b"), word)
                for word, pattern in _SYNONYMS.items()
            ),
            *(
                normalizers.Replace(Regex(rf"(?<=\band\b.{{0,400}})\b{word}\b"), _SECOND + word)
                for word in _OF_OBJECTS
            ),
        ]
    )
    known = "|".join(sorted(words, key=len, reverse=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex(rf"(?<![\w-])(?:{known})(?!\w)"), behavior="removed", invert=True
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=120,
    )


def word_prompt(scene: Scene, rng: np.random.Generator, *, canonical: float = 0.6) -> str:
    """A prompt for a scene: mostly the canonical one, else looser and with words left out."""
    if rng.random() < canonical:
        return scene.prompt
    if len(scene.objects) == 2 and rng.random() < 0.08:
        named = "two shapes"
    else:
        named = " and ".join(_loose(thing, rng) for thing in scene.objects)
    if rng.random() < 0.3:
        return named
    return f"{named} on a {scene.background} background"


def _loose(thing: SceneObject, rng: np.random.Generator) -> str:
    keep = rng.random(4) < 0.7
    size = f"{thing.size} " if keep[0] else ""
    colour = f"{thing.colour} " if keep[1] else ""
    shape = thing.shape if keep[2] else "shape"
    phrases = _CASUAL[thing.motion]
    motion = f" {phrases[rng.integers(len(phrases))]}" if keep[3] else ""
    return f"a {size}{colour}{shape}{motion}"
