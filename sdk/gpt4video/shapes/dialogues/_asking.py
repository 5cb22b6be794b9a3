"""Questions about one object or the whole clip: colour, shape, size, motion, count, background."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._refer import refer, spoken
from gpt4video.shapes.dialogues._story import Draft, Story, where
from gpt4video.shapes.dialogues._words import (
    NUMBERS,
    choose,
    colour_word,
    motion_words,
    plural,
    shape_word,
    size_word,
)
from gpt4video.shapes.world import (
    COLOURS,
    MOTION_PHRASE,
    MOTIONS,
    SHAPES,
    Scene,
    SceneObject,
)

WORDS["tell"] = (
    "[can|could|would|will] you [please|kindly|] tell me",
    "[please|] tell me",
    "tell me[ please|]",
    "do you know",
    "I'd [like|love] to know",
    "I want to know",
    "I wonder",
    "let me know",
    "can you say",
    "would you mind telling me",
    "any idea",
    "can you [see|spot|make out]",
    "I need to know",
    "please say",
    "[hey,|] tell me",
    "say",
    "explain to me",
    "show me",
)
WORDS["hue"] = ("colour",) * 7 + ("hue", "shade", "tint")
WORDS["please"] = ("",) * 5 + (", please", " please", ", thanks", "")
WORDS["motion"] = ("motion", "movement", "action", "behaviour", "motion")
WORDS["objects"] = ("objects",) * 4 + ("shapes", "shapes", "things", "figures", "items", "elements")

_COLOUR = (
    "[what|which] {hue} [is|does] {ref}[ have|]{in}{please}?",
    "what {hue} is {ref}{in}{please}?",
    "what {hue} is {ref}{in}{please}?",
    "which {hue} is {ref}{in}?",
    "what's the {hue} of {ref}{in}{please}?",
    "what is the {hue} of {ref}{in}{please}?",
    "the {hue} of {ref}{in}{please}?",
    "{tell} what {hue} {ref} is{in}{please}?",
    "{tell} the {hue} of {ref}{in}{please}.",
    "{ref} is [what|which] {hue}{in}?",
    "name the {hue} of {ref}{in}{please}.",
    "what {hue} does {ref} have{in}?",
    "which {hue} does {ref} have{in}?",
    "in [what|which] {hue} is {ref}[ drawn| shown| painted|]{in}?",
    "how is {ref} coloured{in}?",
    "what {hue} would you say {ref} is{in}?",
    "{hue} of {ref}?",
    "identify the {hue} of {ref}{in}.",
    "give me the {hue} of {ref}{in}{please}.",
    "what {hue} do you see {ref} [having|in]{in}?",
    "what {hue} has {ref} got{in}?",
    "describe the {hue} of {ref}{in}.",
    "{ref} - what {hue}?",
    "I can't tell what {hue} {ref} is{in}.",
    "how would you describe the {hue} of {ref}{in}?",
    "what's {ref}'s {hue}{in}?",
    "what {hue} is used for {ref}{in}?",
    "[about|regarding] {ref}{in}: what {hue} is it?",
    "look at {ref}{in}. what {hue} is it?",
    "is {ref} {choice}{in}?",
    "is {ref} {choice}{in}?",
)
_SHAPE = (
    "what shape is {ref}{in}{please}?",
    "what shape is {ref}{in}{please}?",
    "which shape is {ref}{in}?",
    "what's the shape of {ref}{in}{please}?",
    "what is the shape of {ref}{in}{please}?",
    "{tell} what shape {ref} is{in}{please}?",
    "{tell} the shape of {ref}{in}{please}.",
    "{ref} is [what|which] shape{in}?",
    "what [kind|sort|type] of [shape|figure|object|thing] is {ref}{in}{please}?",
    "name the shape of {ref}{in}{please}.",
    "what shape does {ref} have{in}?",
    "what is {ref}{in}?",
    "what's {ref}{in}?",
    "what form does {ref} have{in}?",
    "what geometric [shape|figure|form] is {ref}{in}?",
    "shape of {ref}?",
    "identify {ref}{in}{please}.",
    "[which|what] figure is {ref}{in}?",
    "give me the shape of {ref}{in}{please}.",
    "how is {ref} shaped{in}?",
    "describe the shape of {ref}{in}.",
    "what does {ref} look like, shape-wise{in}?",
    "what geometry does {ref} have{in}?",
    "what would you call the shape of {ref}{in}?",
    "look at {ref}{in}. what shape is it?",
    "[about|regarding] {ref}{in}: what shape is it?",
    "is {ref} {choice}{in}?",
    "is {ref} {choice}{in}?",
    "{ref}: what is it?",
    "{tell} what [kind|sort|type] of [shape|figure|object] {ref} is{in}{please}?",
)
_SIZE = (
    "how [big|large] is {ref}{in}{please}?",
    "how [big|large] is {ref}{in}{please}?",
    "what size is {ref}{in}{please}?",
    "what is the size of {ref}{in}{please}?",
    "what's the size of {ref}{in}?",
    "is {ref} [small or large|large or small|big or small|small or big]{in}{please}?",
    "is {ref} [small or large|large or small|big or small|small or big|little or big|tiny or huge]{in}?",
    "{tell} [how big|how large|what size] {ref} is{in}{please}?",
    "{tell} the size of {ref}{in}{please}.",
    "which size does {ref} have{in}?",
    "name the size of {ref}{in}.",
    "size of {ref}?",
    "would you say {ref} is [large or small|big or small|small or large]{in}?",
    "{ref} is [what|which] size{in}?",
    "what size does {ref} have{in}?",
    "how would you describe the size of {ref}{in}?",
    "describe the size of {ref}{in}.",
    "is {ref} a [small or a large|big or a small|large or a small] one{in}?",
    "is {ref} on the [small|large|big] side or on the [other|large|small] side{in}?",
    "{tell} [if|whether] {ref} is [small or large|big or small|large or small]{in}{please}?",
    "give me the size of {ref}{in}{please}.",
    "look at {ref}{in}. how big is it?",
    "[about|regarding] {ref}{in}: what size is it?",
    "{ref}: [big or small|small or large]?",
    "does {ref} look [big or small|small or big|large or small]{in}?",
)
_MOTION = (
    "how does {ref} move{in}{please}?",
    "how does {ref} move{in}{please}?",
    "what does {ref} do{in}{please}?",
    "what is {ref} doing{in}{please}?",
    "what's {ref} doing{in}{please}?",
    "how is {ref} moving{in}{please}?",
    "what [kind|sort|type] of {motion} does {ref} [make|have|show|do]{in}?",
    "what is the {motion} of {ref}{in}{please}?",
    "what's the {motion} of {ref}{in}?",
    "describe the {motion} of {ref}{in}{please}.",
    "describe how {ref} moves{in}{please}.",
    "{tell} [how|in what way] {ref} [moves|is moving]{in}{please}?",
    "{tell} what {ref} [is doing|does]{in}{please}?",
    "{tell} what happens to {ref}{in}{please}?",
    "what happens to {ref}{in}{please}?",
    "what is happening to {ref}{in}?",
    "in what way does {ref} move{in}?",
    "how does {ref} behave{in}?",
    "what {motion} does {ref} [show|perform|make|do]{in}?",
    "which {motion} do you see for {ref}{in}?",
    "what is going on with {ref}{in}?",
    "motion of {ref}?",
    "{ref}: what is it doing?",
    "what does {ref} do [over time|during the clip|as time goes by|throughout]?",
    "name the {motion} of {ref}{in}.",
    "how does {ref} change[ over time|]{in}?",
    "what can you say about the {motion} of {ref}{in}?",
    "look at {ref}{in}. what does it do?",
    "is {ref} {choice}{in}?",
    "is {ref} {choice}{in}?",
    "does {ref} {does_choice}{in}?",
)
_DIRECTION = (
    "[which|what] way [does|is] {ref} [go|move|moving|going]{in}{please}?",
    "which way does {ref} [go|move|travel|head]{in}{please}?",
    "in [which|what] direction does {ref} [go|move|travel|drift]{in}{please}?",
    "[what|which] direction does {ref} [go|move|travel|head] in{in}?",
    "where [does|is] {ref} [go|going|move to|heading]{in}?",
    "where is {ref} [heading|going|moving]{in}?",
    "{tell} [which|what] [way|direction] {ref} [moves|goes|is moving|is going]{in}{please}?",
    "to which side does {ref} [go|move]{in}?",
    "what is the direction of {ref}{in}?",
    "towards which [side|edge] [does|is] {ref} [move|moving]{in}?",
    "does {ref} [move|go] {way_choice}{in}?",
    "is {ref} [moving|going|heading] {way_choice}{in}?",
)
_BACKGROUND = (
    "what {hue} is the {ground}{in}{please}?",
    "what {hue} is the {ground}{in}{please}?",
    "what is the {hue} of the {ground}{in}{please}?",
    "what's the {ground} {hue}{in}{please}?",
    "which {hue} does the {ground} have{in}?",
    "{tell} what {hue} the {ground} is{in}{please}?",
    "{tell} the {ground} {hue}{in}{please}.",
    "{ground} {hue}?",
    "how does the {ground} look{in}?",
    "what is behind the {objects}{in}?",
    "what {hue} is behind the {objects}{in}?",
    "on what {hue} [of a |]{ground} [is it|are the objects|does everything happen]{in}?",
    "what {ground} [is there|do you see|does it have]{in}?",
    "what's the {ground}{in}?",
    "is the {ground} [black, gray or white|white or black|dark or light|black or white or gray]{in}?",
    "what {hue} fills the rest of the frame{in}?",
    "name the {hue} of the {ground}{in}{please}.",
    "against what {hue} [is|are] the {objects} shown{in}?",
    "{tell} [about|] the {ground}{in}{please}.",
    "what kind of {ground} [is there|does it have]{in}?",
    "the {ground}{in}: what {hue}?",
    "what {hue} surrounds the {objects}{in}?",
    "what is the {ground} like{in}?",
    "describe the {ground}{in}{please}.",
    "which {hue} is the {ground}{in}{please}?",
    "what {hue} is the [scene|frame|picture|canvas] apart from the {objects}{in}?",
)
WORDS["ground"] = ("background",) * 7 + ("backdrop", "backdrop", "ground", "canvas", "bg")
_COUNT = (
    "how many {objects} [are there|are there|do you see|can you see|are visible|appear|are shown]{in}{please}?",
    "how many {objects} are there{in}{please}?",
    "how many {objects}{in}?",
    "count the {objects}{in}{please}.",
    "what is the number of {objects}{in}?",
    "{tell} how many {objects} there are{in}{please}?",
    "{tell} the number of {objects}{in}{please}.",
    "number of {objects}{in}?",
    "how many [different|separate|distinct|] {objects} [can be seen|are present|exist]{in}?",
    "what's the {objects} count{in}?",
    "what's the total number of {objects}{in}?",
    "can you count the {objects}{in}{please}?",
    "how many are there{in}?",
    "is there [just one object or more|one object or several]{in}?",
    "do you see one, two or three {objects}{in}?",
    "the number of {objects}{in}{please}?",
    "give me the number of {objects}{in}{please}.",
    "how many {objects} does [the video|the clip|it] [show|contain|have]?",
    "how many {objects} in total{in}?",
    "are there one, two or three {objects}{in}?",
    "[please|] count everything [you see|that appears]{in}.",
)
_COUNT_SOME = (
    "how many {some} [are there|do you see|can you see|are visible|are shown]{in}{please}?",
    "how many {some}{in}?", "count the {some}{in}{please}.", "{tell} how many {some} there are{in}{please}?",
    "what is the number of {some}{in}?", "number of {some}{in}?",
)  # fmt: skip


def _other(rng: Random, options: tuple[str, ...], than: str) -> str:
    return choose(rng, [each for each in options if each != than])


def _either(rng: Random, one: str, other: str) -> str:
    return f"{one} or {other}" if rng.random() < 0.5 else f"{other} or {one}"


def answer(scene: Scene, index: int, attribute: str) -> str:
    """The plain sentence that says one attribute of one object, and no other word of that row."""
    thing = scene.objects[index]
    if attribute == "shape":
        return f"{spoken(scene, index, hide=('shape',)).capitalize()} is a {thing.shape}."
    if attribute == "colour":
        return f"The {thing.shape} is {thing.colour}."
    name = spoken(scene, index).capitalize()
    value = thing.size if attribute == "size" else MOTION_PHRASE[thing.motion]
    return f"{name} is {value}."


def _choice(rng: Random, thing: SceneObject, attribute: str) -> str:
    if attribute == "colour":
        false = _other(rng, COLOURS, thing.colour)
        return _either(rng, colour_word(rng, thing.colour), false)
    if attribute == "shape":
        false = _other(rng, SHAPES, thing.shape)
        return _either(rng, f"a {shape_word(rng, thing.shape)}", f"a {false}")
    motions = [each for each in MOTIONS if each not in (thing.motion, "spin")]
    false_motion = motions[rng.randrange(len(motions))]
    return _either(rng, motion_words(rng, thing.motion)[2], motion_words(rng, false_motion)[2])


def _does_choice(rng: Random, thing: SceneObject) -> str:
    motions = [each for each in MOTIONS if each not in (thing.motion, "still")]
    other = motions[rng.randrange(len(motions))]
    mine = "stand still" if thing.motion == "still" else motion_words(rng, thing.motion)[0]
    return _either(rng, mine, motion_words(rng, other)[0])


def _way_choice(rng: Random, thing: SceneObject) -> str:
    ways = {"left": "right", "right": "left", "up": "down", "down": "up"}
    other = ways[thing.motion] if rng.random() < 0.7 else _other(rng, tuple(ways), thing.motion)
    return _either(rng, thing.motion, other)


_TEMPLATES = {"colour": _COLOUR, "shape": _SHAPE, "size": _SIZE, "motion": _MOTION}


def ask_attribute(rng: Random, story: Story, clip: int, attribute: str) -> Draft | None:
    """A question for `colour`, `shape`, `size` or `motion` of one object of a clip."""
    scene = story.scenes[clip]
    index = rng.randrange(len(scene.objects))
    thing = scene.objects[index]
    reference = refer(rng, scene, index, hide=(attribute,))
    if reference is None:
        return None
    templates = _TEMPLATES[attribute]
    if attribute == "motion" and thing.motion in ("left", "right", "up", "down"):
        templates = _DIRECTION if rng.random() < 0.35 else templates
    text = pick(
        templates,
        rng,
        ref=reference,
        choice=lambda r: _choice(r, thing, attribute),
        does_choice=lambda r: _does_choice(r, thing),
        way_choice=lambda r: _way_choice(r, thing),
        **{"in": where(rng, story, clip)},
    )
    return Draft(
        user=text,
        assistant=answer(scene, index, attribute),
        family=attribute,
        focus=(clip, index),
    )


def ask_background(rng: Random, story: Story, clip: int) -> Draft:
    """A question for the background."""
    text = pick(_BACKGROUND, rng, **{"in": where(rng, story, clip)})
    said = f"The background is {story.scenes[clip].background}."
    focus = (clip, 0) if len(story.scenes[clip].objects) == 1 else None
    return Draft(user=text, assistant=said, family="background", focus=focus)


def count_sentence(count: int, noun: str = "object", rest: str = "") -> str:
    """`There are two objects in the clip.`"""
    if count == 1:
        return f"There is one {noun} in the clip{rest}."
    return f"There are {NUMBERS[count]} {plural(noun)} in the clip{rest}."


def ask_count(rng: Random, story: Story, clip: int) -> Draft:
    """A question for the number of objects, or of those with one attribute."""
    scene = story.scenes[clip]
    place = where(rng, story, clip)
    if rng.random() < 0.6:
        focus = (clip, 0) if len(scene.objects) == 1 else None
        text = pick(_COUNT, rng, **{"in": place})
        said = count_sentence(len(scene.objects))
        return Draft(user=text, assistant=said, family="count", focus=focus)
    kind = rng.choice(("colour", "shape", "shape", "size", "motion"))
    thing = scene.objects[rng.randrange(len(scene.objects))]
    value = getattr(thing, kind)
    if rng.random() < 0.3:
        pool = {"colour": COLOURS, "shape": SHAPES, "size": ("small", "large"), "motion": MOTIONS}
        value = rng.choice(pool[kind])
    count = sum(getattr(each, kind) == value for each in scene.objects)
    some, noun = _some(rng, kind, value)
    if kind == "motion":
        said = f"There {'is' if count == 1 else 'are'} {NUMBERS[count]} "
        said += f"{'object' if count == 1 else 'objects'} {MOTION_PHRASE[value]} in the clip."
    else:
        said = count_sentence(count, noun)
    text = pick(_COUNT_SOME, rng, some=some, **{"in": place})
    return Draft(user=text, assistant=said, family="count_some")


def _some(rng: Random, kind: str, value: str) -> tuple[str, str]:
    """A plural for the user and a singular for the assistant, e.g. (`red things`, `red object`)."""
    things = choose(rng, ("objects", "shapes", "things", "figures"))
    if kind == "shape":
        return plural(shape_word(rng, value)), value  # type: ignore[arg-type]
    if kind == "colour":
        return f"{colour_word(rng, value)} {things}", f"{value} object"  # type: ignore[arg-type]
    if kind == "size":
        return f"{size_word(rng, value)} {things}", f"{value} object"  # type: ignore[arg-type]
    return f"{things} [are |that are |]{motion_words(rng, value)[2]}".replace(  # type: ignore[arg-type]
        "[are |that are |]", choose(rng, ("", "that are "))
    ), ""
