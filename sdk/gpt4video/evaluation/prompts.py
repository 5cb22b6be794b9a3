"""Reading the words of a video prompt back into objects and a background."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from gpt4video.evaluation.words import carried
from gpt4video.shapes.world import Background, SceneObject

_BACKGROUND = re.compile(
    r"\b(?:on|with|against|over|in front of)?\s*(?:an?|the)?\s*"
    r"(black|gr[ae]y|white)\s*(?:background|backdrop)?\b"
)
_NEXT_OBJECT = re.compile(r"(?:,\s*(?:and\s+)?|\band\s+|\bwith\s+)(?=(?:an?|one|another)\s)")


@dataclass(frozen=True, kw_only=True)
class PromptObject:
    """The words of one object of a prompt, by row; several or none where the prompt is unclear."""

    colour: frozenset[str]
    shape: frozenset[str]
    size: frozenset[str]
    motion: frozenset[str]

    def fits(self, wish: SceneObject, attribute: str) -> bool:
        """Whether this attribute is told, once, and as the wish has it."""
        return bool(getattr(self, attribute) == {getattr(wish, attribute)})


@dataclass(frozen=True, kw_only=True)
class PromptWords:
    """What a video prompt names."""

    background: frozenset[str]
    objects: tuple[PromptObject, ...]


def read_prompt(prompt: str) -> PromptWords:
    """The objects (in order) and the background that a prompt names."""
    plain = prompt.lower()
    background = frozenset(word.replace("grey", "gray") for word in _BACKGROUND.findall(plain))
    rest = _BACKGROUND.sub(" ", plain)
    parts = [part for part in _NEXT_OBJECT.split(rest) if carried("shape", part)]
    objects = tuple(
        PromptObject(
            colour=carried("colour", part),
            shape=carried("shape", part),
            size=carried("size", part),
            motion=carried("motion", part),
        )
        for part in parts
    )
    return PromptWords(background=background, objects=objects)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a request asks for: objects with the attributes that it names; the others are free."""

    objects: tuple[SceneObject, ...]
    named: tuple[frozenset[str], ...]
    """For each object the attributes (`colour`, `shape`, `size`, `motion`) that were asked for."""
    background: Background | None = None
    """None when any will do."""

    def met_by(self, prompt: str) -> bool:
        """Whether a prompt names all that was asked for, and as many objects."""
        words = read_prompt(prompt)
        if self.background is not None and words.background != {self.background}:
            return False
        if len(words.objects) != len(self.objects):
            return False
        return self._assigned(words.objects)

    def _assigned(self, told: tuple[PromptObject, ...]) -> bool:
        return any(
            all(
                each.fits(wish, attribute)
                for each, wish, named in zip(order, self.objects, self.named, strict=True)
                for attribute in named
            )
            for order in itertools.permutations(told)
        )
