"""Questions that are answered with yes or no, balanced, and questions about what is not there."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._asking import answer, count_sentence
from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._refer import noun_phrase, refer
from gpt4video.shapes.dialogues._story import Draft, Story, lowered, where
from gpt4video.shapes.dialogues._words import (
    absent_colours,
    article,
    background_word,
    choose,
    colour_word,
    joined,
    motion_words,
    plural,
    shape_word,
    size_word,
)
from gpt4video.shapes.world import (
    BACKGROUNDS,
    COLOURS,
    MOTION_PHRASE,
    MOTIONS,
    ROUND_SHAPES,
    SHAPES,
    SIZES,
    Scene,
    SceneObject,
)

WORDS["whether"] = (
    "[can|could] you tell me [if|whether]",
    "tell me [if|whether]",
    "do you know [if|whether]",
    "I'd like to know [if|whether]",
    "I wonder [if|whether]",
    "please say [if|whether]",
    "would you say",
    "let me know [if|whether]",
    "check [if|whether]",
    "can you check [if|whether]",
)
_IS_THERE = (
    "is there {a}{in}{please}?",
    "is there {a}{in}{please}?",
    "do you see {a}{in}{please}?",
    "can you [see|spot|find|make out] {a}{in}{please}?",
    "does {clip} [show|contain|have|include|feature] {a}?",
    "is {a} [visible|shown|present|there|to be seen]{in}?",
    "{whether} there [is|'s] {a}{in}{please}?",
    "any {bare}{in}?",
    "are there any {plural}{in}{please}?",
    "do any {plural} appear{in}?",
    "did you [see|notice|spot] {a}{in}?",
    "is there any {bare}{in}?",
    "does {a} appear{in}?",
    "have you seen {a}{in}?",
    "do you see any {plural}{in}?",
    "is {a} in {clip}?",
    "is there {a} anywhere{in}?",
    "isn't there {a}{in}?",
    "does {clip} have any {plural}?",
    "there is {a}{in}, right?",
    "there's {a}{in}, isn't there?",
    "can {a} be seen{in}?",
    "is there at least one {bare}{in}?",
    "I think I saw {a}{in}. is that [right|true|so]?",
    "[might|would] there be {a}{in}?",
    "[I want|I need|I'm trying] to find {a}. [do you see one|is one there|can you see it]{in}?",
    "{a}{in}: [yes or no|is it there|true or not]?",
    "[was|wasn't] there {a}{in}?",
    "can [I|we|one] [see|find] {a}{in}?",
    "is {a} [part of|among the objects in|one of the things in] {clip}?",
    "does this [one |][have|contain|show] {a}?",
    "yes or no: is there {a}{in}?",
)
_ANYTHING = (
    "is [anything|something|any object|any shape] {quality}{in}{please}?",
    "is there [anything|something] {quality}{in}?",
    "do you see [anything|something] {quality}{in}?",
    "are any [objects|shapes|of the objects] {quality}{in}?",
    "{whether} [anything|something] is {quality}{in}?",
    "is any of the [objects|shapes|things] {quality}{in}?",
    "can you [see|spot] [anything|something] {quality}{in}?",
    "does {clip} [show|have|contain] [anything|something] {quality}?",
    "is [one|at least one] of [them|the objects|the shapes|the figures] {quality}{in}?",
    "[something|anything] {quality}{in}?",
)
_DOES_ANY = (
    "does [anything|something|any object|any shape|any of them] {base}{in}{please}?",
    "do any [objects|shapes|of the shapes|of the objects] {base}{in}?",
    "{whether} [anything|something] {finite}{in}{please}?",
    "is there [anything|something|an object|a shape|any object] that {finite}{in}?",
)
_IS_IT = (
    "is {ref} {quality}{in}{please}?",
    "is {ref} {quality}{in}?",
    "{whether} {ref} is {quality}{in}{please}?",
    "{ref} is {quality}{in}, right?",
    "{ref} is {quality}{in}, isn't it?",
    "{ref} is {quality}{in}, correct?",
    "is it true that {ref} is {quality}{in}?",
    "would you say [that |]{ref} is {quality}{in}?",
    "am I right that {ref} is {quality}{in}?",
    "do you think {ref} is {quality}{in}?",
    "isn't {ref} {quality}{in}?",
    "{ref} is {quality}{in}, yes or no?",
    "is it {quality}, {ref}{in}?",
    "I think {ref} is {quality}{in}. [am I right|is that right|true|correct]?",
)
_DOES_IT = (
    "does {ref} {base}{in}{please}?",
    "does {ref} {base}{in}?",
    "{whether} {ref} {finite}{in}?",
    "is it true that {ref} {finite}{in}?",
    "{ref} {finite}{in}, doesn't it?",
    "{ref} {finite}{in}, right?",
    "do you see {ref} {doing}{in}?",
    "doesn't {ref} {base}{in}?",
)
_GROUND = (
    "is the {ground} {hue}{in}{please}?",
    "is the {ground} {hue}{in}?",
    "is there a {hue} {ground}{in}?",
    "{whether} the {ground} is {hue}{in}?",
    "does {clip} have a {hue} {ground}?",
    "the {ground} is {hue}{in}, right?",
    "is it on a {hue} {ground}{in}?",
    "is it shown on {hue}{in}?",
    "is the {ground} {hue}{in}, yes or no?",
    "is it true that the {ground} is {hue}{in}?",
)
_MORE_THAN = (
    "[is|are] there more than one [object|shape|thing]{in}?", "is there only one [object|shape|thing]{in}?",
    "are there [two|exactly two|2] {objects}{in}?", "are there [three|exactly three|3] {objects}{in}?",
    "is there [just|exactly] one [object|shape]{in}?", "are there [several|multiple] {objects}{in}?",
    "do you see [three|3] {objects}{in}?", "do you see [two|2] {objects}{in}?",
)  # fmt: skip


def _clip(place: str) -> str:
    return place.removeprefix(" in ") if place.startswith(" in ") else "the clip"


def _false_thing(rng: Random, scene: Scene, wanted: tuple[str, ...]) -> SceneObject:
    """An object that is not there but nearly is, judged by the wanted attributes."""
    while True:
        base = scene.objects[rng.randrange(len(scene.objects))]
        colour = rng.choice(COLOURS) if rng.random() < 0.6 else base.colour
        shape = rng.choice(SHAPES) if rng.random() < 0.6 else base.shape
        size = rng.choice(SIZES) if "size" in wanted else base.size
        motion = rng.choice(MOTIONS) if "motion" in wanted else base.motion
        if motion == "spin" and shape in ROUND_SHAPES:
            motion = "still"
        fake = SceneObject(colour=colour, shape=shape, size=size, motion=motion)
        if not any(_same(each, fake, wanted) for each in scene.objects):
            return fake


def _same(one: SceneObject, other: SceneObject, wanted: tuple[str, ...]) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in wanted)


def said_name(thing: SceneObject, wanted: tuple[str, ...]) -> str:
    """`small red circle moving left`, with the wanted attributes alone, in the world's words."""
    words: list[str] = [thing.size] if "size" in wanted else []
    words += [thing.colour] if "colour" in wanted else []
    words += [thing.shape if "shape" in wanted else "object"]
    words += [MOTION_PHRASE[thing.motion]] if "motion" in wanted else []
    return " ".join(words)


def listed(scene: Scene, wanted: tuple[str, ...] = ()) -> str:
    """`a red circle and a blue star`, and of each the wanted attributes too."""
    names = [said_name(each, (*wanted, "colour", "shape")) for each in scene.objects]
    return joined([article(name) for name in names])


def verdict(right: bool, said: str) -> str:
    """`Yes, the circle is red.`"""
    return f"{'Yes' if right else 'No'}, {lowered(said)}"


def noted(said: str) -> str:
    """A sentence as a note, from which the answer follows.

    With the notes first, each word that the model writes takes one look: at the clip, or at what
    was just noted.
    """
    return said.removesuffix(".")


def ask_existence(rng: Random, story: Story, clip: int) -> Draft:
    """`Is there a green star?`, half of the time there is."""
    scene = story.scenes[clip]
    kinds = (("shape",), ("shape",), ("colour", "shape"), ("colour", "shape"), ("size", "shape"),
             ("size", "colour", "shape"), ("shape", "motion"), ("colour",), ("colour", "motion"))  # fmt: skip
    wanted = kinds[rng.randrange(len(kinds))]
    there = rng.random() < 0.5
    if there:
        thing = scene.objects[rng.randrange(len(scene.objects))]
    else:
        thing = _false_thing(rng, scene, wanted)
    bare = noun_phrase(rng, thing, frozenset(wanted))
    if " one" in f" {bare} ":
        bare = bare.replace("one", "object")
    head, _, tail = bare.partition(" that ")
    many = plural(head) + (f" that {tail}" if tail else "")
    if "motion" in wanted or "which" in bare:
        many = plural(noun_phrase(rng, thing, frozenset(wanted) - {"motion"}))
        many += f" {motion_words(rng, thing.motion)[2]}"
    place = where(rng, story, clip)
    text = pick(
        _IS_THERE,
        rng,
        a=article(bare),
        bare=bare,
        plural=many,
        clip=_clip(place),
        **{"in": place},
    )
    name = said_name(thing, wanted)
    return Draft(
        user=text,
        assistant=verdict(there, f"there is {article(name) if there else f'no {name}'}."),
        reasoning=f"The clip shows {listed(scene, wanted)}",
        family="existence",
        focus=(clip, scene.objects.index(thing)) if there else None,
    )


def ask_anything(rng: Random, story: Story, clip: int) -> Draft:
    """`Is anything red?`, `does anything spin?`"""
    scene = story.scenes[clip]
    kind = rng.choice(("colour", "motion", "motion", "size"))
    pool = {"colour": COLOURS, "motion": MOTIONS, "size": SIZES}[kind]
    value = rng.choice(pool)
    if rng.random() < 0.5:
        value = getattr(rng.choice(scene.objects), kind)
    there = [each for each in scene.objects if getattr(each, kind) == value]
    place = where(rng, story, clip)
    base, finite, doing = motion_words(rng, value) if kind == "motion" else ("", "", "")  # type: ignore[arg-type]
    quality = {"colour": lambda: colour_word(rng, value), "size": lambda: size_word(rng, value),  # type: ignore[arg-type]
               "motion": lambda: doing}[kind]()  # fmt: skip
    templates = _DOES_ANY if kind == "motion" and rng.random() < 0.6 else _ANYTHING
    text = pick(
        templates,
        rng,
        quality=quality,
        base=base,
        finite=finite,
        clip=_clip(place),
        **{"in": place},
    )
    if there:
        found = answer(scene, scene.objects.index(there[0]), kind)
    else:
        phrase = MOTION_PHRASE[value] if kind == "motion" else value  # type: ignore[index]
        found = f"nothing is {phrase}."
    return Draft(
        user=text,
        assistant=verdict(bool(there), found),
        reasoning=f"The clip shows {listed(scene, (kind,))}",
        family="existence",
        focus=(clip, scene.objects.index(there[0])) if len(there) == 1 else None,
    )


def ask_whether(rng: Random, story: Story, clip: int) -> Draft | None:
    """`Is the circle red?`, half of the time it is; the answer says what it is."""
    scene = story.scenes[clip]
    index = rng.randrange(len(scene.objects))
    thing = scene.objects[index]
    attribute = rng.choice(("colour", "shape", "size", "motion"))
    reference = refer(rng, scene, index, hide=(attribute,))
    if reference is None:
        return None
    pool = {"colour": COLOURS, "shape": SHAPES, "size": SIZES, "motion": MOTIONS}[attribute]
    truth = getattr(thing, attribute)
    value = truth
    if rng.random() < 0.5:
        value = rng.choice([each for each in pool if each != truth])
    templates: tuple[str, ...] = _IS_IT
    base = finite = doing = ""
    if attribute == "motion":
        base, finite, doing = motion_words(rng, value)
        templates = _DOES_IT if rng.random() < 0.5 else _IS_IT
    quality = {
        "colour": lambda: colour_word(rng, value),
        "shape": lambda: article(shape_word(rng, value)),
        "size": lambda: size_word(rng, value),
        "motion": lambda: doing,
    }[attribute]()
    place = where(rng, story, clip)
    slots = {"ref": reference, "quality": quality, "base": base, "finite": finite, "doing": doing}
    text = pick(templates, rng, **slots, **{"in": place})
    fact = answer(scene, index, attribute)
    return Draft(
        user=text,
        assistant=verdict(value == truth, fact),
        reasoning=noted(fact),
        family="existence",
        focus=(clip, index),
    )


def ask_ground(rng: Random, story: Story, clip: int) -> Draft:
    """`Is the background white?` and `are there three objects?`"""
    scene = story.scenes[clip]
    place = where(rng, story, clip)
    if rng.random() < 0.4:
        text = pick(_MORE_THAN, rng, **{"in": place})
        count = len(scene.objects)
        fact, right = count_sentence(count), _is_number(text, count)
    else:
        value = scene.background if rng.random() < 0.5 else rng.choice(BACKGROUNDS)
        hue = background_word(rng, value)
        text = pick(_GROUND, rng, hue=hue, clip=_clip(place), **{"in": place})
        fact, right = f"The background is {scene.background}.", value == scene.background
    return Draft(
        user=text, assistant=verdict(right, fact), reasoning=noted(fact), family="existence"
    )


def _is_number(text: str, count: int) -> bool:
    """Whether the number of objects is the one that the question names."""
    asked = f" {text} "
    if "more than" in asked or "several" in asked or "multiple" in asked:
        return count > 1
    if "two" in asked or " 2 " in asked:
        return count == 2
    if "three" in asked or " 3 " in asked:
        return count == 3
    return count == 1


_MISSING = (
    "what colour is the {shape}{in}?", "what is the colour of the {shape}{in}?",
    "how does the {shape} move{in}?", "what does the {shape} do{in}?", "what is the {shape} doing{in}?",
    "how big is the {shape}{in}?", "what size is the {shape}{in}?", "which way does the {shape} go{in}?",
    "is the {shape} big or small{in}?", "{tell} [about|what you see of] the {shape}{in}.",
    "where is the {shape}{in}?", "describe the {shape}{in}.", "what's the {shape} doing{in}?",
)  # fmt: skip
_MISSING_COLOUR = (
    "what shape is the {colour} {thing}{in}?", "how does the {colour} {thing} move{in}?",
    "what does the {colour} {thing} do{in}?", "what is the {colour} {thing}{in}?",
    "how big is the {colour} {thing}{in}?", "where is the {colour} {thing}{in}?",
    "describe the {colour} {thing}{in}.", "is the {colour} {thing} big or small{in}?",
)  # fmt: skip


def ask_missing(rng: Random, story: Story, clip: int) -> Draft | None:
    """A question about something that the clip does not show."""
    scene = story.scenes[clip]
    place = where(rng, story, clip)
    shapes = [each for each in SHAPES if each not in {thing.shape for thing in scene.objects}]
    if rng.random() < 0.5:
        shape = rng.choice(shapes)
        text = pick(_MISSING, rng, shape=shape_word(rng, shape), **{"in": place})
        return Draft(user=text, assistant=f"There is no {shape} in the clip.", family="absent")
    colour = rng.choice(absent_colours(scene))
    thing = choose(rng, ("object", "shape", "one", "thing", "figure"))
    text = pick(_MISSING_COLOUR, rng, colour=colour_word(rng, colour), thing=thing, **{"in": place})
    return Draft(user=text, assistant=f"There is no {colour} object in the clip.", family="absent")


_LEADS = (
    "hey,", "hi,", "so,", "ok,", "okay,", "now", "and", "well,", "hello!", "please:", "quick question:",
    "next question:", "question:", "one more:", "also,", "right,", "erm,", "alright,", "hey there,", "thanks.", "great.",
)  # fmt: skip


def lead_in(rng: Random) -> str:
    """A few words before a question, with a space after them, or mostly none."""
    return f"{choose(rng, _LEADS)} " if rng.random() < 0.12 else ""
