"""Follow-ups that lean on the turn before: `and its colour?`, `what about the other one?`"""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._asking import answer, count_sentence
from gpt4video.shapes.dialogues._describing import describe
from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._refer import refer
from gpt4video.shapes.dialogues._story import Draft, Story, clip_name
from gpt4video.shapes.dialogues._words import choose, colour_word, motion_words
from gpt4video.shapes.dialogues._yesno import noted, verdict
from gpt4video.shapes.world import COLOURS, MOTIONS

# fmt: off

WORDS["and"] = ("and", "and", "and", "okay, and", "ok and", "now", "", "so", "also,", "great,", "thanks,", "right, and")
ITS = {
    "colour": (
        "{and} its {hue}?", "{and} what {hue} is it?", "{and} what is its {hue}?", "{and} the {hue}?", "{and} in what {hue}?",
        "what {hue}?", "what's its {hue}?", "{and} which {hue} is it?", "{and} how is it coloured?", "which {hue}?", "{hue}?",
        "{and} what about [the|its] {hue}?", "[which|what] {hue} does it have?", "[which|what] {hue} is that [one|object|thing]?",
    ),
    "shape": (
        "{and} its shape?", "{and} what shape is it?", "{and} what is its shape?", "{and} the shape?", "what is it exactly?",
        "{and} which shape?", "what kind of shape is it?", "{and} what [sort|type] of figure?", "shape?", "what's its shape?",
        "{and} what about [the|its] shape?", "[which|what] shape does it have?", "[which|what] shape is that [one|object|thing]?",
    ),
    "size": (
        "{and} its size?", "{and} how big is it?", "{and} what size is it?", "{and} is it big or small?", "{and} the size?",
        "is it large or small?", "{and} how large?", "size?", "{and} how big?", "{and} what about [the|its] size?", "is it [small or large|small or big]?",
        "how [big|large] is that [one|object|thing]?",
    ),
    "motion": (
        "{and} its {motion}?", "{and} how does it move?", "{and} what does it do?", "{and} what is it doing?", "{and} the {motion}?",
        "how is it moving?", "{and} how does it behave?", "{and} what happens to it?", "motion?", "{and} does it move?", "{and} is it moving?",
        "{and} what about [the|its] {motion}?", "what's it doing?", "{and} how does that [one|object|thing] move?",
    ),
    "background": (
        "{and} the {ground}?", "{and} what about the {ground}?", "{and} the {hue} of the {ground}?", "{and} what is behind it?",
        "{and} what {hue} is the {ground}?", "{and} on what {ground}?",
    ),
    "count": ("{and} how many {objects} [are there|in total]?", "{and} how many?", "how many in total?"),
}
_OTHER = (
    "{and} the other [one|object|shape]?", "{and} what about the other [one|object|shape]?", "what about the other[ one|]?",
    "{and} for the other [one|object|shape]?", "how about the other one?", "{and} the second one?", "same question for the other [one|object].",
)
_NAMED = (
    "{and} {ref}?", "{and} what about {ref}?", "what about {ref}?", "how about {ref}?", "{and} for {ref}?", "same question for {ref}.",
    "{and} that of {ref}?",
)
_OTHER_CLIP = (
    "{and} in {clip}?", "{and} what about {clip}?", "what about {clip}?", "how about {clip}?", "{and} for {clip}?", "{and} {clip}?",
    "same question for {clip}.", "{and} how is it in {clip}?",
)
_IS_IT = ("is it {quality}?", "{and} is it {quality}?", "it's {quality}, right?", "so it is {quality}?")
# fmt: on
ATTRIBUTES = ("colour", "shape", "size", "motion")


def follow_up(rng: Random, story: Story) -> Draft | None:
    """A turn that only makes sense after the one before; None when nothing fits."""
    if story.focus is None:
        return None
    scene = story.scenes[story.focus[0]]
    kind = rng.random()
    if kind < 0.55:
        return _its(rng, story)
    if kind < 0.63:
        return _is_it(rng, story)
    if story.family in ATTRIBUTES and len(scene.objects) > 1 and kind < 0.9:
        return _another(rng, story)
    if story.shown > 1:
        return _other_clip(rng, story)
    return _its(rng, story)


def _its(rng: Random, story: Story) -> Draft | None:
    assert story.focus is not None
    clip, index = story.focus
    scene = story.scenes[clip]
    kind = rng.choice(("colour", "shape", "size", "motion", "motion", "background", "count"))
    if kind == story.family or (kind == "count" and rng.random() < 0.6):
        return None
    text = pick(ITS[kind], rng)
    if kind == "background":
        said = f"The background is {scene.background}."
    elif kind == "count":
        said = count_sentence(len(scene.objects))
    else:
        said = answer(scene, index, kind)
    said = story.in_clip(said, clip)
    return Draft(user=text, assistant=said, family="follow_up", focus=story.focus)


def _is_it(rng: Random, story: Story) -> Draft | None:
    assert story.focus is not None
    clip, index = story.focus
    thing = story.scenes[clip].objects[index]
    attribute = rng.choice(("colour", "motion"))
    truth = getattr(thing, attribute)
    pool = COLOURS if attribute == "colour" else MOTIONS
    value = truth if rng.random() < 0.5 else rng.choice([v for v in pool if v != truth])
    quality = colour_word(rng, value) if attribute == "colour" else motion_words(rng, value)[2]  # type: ignore[arg-type]
    fact = answer(story.scenes[clip], index, attribute)
    return Draft(
        user=pick(_IS_IT, rng, quality=quality),
        assistant=story.in_clip(verdict(value == truth, fact), clip),
        reasoning=story.in_clip(noted(fact), clip),
        family="follow_up",
        focus=story.focus,
    )


def _another(rng: Random, story: Story) -> Draft | None:
    assert story.focus is not None
    clip, index = story.focus
    scene = story.scenes[clip]
    others = [at for at in range(len(scene.objects)) if at != index]
    other = rng.choice(others)
    if len(others) == 1 and rng.random() < 0.5:
        text = pick(_OTHER, rng)
    else:
        hide = (story.family, "place") if story.family != "motion" else ("motion",)
        reference = refer(rng, scene, other, hide=hide)
        if reference is None:
            return None
        text = pick(_NAMED, rng, ref=reference)
    said = story.in_clip(answer(scene, other, story.family), clip)
    return Draft(user=text, assistant=said, family="follow_up", focus=(clip, other))


def _other_clip(rng: Random, story: Story) -> Draft | None:
    assert story.focus is not None
    clip, _ = story.focus
    others = [at for at in range(story.shown) if at != clip]
    other = rng.choice(others)
    scene = story.scenes[other]
    name = clip_name(rng, other + 1, story.shown)
    if story.shown == 2 and rng.random() < 0.4:
        name = choose(rng, ("the other video", "the other clip", "the other one"))
    text = pick(_OTHER_CLIP, rng, clip=name)
    if story.family == "background":
        said = f"The background is {scene.background}."
    elif story.family == "count":
        said = count_sentence(len(scene.objects))
    elif story.family == "description":
        said = describe(scene)
    elif story.family in ATTRIBUTES and len(scene.objects) == 1:
        said = answer(scene, 0, story.family)
    else:
        return None
    focus = (other, 0) if len(scene.objects) == 1 else None
    said = story.in_clip(said, other)
    return Draft(user=text, assistant=said, family="follow_up", focus=focus)
