"""How people really type: casing, missing marks, slips of the finger, spellings, politeness."""

from __future__ import annotations

from random import Random

_AMERICAN = (("colour", "color"), ("grey", "gray"), ("centre", "center"), ("favourite", "favorite"))
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o",
    "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc",
    "y": "tu", "z": "x",
}  # fmt: skip


def _slip(rng: Random, word: str) -> str:
    """A word with one slip: a letter dropped, doubled, swapped or hit beside its key."""
    at = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.3:
        return word[:at] + word[at + 1 :]
    if kind < 0.5:
        return word[:at] + word[at] + word[at:]
    if kind < 0.8:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    beside = _NEIGHBOURS.get(word[at], word[at])
    return word[:at] + rng.choice(beside) + word[at + 1 :]


def with_typos(rng: Random, text: str, count: int = 1) -> str:
    """The text with `count` words of four letters or more misspelt."""
    words = text.split(" ")
    places = [at for at, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for at in rng.sample(places, min(count, len(places))):
        words[at] = _slip(rng, words[at])
    return " ".join(words)


def as_typed(rng: Random, text: str) -> str:
    """A wording as somebody might type it: the sense is kept, the looks vary."""
    if rng.random() < 0.5:
        for british, american in _AMERICAN:
            text = text.replace(british, american)
    if rng.random() < 0.10:
        text = with_typos(rng, text, 1 if rng.random() < 0.75 else 2)
    if rng.random() < 0.25 and text[-1:] in "?.!":
        text = text[:-1]
    kind = rng.random()
    if kind < 0.60:
        return text[:1].upper() + text[1:]
    if kind < 0.94:
        return text.lower() if kind < 0.75 else text
    if kind < 0.97:
        return text.upper()
    return text.title()
