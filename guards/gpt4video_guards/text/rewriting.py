"""A text that was rewritten, with the way back to the characters it was made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Edit:
    """`text[start:end]` reads as `to`."""

    start: int
    end: int
    to: str = ""
    origin: Literal["whole", "each", "backwards"] = "whole"
    """Where the characters of `to` come from: each from the whole of `[start, end)`, the n-th from
    the n-th, or the n-th from the last but n; the latter two for texts of the same length."""
    sure: bool = True
    """It can be read in no other way: as it stands, `text[start:end]` means nothing."""


@dataclass(frozen=True, kw_only=True)
class NormalisedText:
    """A text as it is read, whose characters remember where in the original they came from."""

    text: str
    starts: Sequence[int]
    """For each character of `text`, where in the original what it was made of begins."""
    ends: Sequence[int]
    """The same for where it ends."""
    length: int
    """Characters of the original."""
    sure: bool = True
    """So is all that was rewritten."""

    @classmethod
    def of(cls, text: str) -> NormalisedText:
        """The text itself, not rewritten yet."""
        size = len(text)
        return cls(text=text, starts=range(size), ends=range(1, size + 1), length=size)

    def original_span(self, span: tuple[int, int]) -> tuple[int, int]:
        """The characters [start, end) of the original that a span of `text` was made of.

        A span that reaches out of `text` is cut to it; an empty one gives an empty one.
        """
        start, end = (min(max(0, index), len(self.text)) for index in span)
        if end <= start:
            place = self.starts[start] if start < len(self.text) else self.length
            return (place, place)
        return (min(self.starts[start:end]), max(self.ends[start:end]))

    def rewritten(self, edits: Iterable[Edit]) -> NormalisedText:
        """With the edits made; they are in order and do not overlap."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done, sure = 0, self.sure
        for edit in edits:
            span = slice(edit.start, edit.end)
            pieces += (self.text[done : edit.start], edit.to)
            starts += self.starts[done : edit.start]
            ends += self.ends[done : edit.start]
            if edit.origin == "whole":
                if edit.to:
                    starts += [min(self.starts[span])] * len(edit.to)
                    ends += [max(self.ends[span])] * len(edit.to)
            else:
                step = 1 if edit.origin == "each" else -1
                starts += self.starts[span][::step]
                ends += self.ends[span][::step]
            done, sure = edit.end, sure and edit.sure
        if not pieces:
            return self
        pieces.append(self.text[done:])
        starts += self.starts[done:]
        ends += self.ends[done:]
        text = "".join(pieces)
        return NormalisedText(text=text, starts=starts, ends=ends, length=self.length, sure=sure)

    def through(self, *passes: Callable[[str], Iterable[Edit]]) -> NormalisedText:
        """Each pass in turn says what it would rewrite of what the one before left."""
        read = self
        for look in passes:
            read = read.rewritten(look(read.text))
        return read
