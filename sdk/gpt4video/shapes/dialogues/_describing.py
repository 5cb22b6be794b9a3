"""Descriptions of whole clips, and lists of what they show."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._grammar import pick
from gpt4video.shapes.dialogues._story import Draft, Story, where
from gpt4video.shapes.dialogues._words import article, choose, joined
from gpt4video.shapes.dialogues._yesno import _clip
from gpt4video.shapes.world import COLOURS, Scene, SceneObject

# fmt: off

_DESCRIBE = (
    "describe {clip}{please}.", "describe {clip}.", "what [happens|is happening|goes on] in {clip}?",
    "what do you see{in}{please}?", "what can you see{in}?", "what is shown{in}?", "what's in {clip}?",
    "[please|can you|could you] describe {clip}[ for me| to me|]?", "tell me [about|what you see in|what happens in] {clip}{please}.",
    "give me a [description|summary|caption] of {clip}{please}.", "what does {clip} show?", "summarise {clip}.",
    "summarize {clip}{please}.", "caption {clip}.", "write a caption for {clip}{please}.", "what is {clip} about?",
    "what's going on{in}?", "what's happening{in}{please}?", "explain what [happens|you see] in {clip}.",
    "[in one sentence,|in a few words,|briefly,|in detail,|] what [happens|is shown] in {clip}?",
    "[can|could] you tell me what [happens|is] in {clip}?", "describe everything you see{in}.",
    "describe all [the objects|the shapes|objects]{in}.", "describe each [object|shape]{in} and how it moves.",
    "list the objects{in} with their [colours|colour, shape and motion].", "what am I [looking at|seeing]{in}?",
    "talk me through {clip}.", "I can't see {clip}. what's in it?", "what objects are there{in} and what do they do?",
    "which objects do you see{in} and how do they move?", "[ok|okay|hi|hello|hey], what do you see{in}?",
    "narrate {clip}.", "what would you say {clip} shows?", "how would you describe {clip}?", "description please",
    "give me [a full|a complete|a detailed|a short|the whole] [account|summary|description|report] of {clip}{please}.",
    "tell me [all|everything|all there is] about {clip}{please}.", "[shapes, colours and motions|every object, its colour and its motion|who is there, and how it moves]{in}[, please|]?",
    "[describe|list|name] [all objects|every shape|everything]{in}, with [colour and motion|colours and how they move|all details].",
    "what was that?", "what did you see{in}?", "put {clip} into words.",
)
_COLOURS = (
    "[what|which] {hue}s [do you see|are there|can you see|appear]{in}?", "list [all |]the {hue}s{in}.",
    "what {hue}s are the {objects}{in}?", "{tell} the {hue}s of the {objects}{in}.", "what {hue}s do the {objects} have{in}?",
    "which {hue}s are used for the {objects}{in}?", "name the {hue}s of all {objects}{in}.",
)
_SHAPES = (
    "[what|which] shapes [do you see|are there|can you see|appear|are shown]{in}?", "list [all |]the shapes{in}.",
    "what kinds of shapes are there{in}?", "{tell} which shapes there are{in}.", "name the shapes{in}.",
    "what shapes are the objects{in}?", "what [objects|things|figures] are there{in}?", "which [objects|figures] do you see{in}?",
)
_WATCH = (
    "[watch|look at|here is|here's|see|check out] [this|the|my|a] [video|clip]", "I have a [video|clip] for you",
    "[take a look at|have a look at] this [video|clip|one]", "here you go", "I'm [showing|sending] you a [video|clip]",
)
_WATCHED = "I have watched the clip. What would you like to know about it?"
# fmt: on


def in_order(scene: Scene) -> list[SceneObject]:
    """The objects in the order in which they are described: that of their colours."""
    return sorted(scene.objects, key=lambda each: COLOURS.index(each.colour))


def describe(scene: Scene) -> str:
    """`The clip shows a small red circle moving right and ... on a black background.`"""
    things = joined([article(each.phrase) for each in in_order(scene)])
    return f"The clip shows {things} on a {scene.background} background."


def ask_description(rng: Random, story: Story, clip: int) -> Draft:
    """A wish for a description of a whole clip."""
    scene = story.scenes[clip]
    place = where(rng, story, clip)
    name = (
        _clip(place)
        if place.startswith(" in ")
        else choose(rng, ("the video", "the clip", "this video", "this clip", "it"))
    )
    if name == "it" and story.turns:
        name = "the clip"
    text = pick(_DESCRIBE, rng, clip=name, **{"in": place})
    focus = (clip, 0) if len(scene.objects) == 1 else None
    return Draft(user=text, assistant=describe(scene), family="description", focus=focus)


def ask_list(rng: Random, story: Story, clip: int) -> Draft:
    """A wish for all colours or all shapes."""
    scene = story.scenes[clip]
    place = where(rng, story, clip)
    if rng.random() < 0.5:
        text = pick(_COLOURS, rng, **{"in": place})
        words = joined([each.colour for each in in_order(scene)])
        noun = "object is" if len(scene.objects) == 1 else "objects are"
        return Draft(user=text, assistant=f"The {noun} {words}.", family="list")
    text = pick(_SHAPES, rng, **{"in": place})
    words = joined([article(f"{each.colour} {each.shape}") for each in in_order(scene)])
    return Draft(user=text, assistant=f"The clip shows {words}.", family="list")


def just_watch(rng: Random, story: Story, clip: int) -> Draft:
    """A clip shown without a question."""
    focus = (clip, 0) if len(story.scenes[clip].objects) == 1 else None
    return Draft(user=pick(_WATCH, rng), assistant=_WATCHED, family="watch", focus=focus)
