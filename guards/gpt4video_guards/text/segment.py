"""Where one English word ends and the next begins, in letters without spaces.

The words are those of the classifier's tokenizer (BERT's, in lower case), whose numbers rank them
by how often they are written. The split is the one of least cost, where a word costs the logarithm
of its rank: what is frequent is cheap, and few long words are cheaper than many short ones.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

_VOCABULARY: Final = Path(__file__).parent / "weights" / "tokenizer.json"
_FIRST: Final = "the"
"""The most frequent word; single letters stand before it."""
_LONGEST: Final = 20
_SHORT: Final = 2.0
"""What each word costs beside its rank, so that few are better than many."""
_UNKNOWN_LETTER: Final = 14.0
"""What a letter costs that belongs to no known word; it goes on with the word before it."""


def segmented(letters: str) -> list[str]:
    """The words that letters without spaces most likely are; joined, they are `letters` again."""
    text = letters.lower()
    if len(text) != len(letters):  # a letter whose lower case is two
        return [letters]
    best = [_Split(cost=0.0, start=0, begins=True)]
    for end in range(1, len(text) + 1):
        best.append(min(_splits(text, end, best), key=lambda split: split.cost))
    words: list[str] = []
    end, rest = len(letters), ""
    while end:
        split = best[end]
        rest = letters[split.start : end] + rest
        if split.begins:
            words.append(rest)
            rest = ""
        end = split.start
    return [rest, *reversed(words)] if rest else words[::-1]


class _Split(NamedTuple):
    """The best way to split some first letters."""

    cost: float
    start: int
    """Where the last word, or letter, begins."""
    begins: bool
    """It is a word, and no unknown letter that goes on with the one before."""


def _splits(text: str, end: int, best: Sequence[_Split]) -> Iterator[_Split]:
    costs = _costs()
    yield _Split(cost=best[end - 1].cost + _UNKNOWN_LETTER, start=end - 1, begins=False)
    for start in range(max(0, end - _LONGEST), end):
        cost = costs.get(text[start:end])
        if cost is not None:
            yield _Split(cost=best[start].cost + cost, start=start, begins=True)


@cache
def _costs() -> Mapping[str, float]:
    """By word of two letters or more, `a` and `i`."""
    vocabulary = json.loads(_VOCABULARY.read_text(encoding="utf-8"))["model"]["vocab"]
    first = vocabulary[_FIRST]
    costs = {
        word: math.log(number - first + 2) + _SHORT
        for word, number in vocabulary.items()
        if number >= first and word.isalpha() and len(word) > 1
    }
    return costs | {"a": _SHORT, "i": _SHORT + 1}
