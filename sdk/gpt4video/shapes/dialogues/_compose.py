"""Whole dialogues: which turns follow one another over which clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from gpt4video.shapes.dialogues._asking import ask_attribute, ask_background, ask_count
from gpt4video.shapes.dialogues._comparing import ask_comparison
from gpt4video.shapes.dialogues._describing import (
    ask_description,
    ask_list,
    in_order,
    just_watch,
)
from gpt4video.shapes.dialogues._editing import ask_edit
from gpt4video.shapes.dialogues._following import follow_up
from gpt4video.shapes.dialogues._making import ask_for_clip
from gpt4video.shapes.dialogues._noise import as_typed
from gpt4video.shapes.dialogues._refusing import outside_request, unsafe_request
from gpt4video.shapes.dialogues._relating import ask_bigger, ask_relation
from gpt4video.shapes.dialogues._safety import SafetyTexts, safety_draft
from gpt4video.shapes.dialogues._story import Draft, Story
from gpt4video.shapes.dialogues._talking import ask_about_made, small_talk
from gpt4video.shapes.dialogues._values import Dialogue
from gpt4video.shapes.dialogues._yesno import (
    ask_anything,
    ask_existence,
    ask_ground,
    ask_missing,
    ask_whether,
    lead_in,
)
from gpt4video.shapes.world import Scene
from gpt4video_guards.errors import InvalidInputError

Maker = Callable[[Random, Story], Draft | None]


def _about(maker: Callable[[Random, Story, int], Draft | None], *, named: bool = True) -> Maker:
    def make(rng: Random, story: Story) -> Draft | None:
        if story.shown == 0:
            return None
        latest = story.shown - 1
        clip = latest if rng.random() < 0.6 else rng.randrange(story.shown)
        draft = maker(rng, story, clip)
        if draft is not None and named:
            draft.assistant = story.in_clip(draft.assistant, clip)
            draft.reasoning = draft.reasoning and story.in_clip(draft.reasoning, clip)
        return draft

    return make


def _attribute(name: str) -> Maker:
    return _about(lambda rng, story, clip: ask_attribute(rng, story, clip, name))


def _comparison(rng: Random, story: Story) -> Draft | None:
    if story.shown < 2:
        return None
    first, second = sorted(rng.sample(range(story.shown), 2))
    return ask_comparison(rng, story, (first, second))


WATCHING: dict[str, tuple[float, Maker]] = {
    "colour": (1.2, _attribute("colour")),
    "shape": (1.2, _attribute("shape")),
    "size": (1.1, _attribute("size")),
    "motion": (1.8, _attribute("motion")),
    "count": (0.9, _about(ask_count)),
    "background": (0.8, _about(ask_background)),
    "existence": (1.2, _about(ask_existence)),
    "anything": (0.5, _about(ask_anything)),
    "whether": (0.9, _about(ask_whether)),
    "ground": (0.4, _about(ask_ground)),
    "missing": (0.4, _about(ask_missing)),
    "relation": (2.2, _about(ask_relation)),
    "bigger": (1.2, _about(ask_bigger)),
    "description": (1.1, _about(ask_description)),
    "list": (0.3, _about(ask_list)),
    "watch": (0.15, _about(just_watch, named=False)),
    "comparison": (5.0, _comparison),
    "follow_up": (2.5, follow_up),
}
"""Turns about clips that were shown, by name, with how often each is tried."""
TRIES = 1000
"""How often a turn is drawn before it is said that none of its families fits."""
OTHERS: dict[str, tuple[float, Maker]] = {
    "make": (3.2, lambda rng, story: ask_for_clip(rng)),
    "make_full": (0.0, lambda rng, story: ask_for_clip(rng, full=True)),
    "edit": (2.6, ask_edit),
    "about_made": (0.35, ask_about_made),
    "small_talk": (0.8, small_talk),
    "outside": (0.8, lambda rng, story: outside_request(rng)),
    "unsafe": (0.7, lambda rng, story: unsafe_request(rng)),
}
"""Turns that need no clip to be shown, with how often each is tried."""


def _draw(rng: Random, story: Story, families: dict[str, tuple[float, Maker]]) -> Draft:
    names = list(families)
    weights = [families[name][0] for name in names]
    for _ in range(TRIES):
        draft = families[rng.choices(names, weights)[0]][1](rng, story)
        if draft is not None:
            return draft
    raise InvalidInputError(
        "families", ", ".join(names), f"one that fits a dialogue with {story.shown} clips shown"
    )


def _add_turn(
    rng: Random, story: Story, families: dict[str, tuple[float, Maker]], new: int
) -> None:
    """Shows `new` more clips, then adds a turn."""
    clips = tuple(range(story.shown, story.shown + new))
    if new:
        story.shown += new
        story.latest_is_made = False
        story.focus = None
    draft = _draw(rng, story, families)
    user = draft.user
    if not draft.typed:
        user = as_typed(rng, lead_in(rng) + user)
    story.take(draft, user, clips)


def _shows(rng: Random, clips: int, turns: int) -> list[int]:
    """How many new clips each turn shows; all are shown."""
    shows = [0] * turns
    if clips and rng.random() < 0.5:
        shows[0] = clips
        return shows
    for at in range(clips):
        shows[0 if at == 0 else rng.randrange(turns)] += 1
    return shows


def sample_dialogue(
    rng: Random,
    scenes: Sequence[Scene],
    *,
    turns: int | None = None,
    families: Sequence[str] | None = None,
    order: bool = False,
    together: bool = False,
    safety: SafetyTexts | None = None,
    safety_share: float = 0.0,
) -> Dialogue:
    """One dialogue in which every scene is shown as a clip, in order.

    Args:
        rng: Where all choices come from; the same state gives the same dialogue.
        scenes: The clips; none gives a dialogue without clips.
        turns: How many turns; drawn when not given.
        families: Names of `WATCHING` and `OTHERS` to draw from; all that fit when not given.
        order: Take the families one after another, one turn each, rather than draw.
        together: Show all clips in the first turn.
        safety: Labelled texts; a share of the turns are then requests of theirs.
        safety_share: The share of turns that come from `safety`.

    Returns:
        The dialogue; `turn.clips` says before which question which scene is first shown.

    Raises:
        InvalidInputError: None of the families fits, such as a comparison with one clip shown.
    """
    story = Story(scenes=[replace(each, objects=tuple(in_order(each))) for each in scenes])
    count = turns if turns is not None else rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6))
    if order and families is not None:
        count = len(families)
    every = {**WATCHING, **OTHERS}
    chosen = None
    if families is not None:
        chosen = {name: (every[name][0] or 1.0, every[name][1]) for name in families}
    shows = [len(scenes)] + [0] * (count - 1) if together else _shows(rng, len(scenes), count)
    for at, new in enumerate(shows):
        if safety is not None and rng.random() < safety_share and (story.shown or not new):
            clips = tuple(range(story.shown, story.shown + new))
            story.shown += new
            draft = safety_draft(rng, safety)
            story.take(draft, draft.user, clips)
            continue
        pool = chosen or _pool(rng, story, new)
        if order and families is not None:
            pool = {families[at]: (1.0, every[families[at]][1])}
        _add_turn(rng, story, pool, new)
    return Dialogue(scenes=tuple(scenes), turns=tuple(story.turns))


def _pool(rng: Random, story: Story, new: int) -> dict[str, tuple[float, Maker]]:
    if new or (story.shown and rng.random() < 0.75 and not story.latest_is_made):
        if rng.random() < 0.12:
            return OTHERS
        return WATCHING
    if story.shown and rng.random() < 0.25:
        return {**WATCHING, **OTHERS}
    return OTHERS
