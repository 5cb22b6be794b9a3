"""Reading what is written in a code: the text with its encoded parts decoded in their places.

A part counts as encoded when its decoding reads as text: valid UTF-8, printable, mostly letters.
An image in base64, a hash or a key is left as it is. Decoded characters come from the whole
encoded part, so that evidence covers all of it.
"""

from __future__ import annotations

import base64
import codecs
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from gpt4video_guards.text.normalise import read_through
from gpt4video_guards.text.rewriting import Edit, NormalisedText

_MOST_LAYERS: Final = 4
"""A code within a code is read so deep."""

_TAGS: Final = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007e]{2,}")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_PERCENT: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ESCAPES: Final = re.compile(r"(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})+")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_BASE64: Final = re.compile(
    r"(?:[A-Za-z0-9+/_\-]{40,}\r?\n)*[A-Za-z0-9+/_\-]{6,}={1,2}"
    r"|(?:[A-Za-z0-9+/_\-]{40,}\r?\n)*[A-Za-z0-9+/_\-]{16,}"
)
_BASE64_PIECE: Final = re.compile(r"[A-Za-z0-9]{16,}={0,2}")
_HEX: Final = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?[0-9A-Fa-f]{8,}(?![0-9A-Za-z])")
_SPACED_HEX: Final = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{2}(?:[ :,][0-9A-Fa-f]{2}){3,}(?![0-9A-Za-z])"
)
_BINARY: Final = re.compile(r"(?<!\d)[01]{8}(?:[ ,]?[01]{8})+(?!\d)")
_ENGLISH: Final = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_CLAUSE: Final = re.compile(r"[^:\n]+")

_TELLING_WORDS: Final = """
the you for that this with have from your what will can about tell write give show make please which
when where there their would could should must ignore previous instructions system prompt how all
who why they them him his her our into over any been more then than only just like know want need
use say said think because people does first after before other these those has get kill bomb create
explain reveal print follow rules answer question secret password user without never always every
"""
_SHORT_WORDS: Final = """
a i is it in of to on be do so we my me us he if or an as at by no up go home
"""
_TELLING: Final = frozenset(_TELLING_WORDS.split())
"""English words that a hidden order can hardly do without; two of them in a stretch tell it."""
_PLAIN: Final = _TELLING | set(_SHORT_WORDS.split())


def decoded(text: str) -> NormalisedText | None:
    """The text as a reader reads it who knows the usual codes; None where there is no code.

    Known are base64, hexadecimal and binary bytes, percent and backslash escapes, HTML entities,
    English in ROT13 or written backwards, and text hidden in tag characters or variation
    selectors; also one within the other, `_MOST_LAYERS` deep.
    """
    read = NormalisedText.of(text)
    for _ in range(_MOST_LAYERS):
        before = read
        read = read.through(*_PASSES)
        if read is before:
            break
    return None if read.text == text else read_through(read)


def _reads_as_text(data: bytes) -> str:
    """The bytes as text, or "" where they are none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    letters = sum(char.isalpha() or char == " " for char in text)
    plain = all(char.isprintable() or char in "\t\r\n" for char in text)
    return text if plain and len(text) >= 3 and letters >= 0.7 * len(text) else ""


def _hidden(text: str) -> Iterator[Edit]:
    """Text in characters that no one sees."""
    if text.isascii():
        return
    for match in _TAGS.finditer(text):
        shown = "".join(chr(ord(char) - 0xE0000) for char in match[0])
        yield Edit(*match.span(), f" {shown} ")


def _selected(text: str) -> Iterator[Edit]:
    """Bytes as variation selectors, 1 to 256."""
    if text.isascii():
        return
    for match in _SELECTORS.finditer(text):
        numbers = (ord(char) for char in match[0])
        data = bytes(n - 0xFE00 if n < 0xE0000 else n - 0xE0100 + 16 for n in numbers)
        if shown := _reads_as_text(data):
            yield Edit(*match.span(), f" {shown} ")


def _percent(text: str) -> Iterator[Edit]:
    for match in _PERCENT.finditer(text):
        try:
            shown = unquote_to_bytes(match[0]).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if shown.isprintable() or shown.isspace():
            yield Edit(*match.span(), shown)


def _escaped(text: str) -> Iterator[Edit]:
    for match in _ESCAPES.finditer(text):
        codes = re.findall(r"[xu]([0-9A-Fa-f]+)", match[0])
        shown = "".join(chr(int(code, 16)) for code in codes)
        joined = shown.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if joined.isprintable():
            yield Edit(*match.span(), joined)


def _entities(text: str) -> Iterator[Edit]:
    for match in _ENTITY.finditer(text):
        shown = html.unescape(match[0])
        if shown != match[0] and shown.isprintable():
            yield Edit(*match.span(), shown)


def _base64(text: str) -> Iterator[Edit]:
    """A whole run, or else the pieces of it that stand between slashes and dashes."""
    for match in _BASE64.finditer(text):
        if shown := _from_base64(match[0]):
            yield Edit(*match.span(), shown)
            continue
        for piece in _BASE64_PIECE.finditer(text, *match.span()):
            if shown := _from_base64(piece[0]):
                yield Edit(*piece.span(), shown)


def _from_base64(run: str) -> str:
    letters = "".join(run.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(letters + "=" * (-len(letters) % 4), validate=True)
    except ValueError:
        return ""
    return _reads_as_text(data)


def _bytes_in(pattern: re.Pattern[str], base: int) -> Callable[[str], Iterator[Edit]]:
    """A pass over numbers of one byte each."""
    width = {16: 2, 2: 8}[base]

    def look(text: str) -> Iterator[Edit]:
        for match in pattern.finditer(text):
            digits = re.sub(r"0[xX]|[ :,]", "", match[0])
            if len(digits) % width or (base == 16 and digits.isdecimal() and len(digits) < 24):
                continue
            data = bytes(int(digits[at : at + width], base) for at in range(0, len(digits), width))
            if shown := _reads_as_text(data):
                yield Edit(*match.span(), shown)

    return look


@dataclass(frozen=True)
class _Cipher:
    """A way to write English that keeps the number of characters."""

    decode: Callable[[str], str]
    backwards: bool

    def passes_over(self, text: str) -> Iterator[Edit]:
        """Stretches without a plain English word, with two words or more that decode to one."""
        for clause in _CLAUSE.finditer(text):
            stretch: list[re.Match[str]] = []
            for word in _ENGLISH.finditer(text, *clause.span()):
                plain, other = word[0].lower(), self.decode(word[0].lower())
                if plain in _PLAIN and other not in _PLAIN:
                    yield from self._edits(text, stretch)
                    stretch = []
                else:
                    stretch.append(word)
            yield from self._edits(text, stretch)

    def _edits(self, text: str, stretch: list[re.Match[str]]) -> Iterator[Edit]:
        words = {word[0].lower() for word in stretch} - _PLAIN
        if len({self.decode(word) for word in words} & _TELLING) >= 2:
            start, end = stretch[0].start(), stretch[-1].end()
            origin: Literal["each", "backwards"] = "backwards" if self.backwards else "each"
            yield Edit(start, end, self.decode(text[start:end]), origin, sure=False)


_ROT13: Final = _Cipher(decode=lambda text: codecs.encode(text, "rot13"), backwards=False)
_REVERSED: Final = _Cipher(decode=lambda text: text[::-1], backwards=True)

_PASSES: Final = (
    _hidden,
    _selected,
    _percent,
    _escaped,
    _entities,
    _bytes_in(_BINARY, 2),
    _bytes_in(_HEX, 16),
    _bytes_in(_SPACED_HEX, 16),
    _base64,
    _ROT13.passes_over,
    _REVERSED.passes_over,
)
