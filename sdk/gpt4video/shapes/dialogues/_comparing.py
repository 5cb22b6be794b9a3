"""Questions that compare two clips of one conversation."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._describing import describe
from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._story import Draft, Story, clip_name
from gpt4video.shapes.dialogues._words import (
    NUMBERS,
    article,
    background_word,
    choose,
    colour_word,
    motion_words,
    shape_word,
)
from gpt4video.shapes.dialogues._yesno import listed, said_name, verdict
from gpt4video.shapes.world import BACKGROUNDS, MOTION_PHRASE, SHAPES, Scene, SceneObject

# fmt: off

WORDS["clips"] = ("videos", "videos", "clips", "clips", "films")
WORDS["clip1"] = ("video", "video", "clip", "clip", "one", "film")
WORDS["whichclip"] = (
    "which {clip1}", "which {clip1}", "which of the [two |] {clips}", "which [one|video|clip] of the two",
    "what {clip1}", "which of them",
)
_HOLDS = (
    "{whichclip} [has|shows|contains|features] {a}?", "in {whichclip} [is there|do you see|can I see|do we see] {a}?",
    "{whichclip} shows {a}{please}?", "{tell} {whichclip} [has|shows|contains] {a}.", "where do you see {a}, {one} or {two}?",
    "{a}: {whichclip}?", "is {a} in {one} or in {two}?", "does {one} or {two} [show|have|contain] {a}?",
    "in which [video|clip] [was|is] {a}?", "find the [video|clip] with {a}.",
)
_MOVES = (
    "in {whichclip} does [something|an object|a shape|anything] {base}?", "{whichclip} has [something|an object|a shape] that {finite}?",
    "in {whichclip} is [something|an object|a shape] {doing}?", "{whichclip} [shows|has] [something|an object|a shape] {doing}?",
    "where does something {base}, in {one} or in {two}?", "{tell} {whichclip} shows something {doing}.",
)
_GROUND_WHICH = (
    "{whichclip} has [a|the] {ground_hue} {ground}?", "{whichclip} is on a {ground_hue} {ground}?", "in {whichclip} is the {ground} {ground_hue}?",
    "{tell} {whichclip} has the {ground_hue} {ground}.", "which of the {clips} has a {ground_hue} {ground}?", "is the {ground} {ground_hue} in {one} or in {two}?",
)
_MORE = (
    "{whichclip} [has|shows|contains] more {objects}?", "in {whichclip} are there more {objects}?", "{whichclip} has [the most|the higher number of] {objects}?",
    "are there more {objects} in {one} or [in |]{two}?", "{tell} {whichclip} has more {objects}.", "does {one} or {two} have more {objects}?",
    "more {objects}: {one} or {two}?", "where are there more {objects}, in {one} or {two}?",
)
_FEWER = (
    "{whichclip} [has|shows|contains] [fewer|less] {objects}?", "in {whichclip} are there [fewer|less] {objects}?", "{whichclip} has the fewest {objects}?",
    "are there fewer {objects} in {one} or [in |]{two}?", "{tell} {whichclip} has fewer {objects}.",
)
_SAME_GROUND = (
    "do [both|the two|the] {clips} have the same {ground}?", "is the {ground} the same in [both|the two] {clips}?", "is the {ground} of {one} the same as in {two}?",
    "are the {ground}s [of both {clips}|in the two {clips}] the same?", "do {one} and {two} have the same {ground}[ colour|]?",
    "does {two} have the same {ground} as {one}?",
)
_SAME_COUNT = (
    "do [both|the two|the] {clips} have the same number of {objects}?", "is the number of {objects} the same in [both|the two] {clips}?",
    "does {two} have as many {objects} as {one}?", "do {one} and {two} show the same number of {objects}?",
)
_SAME = (
    "is {a} [of|in] {one} the same {attribute} as the one in {two}?", "do the {shape}s in [both|the two] {clips} have the same {attribute}?",
    "does {a} have the same {attribute} in [both|the two] {clips}?", "is the {attribute} of {a} the same in {one} and {two}?",
)
_BOTH = (
    "do [both|the two] {clips} [show|have|contain] {a}?", "is there {a} in both {clips}?", "does {a} appear in both {clips}?",
    "do {one} and {two} both [have|show] {a}?", "is {a} in both?", "can I see {a} in [each|both] of the {clips}?",
)
_TOTAL = (
    "how many {objects} are there in [both {clips}|the two {clips}] together?", "how many {objects} [are there |]in total in [both|the two] {clips}?",
    "count the {objects} in both {clips} together.",
)
WORDS["same"] = ("the same",) * 4 + ("an identical", "a matching", "the very same")
WORDS["colourword"] = ("colour",) * 4 + ("hue", "shade")
WORDS["shapeword"] = ("shape",) * 4 + ("form", "[kind|sort|type] of [shape|figure|object]", "geometric shape")
WORDS["sizeword"] = ("size",)
WORDS["motionword"] = ("motion", "motion", "movement", "way of moving", "kind of [motion|movement]")
_ATTRIBUTE_WORDS = {"colour": "colourword", "shape": "shapeword", "size": "sizeword", "motion": "motionword"}
_SAME_SINGLE = (
    "is the {attribute} the same in [both|the two] {clips}?", "is the {attribute} the same in {one} and [in |]{two}?",
    "do [both|the two|the] {clips} [show|have] {same} {attribute}?", "do {one} and {two} [show|have] {same} {attribute}?",
    "does {two} [show|have] {same} {attribute} as {one}?", "{same} {attribute} in [both|the two] {clips}?",
    "do the {objects} [in|of] [both|the two] {clips} have {same} {attribute}?", "is it {same} {attribute} [both times|twice|in both]?",
    "are the {objects} in {one} and {two} of {same} {attribute}?", "{tell} [if|whether] the {attribute} is the same in both {clips}.",
    "[compare|look at] the {attribute} in {one} and {two}: is it the same?", "does the {attribute} differ between the two {clips}, or is it the same?",
)
_DIFFER = (
    "what is the difference between [the two {clips}|{one} and {two}|the {clips}|them]?", "how do [the two {clips}|{one} and {two}] differ?",
    "compare [the two {clips}|{one} and {two}|the {clips}|both {clips}]{please}.", "how is {one} different from {two}?",
    "what's different [between|in] the two {clips}?", "describe both {clips}{please}.", "what do you see in [the two|both] {clips}?",
    "what happens in each {clip1}?", "describe the [two|] {clips}.", "[summarise|summarize] both {clips}.", "compare them{please}.",
)
# fmt: on


def _names(rng: Random, story: Story, pair: tuple[int, int]) -> dict[str, str]:
    first, second = pair
    count = story.shown
    if rng.random() < 0.3:
        noun = choose(rng, ("video", "clip"))
        return {"one": f"{noun} {first + 1}", "two": f"{noun} {second + 1}"}
    return {
        "one": clip_name(rng, first + 1, count),
        "two": clip_name(rng, second + 1, count),
    }


def _has(scene: Scene, name: str, value: str) -> bool:
    return any(getattr(each, name) == value for each in scene.objects)


def ask_comparison(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    """One question about two clips: what is in each is noted, then comes the answer."""
    makers = (_ask_holds, _ask_holds, _ask_moves, _ask_ground, _ask_more, _ask_same_ground,
              _ask_same_count, _ask_same, _ask_same_single, _ask_both, _ask_total,
              _ask_difference)  # fmt: skip
    found = makers[rng.randrange(len(makers))](rng, story, pair)
    if found is None:
        return None
    user, noted, said = found
    return Draft(user=user, assistant=said, reasoning=noted, family="comparison")


Asked = tuple[str, str, str]
"""What the user asks, what the assistant notes, and what it says."""


def _shown(story: Story, pair: tuple[int, int], wanted: tuple[str, ...] = ()) -> str:
    """`Video 1 shows a red star, video 2 shows a blue ring and a pink cross`"""
    first, second = (f"ideo {at + 1} shows {listed(story.scenes[at], wanted)}" for at in pair)
    return f"V{first}, v{second}"


def _each(pair: tuple[int, int], what: str, values: tuple[object, object]) -> str:
    """`The background is gray in video 1 and white in video 2`"""
    return f"{what} {values[0]} in video {pair[0] + 1} and {values[1]} in video {pair[1] + 1}"


def _alike(pair: tuple[int, int], what: str, values: tuple[object, object]) -> tuple[str, str]:
    """The note on what is in each, and whether that is the same."""
    noted = _each(pair, what, values)
    if values[0] == values[1]:
        return noted, verdict(True, f"{what} {values[0]} in both.")
    return noted, verdict(False, f"{noted}.")


def _pointed(pair: tuple[int, int], has: tuple[bool, bool], what: str) -> str:
    """The answer that says which clip it is."""
    where = "both videos" if has[0] else "neither video"
    if has[0] != has[1]:
        where = f"video {pair[0] + 1 if has[0] else pair[1] + 1}"
    return f"{what[0].upper()}{what[1:]} is in {where}."


def _ask_holds(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    scenes = [story.scenes[at] for at in pair]
    thing = rng.choice(scenes[rng.randrange(2)].objects)
    wanted = rng.choice((("shape",), ("colour",), ("colour", "shape")))
    has = tuple(
        any(all(getattr(o, n) == getattr(thing, n) for n in wanted) for o in scene.objects)
        for scene in scenes
    )
    if has[0] and has[1] and rng.random() < 0.7:
        return None
    colour = colour_word(rng, thing.colour) if "colour" in wanted else ""
    noun = (
        shape_word(rng, thing.shape)
        if "shape" in wanted
        else choose(rng, ("object", "shape", "thing"))
    )
    bare = f"{colour} {noun}".strip()
    phrase = f"the {bare}" if rng.random() < 0.3 else article(bare)
    text = pick(_HOLDS, rng, a=phrase, **_names(rng, story, pair))
    what = article(said_name(thing, wanted))
    return text, _shown(story, pair), _pointed(pair, (has[0], has[1]), what)


def _ask_moves(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    scenes = [story.scenes[at] for at in pair]
    motion = rng.choice([each.motion for scene in scenes for each in scene.objects])
    has = (_has(scenes[0], "motion", motion), _has(scenes[1], "motion", motion))
    if (has[0] and has[1]) or motion == "still":
        return None
    base, finite, doing = motion_words(rng, motion)
    text = pick(_MOVES, rng, base=base, finite=finite, doing=doing, **_names(rng, story, pair))
    what = f"an object {MOTION_PHRASE[motion]}"
    return text, _shown(story, pair, ("motion",)), _pointed(pair, has, what)


def _ask_ground(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    grounds = _grounds(story, pair)
    value = rng.choice(BACKGROUNDS)
    has = (grounds[0] == value, grounds[1] == value)
    if has[0] == has[1] and rng.random() < 0.75:
        return None
    word = background_word(rng, value)
    text = pick(_GROUND_WHICH, rng, ground_hue=word, **_names(rng, story, pair))
    said = _pointed(pair, has, f"the {value} background")
    return text, _each(pair, "The background is", grounds), said


def _ask_more(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    one, two = _counts(story, pair)
    more = rng.random() < 0.6
    text = pick(_MORE if more else _FEWER, rng, **_names(rng, story, pair))
    number = pair[0] + 1 if (one > two) == more else pair[1] + 1
    said = f"Video {number} shows {'more' if more else 'fewer'} objects."
    if one == two:
        said = "Both videos show the same number of objects."
    return text, _counted(pair, one, two), said


def _ask_same_ground(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    text = pick(_SAME_GROUND, rng, **_names(rng, story, pair))
    return text, *_alike(pair, "The background is", _grounds(story, pair))


def _ask_same_count(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    one, two = _counts(story, pair)
    text = pick(_SAME_COUNT, rng, **_names(rng, story, pair))
    noted = _counted(pair, one, two)
    return (
        text,
        noted,
        verdict(one == two, "both show the same number." if one == two else f"{noted}."),
    )


def _grounds(story: Story, pair: tuple[int, int]) -> tuple[str, str]:
    return story.scenes[pair[0]].background, story.scenes[pair[1]].background


def _counts(story: Story, pair: tuple[int, int]) -> tuple[int, int]:
    return len(story.scenes[pair[0]].objects), len(story.scenes[pair[1]].objects)


def _counted(pair: tuple[int, int], one: int, two: int) -> str:
    """`Video 1 shows one object, video 2 shows three`"""
    noun = "object" if one == 1 else "objects"
    first = f"Video {pair[0] + 1} shows {NUMBERS[one]} {noun}"
    return f"{first}, video {pair[1] + 1} shows {NUMBERS[two]}"


def _ask_same(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    scenes = [story.scenes[at] for at in pair]
    attribute = rng.choice(("colour", "size", "motion"))
    for shape in rng.sample(SHAPES, len(SHAPES)):
        found = [[o for o in scene.objects if o.shape == shape] for scene in scenes]
        if len(found[0]) == 1 and len(found[1]) == 1:
            break
    else:
        return None
    values = _values((found[0][0], found[1][0]), attribute)
    name = shape_word(rng, shape)
    text = pick(
        _SAME, rng, a=f"the {name}", shape=name, attribute=attribute, **_names(rng, story, pair)
    )
    return text, *_alike(pair, f"The {shape} is", values)


def _ask_same_single(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    one, two = (story.scenes[at] for at in pair)
    if len(one.objects) > 1 or len(two.objects) > 1:
        return None
    attribute = rng.choice(("colour", "shape", "size", "motion"))
    values = _values((one.objects[0], two.objects[0]), attribute)
    if values[0] != values[1] and rng.random() < 0.6:
        return None  # or hardly any two clips would be alike
    if attribute == "shape":
        values = (article(values[0]), article(values[1]))
    text = pick(
        _SAME_SINGLE, rng, attribute="{%s}" % _ATTRIBUTE_WORDS[attribute],  # noqa: UP031
        **_names(rng, story, pair),
    )  # fmt: skip
    text = pick((text,), rng)
    return text, *_alike(pair, "The object is", values)


def _values(pair: tuple[SceneObject, SceneObject], attribute: str) -> tuple[str, str]:
    one, two = (str(getattr(each, attribute)) for each in pair)
    if attribute == "motion":
        return MOTION_PHRASE[pair[0].motion], MOTION_PHRASE[pair[1].motion]
    return one, two


def _ask_both(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    scenes = [story.scenes[at] for at in pair]
    thing = rng.choice(scenes[rng.randrange(2)].objects)
    name = rng.choice(("shape", "colour"))
    value = getattr(thing, name)
    has = (_has(scenes[0], name, value), _has(scenes[1], name, value))
    word = shape_word(rng, value) if name == "shape" else f"{colour_word(rng, value)} object"
    text = pick(_BOTH, rng, a=article(word), **_names(rng, story, pair))
    what = article(value if name == "shape" else f"{value} object")
    said = (
        f"{what} is in both."
        if all(has)
        else f"{what} is only in video {pair[has.index(True)] + 1}."
    )
    return text, _shown(story, pair), verdict(all(has), said)


def _ask_total(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    one, two = _counts(story, pair)
    words = ("", "one", "two", "three", "four", "five", "six")
    said = f"There are {words[one + two]} objects together."
    return pick(_TOTAL, rng), _counted(pair, one, two), said


def _ask_difference(rng: Random, story: Story, pair: tuple[int, int]) -> Asked | None:
    parts = []
    for at in pair:
        text = describe(story.scenes[at]).removeprefix("The clip shows ")
        parts.append(f"Video {at + 1} shows {text}")
    return pick(_DIFFER, rng, **_names(rng, story, pair)), "", " ".join(parts)
