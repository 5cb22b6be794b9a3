"""Questions that compare two clips of one conversation."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._asking import count_sentence
from gpt4video.shapes.dialogues._describing import describe
from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._story import Draft, Story, clip_name
from gpt4video.shapes.dialogues._words import (
    background_word,
    choose,
    colour_word,
    motion_words,
    shape_word,
)
from gpt4video.shapes.dialogues._yesno import said_name
from gpt4video.shapes.world import BACKGROUNDS, MOTION_PHRASE, SHAPES, Scene

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
    """One question about two clips; answers name one clip, or say that both are alike."""
    makers = (_ask_holds, _ask_holds, _ask_moves, _ask_ground, _ask_more, _ask_same_ground,
              _ask_same_count, _ask_same, _ask_both, _ask_total, _ask_difference)  # fmt: skip
    draft = makers[rng.randrange(len(makers))](rng, story, pair)
    return draft


def _pointed(pair: tuple[int, int], has: tuple[bool, bool], what: str, verb: str = "shows") -> str:
    if has[0] and has[1]:
        return f"Both videos {verb.removesuffix('s')} {what}."
    if not has[0] and not has[1]:
        return f"Neither video {verb} {what}."
    return f"Video {pair[0] + 1 if has[0] else pair[1] + 1} {verb} {what}."


def _ask_holds(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
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
    phrase = f"{'an' if bare[0] in 'aeiou' else 'a'} {bare}"
    if rng.random() < 0.3:
        phrase = f"the {bare}"
    text = pick(_HOLDS, rng, a=phrase, **_names(rng, story, pair))
    what = said_name(thing, wanted)
    what = f"{'an' if what[0] in 'aeiou' else 'a'} {what}"
    return Draft(user=text, assistant=_pointed(pair, (has[0], has[1]), what), family="comparison")


def _ask_moves(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    scenes = [story.scenes[at] for at in pair]
    motion = rng.choice([each.motion for scene in scenes for each in scene.objects])
    has = (_has(scenes[0], "motion", motion), _has(scenes[1], "motion", motion))
    if (has[0] and has[1]) or motion == "still":
        return None
    base, finite, doing = motion_words(rng, motion)
    text = pick(_MOVES, rng, base=base, finite=finite, doing=doing, **_names(rng, story, pair))
    what = f"an object {MOTION_PHRASE[motion]}"
    return Draft(user=text, assistant=_pointed(pair, has, what), family="comparison")


def _ask_ground(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    scenes = [story.scenes[at] for at in pair]
    value = rng.choice(BACKGROUNDS)
    has = (scenes[0].background == value, scenes[1].background == value)
    if has[0] == has[1] and rng.random() < 0.75:
        return None
    word = background_word(rng, value)
    text = pick(_GROUND_WHICH, rng, ground_hue=word, **_names(rng, story, pair))
    said = _pointed(pair, has, f"a {value} background", "has")
    said = said.replace("Both videos ha ", "Both videos have ")
    return Draft(user=text, assistant=said, family="comparison")


def _ask_more(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    counts = [len(story.scenes[at].objects) for at in pair]
    more = rng.random() < 0.6
    text = pick(_MORE if more else _FEWER, rng, **_names(rng, story, pair))
    if counts[0] == counts[1]:
        said = "Both videos have the same number of objects."
    else:
        first = (counts[0] > counts[1]) == more
        number = pair[0] + 1 if first else pair[1] + 1
        said = f"Video {number} has {'more' if more else 'fewer'} objects."
    return Draft(user=text, assistant=said, family="comparison")


def _ask_same_ground(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    one, two = (story.scenes[at].background for at in pair)
    text = pick(_SAME_GROUND, rng, **_names(rng, story, pair))
    if one == two:
        said = f"Yes, both videos have a {one} background."
    else:
        said = f"No, the background of video {pair[0] + 1} is {one} and that of video {pair[1] + 1} is {two}."
    return Draft(user=text, assistant=said, family="comparison")


def _ask_same_count(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    one, two = (len(story.scenes[at].objects) for at in pair)
    text = pick(_SAME_COUNT, rng, **_names(rng, story, pair))
    if one == two:
        said = "Yes, both videos have the same number of objects."
    else:
        number = pair[0] + 1 if one > two else pair[1] + 1
        said = f"No, video {number} has more objects."
    return Draft(user=text, assistant=said, family="comparison")


def _ask_same(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    scenes = [story.scenes[at] for at in pair]
    attribute = rng.choice(("colour", "size", "motion"))
    for shape in rng.sample(SHAPES, len(SHAPES)):
        found = [[o for o in scene.objects if o.shape == shape] for scene in scenes]
        if len(found[0]) == 1 and len(found[1]) == 1:
            break
    else:
        return None
    one, two = getattr(found[0][0], attribute), getattr(found[1][0], attribute)
    name = shape_word(rng, shape)
    text = pick(
        _SAME, rng, a=f"the {name}", shape=name, attribute=attribute, **_names(rng, story, pair)
    )
    if attribute == "motion":
        one, two = MOTION_PHRASE[one], MOTION_PHRASE[two]
    if one == two:
        said = f"Yes, the {shape} is {one} in both videos."
    else:
        said = f"No, the {shape} is {one} in video {pair[0] + 1} and {two} in video {pair[1] + 1}."
    return Draft(user=text, assistant=said, family="comparison")


def _ask_both(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    scenes = [story.scenes[at] for at in pair]
    thing = rng.choice(scenes[rng.randrange(2)].objects)
    name = rng.choice(("shape", "colour"))
    value = getattr(thing, name)
    has = (_has(scenes[0], name, value), _has(scenes[1], name, value))
    word = shape_word(rng, value) if name == "shape" else f"{colour_word(rng, value)} object"
    said = value if name == "shape" else f"{value} object"
    said = f"{'an' if said[0] in 'aeiou' else 'a'} {said}"
    text = pick(
        _BOTH, rng, a=f"{'an' if word[0] in 'aeiou' else 'a'} {word}", **_names(rng, story, pair)
    )
    if has[0] and has[1]:
        answer = f"Yes, both videos show {said}."
    else:
        answer = f"No, only video {pair[0] + 1 if has[0] else pair[1] + 1} shows {said}."
    return Draft(user=text, assistant=answer, family="comparison")


def _ask_total(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    total = sum(len(story.scenes[at].objects) for at in pair)
    words = ("", "one", "two", "three", "four", "five", "six")
    text = pick(_TOTAL, rng)
    said = count_sentence(min(total, 3)).replace(" in the clip", "")
    said = said if total <= 3 else f"There are {words[total]} objects."
    return Draft(
        user=text, assistant=said.replace(".", " in both videos together."), family="comparison"
    )


def _ask_difference(rng: Random, story: Story, pair: tuple[int, int]) -> Draft | None:
    parts = []
    for at in pair:
        text = describe(story.scenes[at]).removeprefix("The clip shows ")
        parts.append(f"Video {at + 1} shows {text}")
    asked = pick(_DIFFER, rng, **_names(rng, story, pair))
    return Draft(user=asked, assistant=" ".join(parts), family="comparison")
