"""Undoing disguises: the text as a reader would read it.

What ordinary writing needs stays as it is: accents, Arabic and Indic joiners, emoji sequences,
full stops of other scripts. So a text in no disguise reads as itself, in any language. Each pass
goes over the text once and looks a bounded number of characters around, so the cost is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final

from gpt4video_guards.text.rewriting import Edit, NormalisedText
from gpt4video_guards.text.segment import segmented

_TABLE: Final = Path(__file__).with_name("confusables.tsv")
_LEET: Final = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"} | {
    "@": "a", "$": "s", "!": "i", "€": "e", "£": "l"
}  # fmt: skip

INVISIBLE: Final = (
    "\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""The inside of a regex class: controls, format characters, fillers, tags, variation selectors."""

_UNSEEN: Final = re.compile(f"[{INVISIBLE}]+")
_TURNED: Final = re.compile("\u202e([^\n\u202a-\u202e\u2066-\u2069]+)")
"""What stands behind a right-to-left override is shown backwards."""
_TAG_FLAG: Final = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
_STACKED: Final = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Combining marks of no script of their own."""
_BEYOND_ASCII: Final = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")
_MOST_MARKS: Final = 4
"""On one letter, in any script."""
_ACCENTED_SHARE: Final = 0.25
"""Of the Latin letters of a text; few languages put accents on more of them."""
_KEPT_SIGNS: Final = frozenset("™℠ªº²³¹")
"""Their compatible forms would run into the word before them."""

_ACCENTED: Final = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
_WORD: Final = re.compile("(?:[^\\W\\d_]|[\U0001f150-\U0001f189])+")
"""Letters, and the white ones on dark ground."""
_TOKEN: Final = re.compile(r"\S+")
_MIXED: Final = re.compile(r"(?:[^\W_]|[@$!€£])+")
_SPELT_OUT: Final = re.compile(
    r"(?<![^\W_])[^\W_](?P<gap>[ \t.\-_*+~/|·•]{1,3})[^\W_](?:(?P=gap)[^\W_])+(?![^\W_])"
)
_NUMBERED: Final = re.compile(r"[^\W\d_]+\d+|\d+[^\W\d_]{1,4}")
"""mp4, covid19, 10th, 720p: leetspeak only in a text that holds some more."""
_NOT_LEET: Final = re.compile(
    r"""\d+x\d+\w*           # 4x100m
    |   \w+[!@].{7,}|\w+[!@][A-Z]\w*[a-z].*  # Wow!Nice, no space before a mention
    |   [a-z](?:8|1\d)[a-z]   # k8s, i18n
    |   [A-Z]{1,3}\d{1,4}     # AK47
    |   @\w{3,}               # a mention
    |   \w*[$€£]\d\w*         # $5k, US$20
    |   \$[A-Z_]+             # a shell variable
    """,
    re.VERBOSE,
)
_LONGEST_LEET: Final = 24
"""Longer runs of letters and digits are keys, hashes and encodings."""


def normalise(text: str) -> NormalisedText:
    """The text as a reader reads it.

    Invisible and control characters are left out, text behind a right-to-left override turned,
    letters of Unicode's compatibility forms made plain (NFKC), marks piled on letters removed and
    accents where no language has them, look-alike letters inside Latin words and leetspeak read as
    Latin letters, letters spelt out with separators joined to words.
    """
    return read_through(NormalisedText.of(text))


def read_through(text: NormalisedText) -> NormalisedText:
    """The same for a text that was rewritten before."""
    return text.through(
        _turn_back,
        _drop_unseen,
        _make_plain,
        _drop_accents,
        _read_lookalikes,
        _join_spelt_out,
        _read_leet,
    )


def _turn_back(text: str) -> Iterator[Edit]:
    if "\u202e" in text:
        for match in _TURNED.finditer(text):
            yield Edit(match.start(1), match.end(1), match[1][::-1], "backwards")


def _drop_unseen(text: str) -> Iterator[Edit]:
    for match in _UNSEEN.finditer(text):
        before = text[match.start() - 1] if match.start() else " "
        if not _belongs(match[0], before):
            yield Edit(*match.span())


def _belongs(run: str, before: str) -> bool:
    """Ordinary writing has this run of invisible characters after this character."""
    if _TAG_FLAG.fullmatch(run):
        return before == "\U0001f3f4"  # the flags of England, Scotland, Wales
    if len(run) > 2 or not set(run) <= set("\u200b\u200c\u200d\u200e\u200f\ufe0e\ufe0f"):
        # one selector after a CJK character chooses its shape
        return len(run) == 1 and _is_cjk(before) and run >= "\ufe00"
    if unicodedata.category(before) in ("So", "Sk", "Sm", "Po") or before in "#*0123456789":
        return run[0] in "\u200d\ufe0e\ufe0f"  # emoji
    return len(run) == 1 and run not in "\ufe0e\ufe0f" and before >= "\u0590"


def _is_cjk(char: str) -> bool:
    return "\u2e80" <= char <= "\ufaff" or "\U00020000" <= char <= "\U0003ffff"


def _make_plain(text: str) -> Iterator[Edit]:
    """Letter by letter, each with the marks on it."""
    if text.isascii():
        return
    for run in _BEYOND_ASCII.finditer(text):
        start = run.start()
        while start < run.end():
            end = start + 1
            while end < run.end() and _continues(text[end]):
                end += 1
            plain = _plain_letter(text[start:end])
            if plain != text[start:end]:
                yield Edit(start, end, plain)
            start = end


def _continues(char: str) -> bool:
    """A mark on the letter before it, the rest of a Korean syllable, or a half-width voice mark."""
    return char >= "\u0300" and (
        unicodedata.category(char)[0] == "M" or "\u1160" <= char <= "\u11ff" or char in "ﾞﾟ"
    )


def _plain_letter(cluster: str) -> str:
    if len(cluster) > 1:
        marks = [char for char in cluster[1:] if unicodedata.category(char)[0] == "M"]
        if len(marks) > _MOST_MARKS:
            cluster = cluster[: 1 + _MOST_MARKS]
        cluster = unicodedata.normalize("NFC", cluster)
        if cluster[0] not in "#*0123456789":  # keycaps
            cluster = cluster[0] + _STACKED.sub("", cluster[1:])
    base = cluster[0]
    if base in _KEPT_SIGNS:
        return cluster
    plain = unicodedata.normalize("NFKC", base)
    changed = plain != base and plain.isalnum()
    return unicodedata.normalize("NFKC", cluster) if changed else cluster


def _drop_accents(text: str) -> Iterator[Edit]:
    """Where they stand on so many letters, or on such letters, that they are there to disguise."""
    if text.isascii():
        return
    plain = {match.start(): _without_accents(match[0]) for match in _ACCENTED.finditer(text)}
    accented = {start: letter for start, letter in plain.items() if letter != text[start]}
    others = sum(char.isascii() and char.isalpha() for char in text)
    strange = sum("\u1e00" <= text[start] <= "\u1e9f" for start in accented)
    if strange > 1 or len(accented) > _ACCENTED_SHARE * (len(accented) + others):
        for start, letter in accented.items():
            yield Edit(start, start + 1, letter)


def _without_accents(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


@cache
def _lookalikes() -> tuple[dict[str, str], dict[str, str]]:
    """Look-alike to the Latin letter of the same case: those that no eye can tell, then all."""
    rows = [line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines()]
    close, all_of_them = (
        {
            char: letter.upper() if char.isupper() else letter
            for letter, *columns in rows
            for char in "".join(columns[:count])
        }
        for count in (1, 2)
    )
    return close, all_of_them


def _read_lookalikes(text: str) -> Iterator[Edit]:
    """Only words that become Latin as a whole, and that are Latin in part or stand in a text that
    mostly is: a Russian text stays Russian, and so does a Russian word in an English one."""
    if text.isascii():
        return
    close, all_of_them = _lookalikes()
    latin = sum(char.isascii() and char.isalpha() for char in text)
    others = sum(not char.isascii() and char.isalpha() for char in text)
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        mixed = any(char.isascii() for char in word)
        if not mixed and (len(word) < 3 or latin < others):
            continue
        table = all_of_them if mixed else close
        read = "".join(table.get(char, char) for char in word)
        if read != word and all(char <= "\u024f" for char in read):
            yield Edit(*match.span(), read, "each")


def _join_spelt_out(text: str) -> Iterator[Edit]:
    """`k i l l` and `k.i.l.l` become `kill`; at least three letters with one kind of separator.

    Where spaces stand between the letters, nothing says where a word ends, so that is guessed.
    """
    for match in _SPELT_OUT.finditer(text):
        gap = len(match["gap"])
        signs = match[0][:: gap + 1]
        if 2 * sum(char.isalpha() for char in signs) > max(len(signs), 5):
            ends = _word_ends(signs) if match["gap"].isspace() else set()
            for number, index in enumerate(range(match.start() + 1, match.end(), gap + 1), 1):
                yield Edit(index, index + gap, " " if number in ends else "")


def _word_ends(signs: str) -> set[int]:
    letters = "".join(_LEET.get(sign, sign) for sign in signs)
    return set(accumulate(map(len, segmented(letters))))


def _read_leet(text: str) -> Iterator[Edit]:
    if not any(sign in text for sign in _LEET):
        return
    found = [(start, word) for start, word in _mixed_words(text) if _is_leet(word)]
    if not all(_NUMBERED.fullmatch(word) for _, word in found):
        for start, word in found:
            yield Edit(start, start + len(word), _plain_word(word), "each")


def _mixed_words(text: str) -> Iterator[tuple[int, str]]:
    """Runs of letters, digits and signs, with their places, but for links and mail addresses."""
    for token in _TOKEN.finditer(text):
        if "://" in token[0] or re.search(r"\w@\w+\.\w", token[0]):
            continue
        for match in _MIXED.finditer(text, *token.span()):
            word = match[0].strip("!")
            yield match.start() + match[0].find(word), word


def _is_leet(word: str) -> bool:
    """Letters mixed with signs that stand for letters, and no plain number, unit or name."""
    if not 3 <= len(word) <= _LONGEST_LEET or word.isalpha():
        return False
    letters = sum(char.isalpha() for char in word)
    signs = sum(char in _LEET for char in word)
    return (
        letters + signs == len(word)
        and 2 * letters >= max(signs, 3)
        and _NOT_LEET.fullmatch(word) is None
    )


def _plain_word(word: str) -> str:
    """Two ones are more often `ll` than `ii`."""
    return "".join(_LEET.get(char, char) for char in word.replace("11", "ll"))
