"""Undoing disguises: the text as a reader would read it, with the way back to the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_INVISIBLE: Final = frozenset({"\u00ad", "\u034f", "\u115f", "\u1160", "\u3164", "\uffa0"})
_LOOKALIKES: Final = dict(
    zip(
        "абвгеёикмнорстухіјѕһԁɡӏαβεικνορτυχωı",
        "abbreenkmhopctyxijshdglabeiknoptuxwi",
        strict=True,
    )
)
"""Cyrillic, Greek and phonetic letters that pass for Latin ones, by looks."""
_LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"} | {
    "@": "a", "$": "s", "!": "i", "|": "l", "€": "e", "£": "l"
}  # fmt: skip
_TOKEN: Final = re.compile(r"\S+")
_SPACED: Final = re.compile(r"(?<![^\W_])(?:[^\W\d_]([ .\-_*+~/|])){2,}[^\W\d_](?![^\W_])")
_TRAILING: Final = ".,;:!?\"')]}"


@dataclass(frozen=True, kw_only=True)
class NormalisedText:
    """A normalised text that remembers where each of its characters came from."""

    text: str
    origins: tuple[int, ...]
    """For each character of `text`, its index in the original; then the original's length."""

    def original_span(self, span: tuple[int, int]) -> tuple[int, int]:
        """The characters [start, end) of the original that a span of `text` was made of."""
        start, end = (min(max(0, index), len(self.text)) for index in span)
        if end <= start:
            return (self.origins[start], self.origins[start])
        return (self.origins[start], self.origins[end - 1] + 1)


def normalise(text: str) -> NormalisedText:
    """NFKC, invisible characters and accents stacked on letters removed, look-alike letters and
    leetspeak inside words read as Latin, letters spelt out with separators joined again."""
    chars, origins = _compatible(text)
    for rewrite in (_read_lookalikes, _read_leet):
        chars = rewrite(chars)
    chars, origins = _join_spelt_out(chars, origins)
    return NormalisedText(text=chars, origins=(*origins, len(text)))


def _compatible(text: str) -> tuple[str, list[int]]:
    chars: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
        if char.isascii():
            chars.append(char)
            origins.append(index)
            continue
        if char in _INVISIBLE or unicodedata.category(char) in ("Cf", "Mn", "Me"):
            continue
        for piece in unicodedata.normalize("NFKC", char):
            chars.append(piece)
            origins.append(index)
    return "".join(chars), origins


def _read_lookalikes(text: str) -> str:
    """Only in words that also carry Latin letters: a Russian text stays Russian."""
    if text.isascii():
        return text

    def latin(match: re.Match[str]) -> str:
        word = match[0]
        if not any("a" <= char.lower() <= "z" for char in word):
            return word
        return "".join(_same_case(char, _LOOKALIKES.get(char.lower(), char)) for char in word)

    return _TOKEN.sub(latin, text)


def _read_leet(text: str) -> str:
    """Only in words that mix letters with such signs and are no plain number, unit or mail."""

    def plain(match: re.Match[str]) -> str:
        token = match[0]
        word = token.rstrip(_TRAILING)
        letters = sum(char.isalpha() for char in word)
        signs = sum(char in _LEET for char in word)
        is_address = "://" in word or re.search(r"\w@\w+\.\w", word)
        if not signs or letters < 1 or len(word) < 3 or is_address:
            return token
        if re.fullmatch(r"\W*\d+(?:st|nd|rd|th|[a-zA-Z]{1,3})?\W*", word):  # 10th, 720p, 5km, $5k
            return token
        return "".join(_LEET.get(char, char) for char in word) + token[len(word) :]

    return _TOKEN.sub(plain, text)


def _join_spelt_out(text: str, origins: list[int]) -> tuple[str, list[int]]:
    """`k i l l` and `k.i.l.l` become `kill`; at least three letters with one kind of separator."""
    keep = [True] * len(text)
    for match in _SPACED.finditer(text):
        if len(set(match[0][1::2])) == 1:
            for index in range(match.start() + 1, match.end(), 2):
                keep[index] = False
    if all(keep):
        return text, origins
    return (
        "".join(char for char, kept in zip(text, keep, strict=True) if kept),
        [origin for origin, kept in zip(origins, keep, strict=True) if kept],
    )


def _same_case(model: str, char: str) -> str:
    return char.upper() if model.isupper() else char
