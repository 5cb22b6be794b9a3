"""How people really type: without capitals or question marks, with a greeting, with a slip."""

from __future__ import annotations

import random
import re

_GREETINGS = (
    "Hi, ",
    "Hello! ",
    "Hey, ",
    "ok, ",
    "Please: ",
    "Sorry to bother you, ",
    "Quick question: ",
)
_SLIP_SHARE = 0.1


def typed(wording: str, rng: random.Random, **slots: str) -> str:
    """A wording with its slots filled, as somebody might type it.

    Slips of the keyboard fall on the wording's own words alone, never on what fills a slot.
    """
    text = _slip(wording, rng) if rng.random() < _SLIP_SHARE else wording
    for name, value in slots.items():
        text = text.replace(f"{{{name}}}", value)
    roll = rng.random()
    if roll < 0.12:
        text = text.lower()
    elif roll < 0.2:
        text = text.rstrip("?.!")
    elif roll < 0.26:
        text = rng.choice(_GREETINGS) + text[0].lower() + text[1:]
    elif roll < 0.28:
        text = text.upper()
    elif text[0].islower() and roll < 0.6:
        text = text[0].upper() + text[1:]
    return text


def _slip(wording: str, rng: random.Random) -> str:
    words = [found for found in re.finditer(r"(?<!\{)\b[a-z]{5,}\b(?!\})", wording)]
    if not words:
        return wording
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    slips = (
        wording[:at] + wording[at + 1] + wording[at] + wording[at + 2 :],  # two keys swapped
        wording[:at] + wording[at + 1 :],  # a key missed
        wording[:at] + wording[at] + wording[at:],  # a key hit twice
    )
    return rng.choice(slips)
