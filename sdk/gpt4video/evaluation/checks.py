"""When an answer is right: it carries the word asked for and no other word of that row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from gpt4video.evaluation.words import ROWS, RowName, carried, carries_only
from gpt4video.shapes.world import SceneObject


class Check(Protocol):
    """Judges one answer."""

    def passes(self, answer: str) -> bool:
        """Whether the answer is right."""
        ...


@dataclass(frozen=True, kw_only=True)
class Carries:
    """Right when the answer carries this word and no other of its row."""

    row: RowName
    word: str

    def passes(self, answer: str) -> bool:
        """Whether the answer is right."""
        return carries_only(self.row, self.word, answer)


@dataclass(frozen=True, kw_only=True)
class SaysYes:
    """Right when the answer begins with yes (or, with `yes=False`, with no)."""

    yes: bool

    def passes(self, answer: str) -> bool:
        """Whether the answer is right."""
        start = re.match(r"\W*(yes|no)\b", answer.lower())
        return start is not None and start.group(1) == ("yes" if self.yes else "no")


@dataclass(frozen=True, kw_only=True)
class Describes:
    """Right when colour, shape and motion of every object are told, and none of another object's.

    The words between one colour and the next one belong to that colour's object; where an answer
    puts the colour behind the shape, the words before it do.
    """

    objects: tuple[SceneObject, ...]

    def passes(self, answer: str) -> bool:
        """Whether the answer is right."""
        if carried("colour", answer) != {each.colour for each in self.objects}:
            return False
        return any(
            all(self._told(each, spoken.get(each.colour, "")) for each in self.objects)
            for spoken in (_said_of_colours(answer), _said_of_colours(answer, before=True))
        )

    @staticmethod
    def _told(each: SceneObject, words: str) -> bool:
        return carries_only("shape", each.shape, words) and carries_only(
            "motion", each.motion, words
        )


@dataclass(frozen=True, kw_only=True)
class NamesWinner:
    """Right when the answer names this object, and not the other one, as the one asked for.

    `The red circle is bigger than the blue one` names the red circle; `the blue one is smaller`
    does not answer which one is bigger. Colour or shape may name it, where the shapes differ.
    """

    winner: SceneObject
    loser: SceneObject
    order: str
    """`bigger` or `smaller`."""

    def passes(self, answer: str) -> bool:
        """Whether the answer is right."""
        named = re.split(r"\bthan\b|\bcompared\b", answer.lower())[0]
        colours, shapes = carried("colour", named), carried("shape", named)
        if not carried("order", named) <= {self.order} or not colours <= {self.winner.colour}:
            return False
        if self.winner.shape == self.loser.shape:
            return bool(colours)
        return shapes <= {self.winner.shape} and bool(colours or shapes)


@dataclass(frozen=True, kw_only=True)
class Mentions:
    """Right when the answer holds one of these words (small talk about the assistant itself)."""

    any_of: tuple[str, ...]

    def passes(self, answer: str) -> bool:
        """Whether the answer is right."""
        return any(re.search(rf"\b{word}", answer.lower()) for word in self.any_of)


def _said_of_colours(answer: str, *, before: bool = False) -> dict[str, str]:
    """The words that belong to each colour named in the answer."""
    pattern = "|".join(word.table for word in ROWS["colour"].values())
    pieces = re.split(rf"\b({pattern})\b", answer.lower())
    said: dict[str, str] = {}
    for position in range(1, len(pieces), 2):
        words = pieces[position - 1] if before else pieces[position + 1]
        said[pieces[position]] = f"{said.get(pieces[position], '')} . {words}"
    return said
