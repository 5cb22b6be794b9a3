"""What has been said and shown so far in a dialogue, as the next turn needs to know it."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from gpt4video.shapes.dialogues._values import Turn
from gpt4video.shapes.dialogues._words import choose
from gpt4video.shapes.world import Scene

_ORDINALS = (("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"))


@dataclass(kw_only=True)
class Draft:
    """A turn before it is typed: words as they should be, and what they change."""

    user: str
    assistant: str
    family: str
    reasoning: str = ""
    """What the assistant notes for itself before it answers."""
    focus: tuple[int, int] | None = None
    """(clip, object) that a pronoun in the next turn would mean."""
    made: Scene | None = None
    """The clip that the answer asks the generator for."""
    typed: bool = False
    """Whether the user's words are to be left as they are."""


@dataclass(kw_only=True)
class Story:
    """A conversation so far."""

    scenes: list[Scene]
    shown: int = 0
    """How many of the scenes the user has shown."""
    made: Scene | None = None
    """The clip made last, if any."""
    latest_is_made: bool = False
    """Whether the newest clip of the conversation is one that was made."""
    focus: tuple[int, int] | None = None
    family: str = ""
    """The family of the turn before."""
    turns: list[Turn] = field(default_factory=list)

    def in_clip(self, said: str, clip: int) -> str:
        """The same answer with the name of its clip, where there is more than one."""
        if self.shown < 2 and self.made is None:
            return said
        named = f"the {_ORDINALS[clip][0]} video" if clip < len(_ORDINALS) else f"video {clip + 1}"
        said = said.replace(" in the clip", "")
        if said.startswith("The clip shows"):
            return f"{named[0].upper()}{named[1:]}{said.removeprefix('The clip')}"
        for verdict in ("Yes, ", "No, "):
            if said.startswith(verdict):
                return f"{verdict}in {named}, {said.removeprefix(verdict)}"
        return f"In {named}, {lowered(said)}"

    def take(self, draft: Draft, user: str, clips: tuple[int, ...]) -> None:
        """Adds a turn and remembers what it changed."""
        self.turns.append(
            Turn(
                clips=clips,
                user=user,
                assistant=draft.assistant,
                reasoning=draft.reasoning,
                family=draft.family,
                made=draft.made,
            )
        )
        if draft.made is not None:
            self.made = draft.made
            self.latest_is_made = True
        self.focus = draft.focus
        self.family = draft.family


def lowered(said: str) -> str:
    """The same words within a sentence: their first letter small."""
    return f"{said[0].lower()}{said[1:]}"


def clip_name(rng: Random, number: int, count: int) -> str:
    """`video 2` or `the second clip` for clip `number` (from 1) of `count`."""
    noun = choose(rng, ("video", "clip", "video", "clip", "film", "movie"))
    first, short = _ORDINALS[min(number, 4) - 1]
    names = [f"{noun} {number}", f"{noun} {number}", f"the {first} {noun}", f"the {first} {noun}"]
    names += [f"the {short} {noun}", f"{noun} number {number}", f"the {first} one", f"#{number}"]
    if number == count and count > 1:
        names += [f"the last {noun}", f"the latest {noun}"]
    if count == 2:
        names += [f"the earlier {noun}", f"the previous {noun}"] if number == 1 else []
        names += [f"the other {noun}"] if number == 1 else []
    return choose(rng, names)


def this_clip(rng: Random) -> str:
    """The clip just shown."""
    return choose(rng, ("the video", "the clip", "this video", "this clip", "the film", "here"))


def where(rng: Random, story: Story, clip: int) -> str:
    """` in video 2`, or nothing when it goes without saying; starts with a space if not empty."""
    if clip == story.shown - 1 and not story.latest_is_made and rng.random() < 0.6:
        if rng.random() < 0.7:
            return ""
        name = this_clip(rng)
        return " here" if name == "here" else f" in {name}"
    if story.shown == 1 and not story.latest_is_made:
        return f" in {choose(rng, ('video 1', 'the video', 'the clip', 'clip 1'))}"
    return f" in {clip_name(rng, clip + 1, story.shown)}"
