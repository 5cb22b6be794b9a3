"""Writes the table of letters that pass for Latin ones, from Unicode's confusables.

    pip install confusable-homoglyphs==3.3.1
    python scripts/make_confusables.py

Source: `confusables.json` of the package confusable-homoglyphs (MIT), which holds the data file
`confusables.txt` of Unicode Technical Standard 39 (Copyright Unicode, Inc., Unicode License v3,
https://www.unicode.org/license.txt). Kept are single letters of other scripts, and phonetic ones,
that look like one ASCII letter. Letters of living Latin alphabets (U+00C0 - U+024F, U+1E00 -
U+1EFF) are left out, and so is what NFKC already brings to ASCII. Small capitals and
negative or boxed letters are added by their Unicode names. A second column holds Cyrillic and Greek
letters that the standard does not list but that people use so; they only count beside Latin ones.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

TABLE = Path(__file__).parents[1] / "guards/gpt4video_guards/text/confusables.tsv"

BY_LOOKS = {
    "b": "вбЬьВ", "e": "ёЁєЄεЄ", "r": "гя", "R": "Я", "n": "ипηП", "N": "И", "k": "кκ", "m": "м",
    "t": "тτ", "T": "Т", "h": "нћђ", "H": "Н", "y": "уУ", "w": "шщωШЩ", "u": "цυ", "d": "ԁ",
    "x": "жχ", "l": "ӏ", "M": "М", "K": "К", "B": "В", "a": "αд", "A": "Д",
}  # fmt: skip
"""Not in the standard, or there only by way of a small capital."""

HEADER = """\
# Letters that pass for a Latin one: the Latin letter, its look-alikes, letters that resemble it.
# Made by scripts/make_confusables.py from the confusables of Unicode Technical Standard 39
# (Copyright Unicode, Inc., Unicode License v3, https://www.unicode.org/license.txt).
"""


def main() -> None:
    import confusable_homoglyphs

    folder = Path(confusable_homoglyphs.__file__).parent
    listed = json.loads((folder / "confusables.json").read_text(encoding="utf-8"))
    table: dict[str, str] = {}
    for char, alike in listed.items():
        letters = [entry["c"] for entry in alike if _is_ascii_letter(entry["c"])]
        if letters and _is_wanted(char):
            table[char] = _same_case(char, letters)
    table |= _named()
    close: defaultdict[str, str] = defaultdict(str)
    loose: dict[str, str] = {}
    for char in sorted(table):
        close[table[char]] += char
    for letter, chars in BY_LOOKS.items():
        loose[letter] = "".join(char for char in chars if char not in table)
    letters = sorted({*close, *loose})
    rows = (
        "\t".join((letter, close[letter], loose.get(letter, ""))).rstrip() for letter in letters
    )
    TABLE.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def _is_ascii_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isalpha()


def _is_wanted(char: str) -> bool:
    if len(char) != 1 or not char.isalpha() or char.isascii():
        return False
    code = ord(char)
    if 0xC0 <= code <= 0x24F or 0x1E00 <= code <= 0x1EFF:
        return False
    if unicodedata.normalize("NFKC", char).isascii():
        return False
    return code < 0x0590 or unicodedata.name(char, "").startswith(("LATIN", "CHEROKEE", "LISU"))


def _same_case(char: str, letters: list[str]) -> str:
    """Of several the one of the same case, l rather than I."""
    same = [letter for letter in letters if letter.isupper() == char.isupper()]
    return min(same or letters, key=lambda letter: (letter.isupper(), letter))


def _named() -> dict[str, str]:
    """Letters whose Unicode name says which one they are."""
    found = {}
    for code in range(0x250, sys.maxunicode + 1):
        char = chr(code)
        words = unicodedata.name(char, "").split()
        if words[:-1] == ["LATIN", "LETTER", "SMALL", "CAPITAL"] and len(words[-1]) == 1:
            found[char] = words[-1].lower()
        elif words[:1] == ["NEGATIVE"] and words[2:-1] == ["LATIN", "CAPITAL", "LETTER"]:
            found[char] = words[-1]
    return found


if __name__ == "__main__":
    main()
