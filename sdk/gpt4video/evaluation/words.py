"""The rows of words that answers are held against, and how a text carries them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

RowName = Literal[
    "count", "background", "colour", "shape", "size", "motion", "relation", "order", "clip"
]


@dataclass(frozen=True)
class Word:
    """One word of a row."""

    table: str
    """Pattern of the word as the table has it, with its inflections and spellings."""
    other: str = ""
    """Pattern of other words of that meaning: they tell a wrong answer, they make no right one."""


def _words(**rows: Word | str) -> dict[str, Word]:
    return {name: each if isinstance(each, Word) else Word(each) for name, each in rows.items()}


_NOT_A_PLACE = r"(?<!on the )(?<!at the )(?<!to the )"
ROWS: Final[dict[RowName, dict[str, Word]]] = {
    "count": {
        "1": Word(r"one|1|single"),
        "2": Word(r"two|2|both|pair"),
        "3": Word(r"three|3"),
        "0": Word(r"none|zero|0|nothing"),
        "4": Word(r"four|4|five|5|six|6"),
    },
    "background": _words(black="black", gray="gr[ae]y", white="white"),
    "colour": _words(
        red="red",
        orange="orange",
        yellow="yellow",
        green="green",
        cyan=Word("cyan", "turquoise|teal|aqua"),
        blue="blue",
        purple=Word("purple", "violet"),
        pink=Word("pink", "magenta"),
    ),
    "shape": _words(
        circle=Word("circles?", "dis[ck]s?|dots?"),
        square=Word("squares?", "box(es)?"),
        triangle="triangles?",
        star="stars?",
        ring=Word("rings?", "dough?nuts?|hoops?"),
        cross=Word("cross", "crosses|plus"),
    ),
    "size": _words(
        small=Word("small", "tiny|little|mini"),
        large=Word("large", "big|huge|giant"),
    ),
    "motion": {
        "still": Word(
            "still", "motionless|stationary|static|(do(es)?n't|do(es)? not|not|isn't) mov(e|ing)"
        ),
        "left": Word(rf"{_NOT_A_PLACE}left(ward|wards)?(?! (of|side))|moves? to the left"),
        "right": Word(rf"{_NOT_A_PLACE}right(ward|wards)?(?! (of|side))|moves? to the right"),
        "up": Word(r"up(ward|wards)?(?! and down)", "ris(es|ing)|climb(s|ing)"),
        "down": Word(r"(?<!up and )down(ward|wards)?", "fall(s|ing)|sink(s|ing)|drop(s|ping)"),
        "bounce": Word("bounc(e|es|ing|y)", "hop(s|ping)?|jump(s|ing)?"),
        "spin": Word("spin(s|ning)?", "rotat(e|es|ing)|turn(s|ing)|whirl(s|ing)"),
        "grow": Word("grow(s|ing)?", "expand(s|ing)|gets? bigger|getting bigger"),
        "shrink": Word("shrink(s|ing)?", "gets? smaller|getting smaller"),
        "blink": Word("blink(s|ing)?", "flash(es|ing)|flicker(s|ing)"),
    },
    "relation": _words(
        left="left",
        right="right",
        above=Word("above", "over|higher|on top"),
        below=Word("below", "under|beneath|underneath|lower"),
    ),
    "order": _words(bigger=Word("bigger|larger"), smaller=Word("smaller")),
    "clip": {
        "first": Word(r"first|1st|(video|clip) (1|one)"),
        "second": Word(r"second|2nd|(video|clip) (2|two)"),
    },
}

_CLIP_NAMES = re.compile(r"\b(video|clip)s? (\d|one|two|three)\b|\b(the|that|this) (\w+ )?one\b")
_MOVING_TO = re.compile(
    r"\b((?:mov|go|head|travel|slid|drift|glid|fl)\w*(?: \w+)?) (?:to|towards?) the (left|right)\b"
)


def carried(row: RowName, text: str) -> frozenset[str]:
    """The words of a row that a text carries, as the table has them or of that meaning."""
    plain = _plain(row, text)
    return frozenset(
        name
        for name, word in ROWS[row].items()
        if _has(word.table, plain) or (word.other and _has(word.other, plain))
    )


def carries_only(row: RowName, word: str, text: str) -> bool:
    """Whether a text carries `word` as the table has it, and no other word of its row."""
    return _has(ROWS[row][word].table, _plain(row, text)) and carried(row, text) <= {word}


def _plain(row: RowName, text: str) -> str:
    plain = re.sub(r"\s+", " ", text.lower().replace("’", "'"))
    if row == "count":
        return _CLIP_NAMES.sub(" ", plain)
    if row == "motion":
        return _MOVING_TO.sub(r"\1 \2", plain)
    return plain


def _has(pattern: str, text: str) -> bool:
    return re.search(rf"\b(?:{pattern})\b", text) is not None
