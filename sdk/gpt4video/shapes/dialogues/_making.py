"""Requests to make a clip, said in many ways, with attributes named or left open."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._story import Draft
from gpt4video.shapes.dialogues._words import (
    THINGS,
    article,
    background_word,
    choose,
    colour_word,
    joined,
    motion_words,
    shape_word,
    size_word,
)
from gpt4video.shapes.world import (
    BACKGROUNDS,
    COLOURS,
    MOTIONS,
    ROUND_SHAPES,
    SHAPES,
    SIZES,
    Colour,
    Motion,
    Scene,
    SceneObject,
    ShapeName,
)

# fmt: off

WORDS["make"] = (
    "make", "make", "make", "create", "create", "generate", "generate", "draw", "render", "produce", "animate", "show",
    "build", "design", "craft", "give me", "prepare", "compose", "do", "put together", "film", "paint", "whip up", "come up with",
)
WORDS["makeme"] = (
    "make[ me|]", "make[ me|]", "create[ for me|]", "generate[ for me|]", "draw[ me|]", "show me", "show me", "render", "produce",
    "give me", "animate", "build[ me|]", "I want", "I need", "I'd like", "get me", "let me see", "do[ me|]", "let's see", "let's make", "let's have",
)
WORDS["avideo"] = (
    "a video", "a video", "a video", "a clip", "a clip", "a short video", "a short clip", "an animation", "a short animation", "a movie", "a film",
    "a little clip", "a new video", "a new clip", "a vid", "another video", "another clip", "one clip", "footage", "a gif",
)
WORDS["of"] = ("of", "of", "of", "of", "with", "showing", "that shows", "containing", "featuring", "about", "which shows")
WORDS["askmake"] = (
    "can you", "could you", "would you", "will you", "can you please", "could you please", "please", "would you please", "I want you to", "I'd like you to",
    "I need you to", "you should", "go ahead and", "now", "please can you", "would you mind to", "kindly", "are you able to", "try to", "be so kind and", "next,", "okay, now",
)
WORDS["wish"] = (
    "I'd love to see", "I would love to see", "I'd like to see", "I would like to see", "I want to see", "I wish I could see", "it would be [nice|great|cool|lovely] to see",
    "how about", "what about a clip of", "I'd love a [clip|video] of", "could I see", "can I see", "may I see", "can I have a [clip|video] of", "could I get a [clip|video] of",
    "I'd enjoy a [clip|video] of", "I feel like watching", "let me see", "let me watch", "I'm in the mood for", "I am curious what it looks like:",
    "I wonder what it would look like to have", "my wish: ", "I fancy seeing", "could we have", "can we have", "can we get", "could we see", "I'm looking for a [clip|video] of",
    "wouldn't it be nice to watch", "I could really use a [clip|video] of", "imagine", "picture this:", "what would it look like if there was", "surprise me with", "time for",
)
_MAKE_NOUN = (
    "{makeme} {avideo} {of} {things}{please}", "{makeme} {avideo} {of} {things}{please}", "{makeme} {things}{please}", "{makeme} {things}{please}",
    "{askmake} {make} {avideo} {of} {things}?", "{askmake} {make} {avideo} {of} {things}", "{askmake} {make} {things}?", "{askmake} show me {things}{please}?",
    "{wish} {things}", "{wish} {things}", "{wish} {things}{please}", "{things}{please}", "{things}", "{things}{please}",
    "{avideo} {of} {things}{please}", "{avideo} {of} {things}{please}", "[video|clip|animation|generate|make|draw|prompt|request]: {things}", "my [kid|daughter|son|friend|boss|cat] wants to see {things}",
    "I need {avideo} {of} {things} for [my project|a presentation|my class|school|work]", "{make} it so that I [can see|see] {things}", "show {things}",
    "for [my project|a presentation|my class] I need {things}", "what about {avideo} {of} {things}?", "next I'd like {things}", "I want {things}{please}",
    "now {make} {avideo} {of} {things}", "[new|another] [video|clip]: {things}", "let there be {things}", "please {make} {avideo} {of} {things}", "do you think you could {make} {things}?",
    "[ok|okay|great|nice|cool|thanks|thank you], now {makeme} {things}{please}", "how would {things} look? [show me|please make it|let me see]", "I'd be happy if you could {make} {things}",
)
_MAKE_CLAUSE = (
    "{makeme} {avideo} [where|in which|so that] {clauses}{please}", "{askmake} {make} {avideo} [where|in which] {clauses}?",
    "{wish} {avideo} [where|in which] {clauses}", "{avideo} [where|in which] {clauses}{please}", "I want {avideo} [where|in which] {clauses}",
    "{makeme} {avideo}: {clauses}", "{makeme} {avideo}. {clauses}", "in the {clip1} I want, {clauses}",
)
_MAKE_INF = (
    "{makeme} {a} {base}{please}", "make {a} {base}{please}", "I'd love to see {a} {base}", "let {a} {base}", "can you make {a} {base}?", "I want to see {a} {base}",
    "have {a} {base}{please}", "let me see {a} {base}", "could you let {a} {base}?", "I want {a} to {base}", "I'd like {a} to {base}", "show me how {a} {finite}", "I would like to watch {a} {base}",
    "show me {a} {base}{please}", "I wish to see {a} {base}", "could I see {a} {base}?", "get {a} to {base}",
)
_GROUND_TAIL = (
    " on a {g} {ground}", " on a {g} {ground}", " on a {g} {ground}", " on {g}", " with a {g} {ground}", " with a {g} {ground}", " against a {g} {ground}", " in front of a {g} {ground}",
    ", {g} {ground}", ", {ground} {g}", " over a {g} {ground}", ". {ground}: {g}", ", the {ground} should be {g}", ". the {ground} is {g}", ". make the {ground} {g}", " ({g} {ground})", " in a {g} scene", " on top of a {g} {ground}",
)
_OPEN = (
    "{makeme} {avideo}{please}", "{askmake} {make} {avideo}?", "surprise me with {avideo}", "{makeme} {avideo} of [anything|something|whatever you like|anything you like|your choice]",
    "{make} [something|anything] for me", "show me what you can make", "show me an example [clip|video]", "make something [nice|cool|fun|pretty|random]", "{makeme} a random [clip|video]",
    "surprise me", "I want to see a [video|clip]", "generate something", "make any [video|clip]", "{askmake} {make} a demo [clip|video]?", "show me something you made",
)
_LISTED = (
    "colour: {c}, shape: {s}, size: {z}, motion: {m}, background: {g}", "{z} {c} {s}, {m}, {g} background", "{makeme} {avideo}. shape: {s}. colour: {c}. size: {z}. motion: {m}. background: {g}.",
    "{s}, {c}, {z}, {m}, {g}", "{c} {s} / {z} / {m} / {g} background", "{makeme} {avideo} with these: {z}, {c}, {s}, {m}, on {g}", "I want a {s}. it should be {c} and {z}, it should be {m}, and the {ground} should be {g}",
    "{makeme} a {s} [please|]. {c}, {z}, {m}. {ground}: {g}", "a {s} [that is|which is] {c} and {z} and [that is|which is] {m} on a {g} {ground}", "{makeme} a {z} {s} in {c}, {m}, on {g}", "{makeme} a {s} in {c}, {z}, {m}, {g} {ground}",
)
# fmt: on


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One object as it was asked for; None is left open."""

    colour: Colour | None = None
    shape: ShapeName | None = None
    size: str | None = None
    motion: Motion | None = None


def made_answer(scene: Scene) -> str:
    """The assistant's words when it makes a clip."""
    return f"Here is your clip: <video> {scene.prompt} </video>"


def random_object(rng: Random, *, taken: tuple[Colour, ...] = ()) -> SceneObject:
    """Any object of the world in a colour that is not taken."""
    shape = SHAPES[rng.randrange(len(SHAPES))]
    motion = MOTIONS[rng.randrange(len(MOTIONS))]
    while motion == "spin" and shape in ROUND_SHAPES:
        motion = MOTIONS[rng.randrange(len(MOTIONS))]
    colour = rng.choice([each for each in COLOURS if each not in taken])
    return SceneObject(colour=colour, shape=shape, size=SIZES[rng.randrange(2)], motion=motion)


def random_request(rng: Random) -> Scene:
    """One or two objects on some background, without places."""
    first = random_object(rng)
    things: tuple[SceneObject, ...] = (first,)
    if rng.random() < 0.35:
        things = (first, random_object(rng, taken=(first.colour,)))
    return Scene(background=rng.choice(BACKGROUNDS), objects=things)


def _all_of(thing: SceneObject) -> Wanted:
    return Wanted(colour=thing.colour, shape=thing.shape, size=thing.size, motion=thing.motion)


def _open_some(rng: Random, thing: SceneObject) -> Wanted:
    if rng.random() < 0.3:
        return _all_of(thing)
    return Wanted(
        colour=thing.colour if rng.random() < 0.88 else None,
        shape=thing.shape if rng.random() < 0.93 else None,
        size=thing.size if rng.random() < 0.55 else None,
        motion=thing.motion if rng.random() < 0.72 else None,
    )


def _adjectives(rng: Random, wanted: Wanted) -> list[str]:
    words = [size_word(rng, wanted.size)] if wanted.size else []  # type: ignore[arg-type]
    words += [colour_word(rng, wanted.colour)] if wanted.colour else []
    if len(words) == 2 and rng.random() < 0.12:
        words = [f"{words[1]} {words[0]}"] if rng.random() < 0.5 else [f"{words[0]}, {words[1]}"]
    return words


def _bare(rng: Random, wanted: Wanted) -> str:
    noun = shape_word(rng, wanted.shape) if wanted.shape else choose(rng, THINGS[:4])
    return " ".join([*_adjectives(rng, wanted), noun])


def wanted_phrase(rng: Random, wanted: Wanted, *, indefinite: bool = True) -> str:
    """`a small red star that spins`, `a spinning red star`, ..."""
    bare = _bare(rng, wanted)
    if wanted.motion is None:
        return article(bare) if indefinite else bare
    base, finite, doing = motion_words(rng, wanted.motion)
    kind = rng.random()
    if kind < 0.15 and " " not in doing:
        text = f"{doing} {bare}"
    elif kind < 0.5:
        text = f"{bare} {doing}"
    elif kind < 0.75:
        text = f"{bare} {choose(rng, ('that', 'which', 'that'))} {finite}"
    elif kind < 0.85:
        text = f"{bare} {choose(rng, ('that is', 'which is'))} {doing}"
    elif kind < 0.93:
        text = f"{bare}, {doing}"
    else:
        text = f"{bare} and it should {base}"
    if not indefinite:
        return text
    return (
        article(text)
        if rng.random() < 0.9
        else f"{choose(rng, ('one', 'some', ''))} {text}".strip()
    )


def _noun_request(rng: Random, wanted: list[Wanted], tail: str) -> str:
    if len(wanted) == 2 and rng.random() < 0.06:
        parts = [wanted_phrase(rng, each) for each in wanted]
        things = f"{parts[0]} {choose(rng, ('next to', 'together with', 'beside', 'along with', 'with', 'plus'))} {parts[1]}"
    else:
        word = choose(rng, ("and", "and", "and", "and also", "&"))
        things = joined([wanted_phrase(rng, each) for each in wanted], word)
    return pick(_MAKE_NOUN, rng, things=f"{things}{tail}")


def _shared_request(rng: Random, wanted: list[Wanted], tail: str) -> str:
    motion = wanted[0].motion
    assert motion is not None
    bare = [article(_bare(rng, each)) for each in wanted]
    base, _, doing = motion_words(rng, motion)
    way = choose(
        rng, (f", both {doing}", f" both {doing}", f" that both {base}", f", {doing}", f" {doing}")
    )
    return pick(_MAKE_NOUN, rng, things=f"{' and '.join(bare)}{way}{tail}")


def _clause(rng: Random, wanted: Wanted) -> str:
    bare = article(_bare(rng, wanted))
    if wanted.motion is None:
        return f"there is {bare}"
    _, finite, doing = motion_words(rng, wanted.motion)
    return f"{bare} {finite}" if rng.random() < 0.7 else f"{bare} is {doing}"


def _wording(rng: Random, scene: Scene, wanted: list[Wanted], ground: bool) -> str:
    tail = pick(_GROUND_TAIL, rng, g=background_word(rng, scene.background)) if ground else ""
    tail = tail if tail[:1] in (",", ".", "") else f" {tail}"
    shared = len(wanted) == 2 and wanted[0].motion == wanted[1].motion and wanted[0].motion
    if shared:
        return _shared_request(rng, wanted, tail)
    kind = rng.random()
    if kind < 0.68:
        return _noun_request(rng, wanted, tail)
    if kind < 0.83 or len(wanted) == 2 or wanted[0].motion is None:
        clauses = joined([_clause(rng, each) for each in wanted])
        return pick(_MAKE_CLAUSE, rng, clauses=f"{clauses}{tail}")
    base, finite, _ = motion_words(rng, wanted[0].motion)
    return pick(
        _MAKE_INF,
        rng,
        a=article(_bare(rng, wanted[0])),
        base=f"{base}{tail}",
        finite=f"{finite}{tail}",
    )


def _listed(rng: Random, scene: Scene) -> str:
    thing = scene.objects[0]
    return pick(
        _LISTED,
        rng,
        c=colour_word(rng, thing.colour),
        s=shape_word(rng, thing.shape),
        z=size_word(rng, thing.size),
        m=motion_words(rng, thing.motion)[2],
        g=background_word(rng, scene.background),
    )


def ask_for_clip(rng: Random, *, full: bool = False) -> Draft:
    """A request for a new clip of one or two objects; `full` names everything it may name."""
    scene = random_request(rng)
    if not full and rng.random() < 0.03:
        text = pick(_OPEN, rng)
        return Draft(user=text, assistant=made_answer(scene), family="make_open", made=scene)
    if len(scene.objects) == 1 and rng.random() < 0.07:
        text = _listed(rng, scene)
    else:
        if len(scene.objects) == 2 and rng.random() < 0.2:
            scene = _same_motion(rng, scene)
        wanted = [_all_of(each) if full else _open_some(rng, each) for each in scene.objects]
        text = _wording(rng, scene, wanted, full or rng.random() < 0.55)
    return Draft(user=text, assistant=made_answer(scene), family="make", made=scene)


def _same_motion(rng: Random, scene: Scene) -> Scene:
    motion = scene.objects[0].motion
    if motion == "spin" and any(each.shape in ROUND_SHAPES for each in scene.objects):
        motion = "still"
    objects = tuple(
        SceneObject(colour=each.colour, shape=each.shape, size=each.size, motion=motion)
        for each in scene.objects
    )
    return Scene(background=scene.background, objects=objects)
