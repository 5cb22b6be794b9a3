"""What a dialogue about clips is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gpt4video.shapes.world import Scene


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One question or request and its answer."""

    clips: tuple[int, ...] = ()
    """Indices, into the dialogue's scenes, of the clips first shown in this turn."""
    user: str
    """What the user writes."""
    assistant: str
    """What a good assistant answers; a request for a clip holds `<video> prompt </video>`."""
    reasoning: str = ""
    """What it notes for itself before the answer, which the user never sees; mostly nothing."""
    family: str
    """The kind of turn, e.g. `colour`, `relation`, `make`, `edit`, `unsafe`."""
    made: Scene | None = None
    """The clip that the answer asks the generator for."""


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """Several turns over the clips of a conversation."""

    scenes: Sequence[Scene]
    """The clips, in the order in which the turns show them: video 1 is the first."""
    turns: tuple[Turn, ...]
    """At least one."""
