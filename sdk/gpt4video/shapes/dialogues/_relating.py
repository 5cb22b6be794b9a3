"""Questions about two objects of one clip: where one is from the other, and which is bigger."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._grammar import WORDS, pick
from gpt4video.shapes.dialogues._refer import CLEAR, extremes, refer, spoken
from gpt4video.shapes.dialogues._story import Draft, Story, where
from gpt4video.shapes.dialogues._yesno import verdict
from gpt4video.shapes.world import Scene

# fmt: off

WORDS["start"] = ("",) * 6 + (
    " at the [start|beginning]", " at first", " in the first frame", " to begin with", " initially",
    " when the [clip|video] [starts|begins]", " at the start of the [clip|video]",
)
WORDS["left_of"] = ("to the left of",) * 3 + ("left of", "left of", "on the left of", "on the left side of")
WORDS["right_of"] = ("to the right of",) * 3 + ("right of", "right of", "on the right of", "on the right side of")
WORDS["above_of"] = ("above",) * 4 + ("higher than", "over", "on top of", "higher up than")
WORDS["below_of"] = ("below",) * 4 + ("under", "beneath", "underneath", "lower than")
_SIDES = {"left": "right", "right": "left", "above": "below", "below": "above"}
_SAID = {"left": "to the left of", "right": "to the right of", "above": "above", "below": "below"}
_WHERE = (
    "where is {a} [relative to|compared to|in relation to|with respect to|as seen from] {b}{start}{in}?",
    "where is {a} relative to {b}{start}{in}{please}?", "where does {a} [start|begin] relative to {b}{in}?",
    "what is the position of {a} relative to {b}{start}{in}?", "on which side of {b} is {a}{start}{in}?",
    "{tell} where {a} is [relative to|compared to] {b}{start}{in}.", "where is {a} from {b}{start}{in}?",
    "in what direction from {b} is {a}{start}{in}?", "where can I find {a} relative to {b}{start}{in}?",
    "how is {a} placed relative to {b}{start}{in}?", "what is the spatial relation of {a} to {b}{start}{in}?",
    "[give|tell me|say] the position of {a} [relative to|with respect to|as seen from] {b}{start}{in}.",
    "is {a} [left of, right of, above or below|above, below, left of or right of] {b}{start}{in}?", "[left, right, above or below|above, below, left or right]: where is {a} from {b}{start}{in}?",
    "which side of {b} is {a} on{start}{in}?", "where is {a} located [relative to|compared with] {b}{start}{in}?",
)
_SIDEWAYS = (
    "is {a} [to the left or right of|left or right of|on the left or on the right of|to the right or to the left of] {b}{start}{in}{please}?",
    "is {a} [left or right of|right or left of] {b}{start}{in}?", "is {a} on the left or the right [side |]of {b}{start}{in}?",
    "does {a} [start|begin] to the left or to the right of {b}{in}?", "{tell} [if|whether] {a} is left or right of {b}{start}{in}.",
    "left or right: where is {a} compared to {b}{start}{in}?", "is {a} to the [left of {b} or to the right|right of {b} or to the left][ of it|]{start}{in}?",
    "[to the left or to the right|on the left or on the right] of {b}: where [is|was] {a}{start}{in}?",
)
_UPRIGHT = (
    "is {a} [above or below|below or above|over or under|higher or lower than|above or under] {b}{start}{in}{please}?",
    "is {a} above or below {b}{start}{in}?", "does {a} [start|begin] above or below {b}{in}?",
    "{tell} [if|whether] {a} is [above or below|below or above] {b}{start}{in}.",
    "above or below: where is {a} compared to {b}{start}{in}?", "is {a} [above {b} or below|below {b} or above] it{start}{in}?",
    "[over or under|higher or lower than] {b}: where [is|was] {a}{start}{in}?",
)
_WHETHER = (
    "is {a} {way} {b}{start}{in}{please}?", "is {a} {way} {b}{start}{in}?", "{whether} {a} is {way} {b}{start}{in}?",
    "does {a} [start|begin] {way} {b}{in}?", "{a} is {way} {b}{start}{in}, right?", "can you see {a} {way} {b}{start}{in}?",
    "is it true that {a} is {way} {b}{start}{in}?", "{a} is {way} {b}{start}{in}, isn't it?",
)
_WHICH = (
    "[which|what] [object|shape|one|thing] is [{far}]{start}{in}?", "[which|what] [object|shape|thing] [starts|begins] [{far}]{in}?",
    "what is [{far}]{start}{in}?", "what do you see [{far}]{start}{in}?", "{tell} [which|what] [object|shape] is [{far}]{start}{in}.",
    "which of [them|the objects|the shapes] is [{far}]{start}{in}?",
)
_FAR = {
    "left": "on the left|furthest left|leftmost|on the left side|furthest to the left|the leftmost",
    "right": "on the right|furthest right|rightmost|on the right side|furthest to the right|the rightmost",
    "top": "at the top|highest|topmost|highest up|the highest|in the upper position",
    "bottom": "at the bottom|lowest|bottommost|lowest down|the lowest|in the lower position",
}
_FAR_SAID = {"left": "on the left", "right": "on the right", "top": "at the top", "bottom": "at the bottom"}
_WHAT_IS = (
    "[what|which object|which shape] is {way} {b}{start}{in}?", "what do you see {way} {b}{start}{in}?",
    "{tell} what is {way} {b}{start}{in}.", "which [one|thing|object] is {way} {b}{start}{in}?",
    "what [lies|sits|can be found] {way} {b}{start}{in}?", "name the object {way} {b}{start}{in}.",
)
_BIGGER_PAIR = (
    "which is {more}{in}, {a} or {b}?", "which [one|object|shape] is {more}: {a} or {b}{in}?", "what is {more}, {a} or {b}{in}?",
    "is {a} or {b} {more}{in}?", "{tell} which is {more}, {a} or {b}{in}.", "{a} or {b}: which is {more}{in}?",
    "between {a} and {b}, which is {more}{in}?", "which of {a} and {b} is {more}{in}?",
    "[comparing|if you compare] {a} [with|and] {b}, which [one |]is {more}{in}?", "[pick|name|find] the {more_one} of {a} and {b}{in}.",
    "the {more_one}, is it {a} or {b}{in}?", "{a} and {b}: which [one |]is {more}{in}?", "of the two, {a} and {b}, which is {more}{in}?",
)
_BIGGER_ANY = (
    "which [one|object|shape|thing] is {more}{in}?", "which [object|shape|of them|of the two] is {more}{in}?",
    "what is the {more} [object|shape|thing|one]{in}?", "{tell} which [object|one|shape] is {more}{in}.",
    "which one is the {more_one}{in}?", "[pick|name|find|show me] the {more_one}{in}.", "which of the two [shapes|objects|figures|things] is {more}{in}?",
    "which of both is {more}{in}?", "[if|now that] you compare [them|the two|their sizes], which is {more}{in}?",
)
_BIGGER_WHETHER = (
    "is {a} {more} than {b}{in}{please}?", "is {a} {more} than {b}{in}?", "{whether} {a} is {more} than {b}{in}?",
    "{a} is {more} than {b}{in}, right?", "would you say {a} is {more} than {b}{in}?",
)
_BIGGER_OR = (
    "is {a} [bigger or smaller|larger or smaller|smaller or bigger|smaller or larger] than {b}{in}?",
    "{tell} [if|whether] {a} is [bigger or smaller|larger or smaller] than {b}{in}.",
    "how does {a} compare to {b} in size{in}?", "compared to {b}, is {a} [bigger or smaller|larger or smaller]{in}?",
    "how big is {a} compared to {b}{in}?", "[in size|by size], how does {a} compare [to|with] {b}{in}?",
    "how do {a} and {b} compare in size{in}?", "{a} against {b}: [bigger or smaller|larger or smaller]{in}?",
    "next to {b}, is {a} [bigger or smaller|larger or smaller]{in}?", "compare the size of {a} with {b}{in}.",
)
_SAME_SIZE = (
    "are {a} and {b} the same size{in}?", "do {a} and {b} have the same size{in}?",
    "is {a} the same size as {b}{in}?", "is {a} as [big|large] as {b}{in}?",
)
WORDS["bigger_one"] = ("bigger one", "bigger one", "larger one", "bigger of the two", "larger of them")
WORDS["smaller_one"] = ("smaller one", "smaller one", "smaller of the two", "smaller of them")
WORDS["bigger"] = ("bigger",) * 4 + ("larger", "larger", "the bigger one", "the larger one")
WORDS["smaller"] = ("smaller",) * 4 + ("the smaller one", "littler", "tinier")
# fmt: on


def relation(scene: Scene, first: int, second: int, axis: str) -> str | None:
    """`left`, `right` (axis x), `above` or `below` (axis y) when clearly so at the start."""
    a, b = scene.objects[first], scene.objects[second]
    gap = a.x - b.x if axis == "x" else a.y - b.y
    if abs(gap) <= CLEAR:
        return None
    if axis == "x":
        return "left" if gap < 0 else "right"
    return "above" if gap < 0 else "below"


def open_relation(scene: Scene, first: int, second: int) -> str | None:
    """The relation along the axis on which the two are clearly further apart."""
    a, b = scene.objects[first], scene.objects[second]
    across, along = abs(a.x - b.x), abs(a.y - b.y)
    if across > 1.5 * along:
        return relation(scene, first, second, "x")
    if along > 1.5 * across:
        return relation(scene, first, second, "y")
    return None


def places(scene: Scene, *numbers: int) -> str:
    """`Red 27, blue 66`: tenths of the frame from the left, then from the top, at the start."""
    objects = [scene.objects[each] for each in numbers]
    told = [f"{each.colour} {_tenth(each.x)}{_tenth(each.y)}" for each in objects]
    return ", ".join(told).capitalize()


def _tenth(place: float) -> int:
    return min(9, max(0, int(10 * place)))


def _pair(rng: Random, scene: Scene, hide: tuple[str, ...]) -> tuple[int, int, str, str] | None:
    if len(scene.objects) < 2:
        return None
    first, second = rng.sample(range(len(scene.objects)), 2)
    a = refer(rng, scene, first, hide=hide)
    b = refer(rng, scene, second, hide=hide)
    return None if a is None or b is None else (first, second, a, b)


def ask_relation(rng: Random, story: Story, clip: int) -> Draft | None:
    """Where one object is from another at the start of the clip."""
    scene = story.scenes[clip]
    pair = _pair(rng, scene, ("place",) if rng.random() < 0.9 else ("place", "size"))
    if pair is None:
        return None
    first, second, a, b = pair
    place = {"in": where(rng, story, clip)}
    name, other = spoken(scene, first), spoken(scene, second)
    kind = rng.random()
    if kind < 0.25:
        way = open_relation(scene, first, second)
        templates: tuple[str, ...] = _WHERE
    else:
        axis = "x" if rng.random() < 0.5 else "y"
        way = relation(scene, first, second, axis)
        templates = _SIDEWAYS if axis == "x" else _UPRIGHT
    if way is None:
        return None
    said = f"{name.capitalize()} is {_SAID[way]} {other}."
    if kind < 0.5:
        text = pick(templates, rng, a=a, b=b, **place)
    elif kind < 0.8:
        asked = way if rng.random() < 0.5 else _SIDES[way]
        text = pick(_WHETHER, rng, a=a, b=b, way="{%s_of}" % asked, **place)  # noqa: UP031
        text = pick((text,), rng)
        said = verdict(asked == way, said)
    if kind < 0.8:
        noted = places(scene, first, second)
        return Draft(
            user=text, assistant=said, reasoning=noted, family="relation", focus=(clip, first)
        )
    return _which(rng, scene, clip, place) if kind < 0.93 else _what_is(rng, scene, clip, place)


def _which(rng: Random, scene: Scene, clip: int, place: dict[str, str]) -> Draft | None:
    index = rng.randrange(len(scene.objects))
    ways = extremes(scene, index)
    if not ways:
        return None
    way = rng.choice(ways)
    template = rng.choice(_WHICH).replace("{far}", _FAR[way])
    said = f"{spoken(scene, index).capitalize()} is {_FAR_SAID[way]}."
    text = pick((template,), rng, **place)
    return Draft(user=text, assistant=said, family="relation", focus=(clip, index))


def _what_is(rng: Random, scene: Scene, clip: int, place: dict[str, str]) -> Draft | None:
    if len(scene.objects) != 2:
        return None
    pair = _pair(rng, scene, ("place",))
    if pair is None:
        return None
    first, second, _, b = pair
    way = relation(scene, first, second, rng.choice("xy"))
    if way is None:
        return None
    text = pick((pick(_WHAT_IS, rng, b=b, way="{%s_of}" % way, **place),), rng)  # noqa: UP031
    name, other = spoken(scene, first), spoken(scene, second)
    return Draft(
        user=text,
        assistant=f"{name.capitalize()} is {_SAID[way]} {other}.",
        reasoning=places(scene, second, first),
        family="relation",
        focus=(clip, first),
    )


def ask_bigger(rng: Random, story: Story, clip: int) -> Draft | None:
    """Which of two objects is bigger or smaller."""
    scene = story.scenes[clip]
    pair = _pair(rng, scene, ("size",))
    if pair is None:
        return None
    first, second, a, b = pair
    place = {"in": where(rng, story, clip)}
    one, other = scene.objects[first], scene.objects[second]
    name, rest = spoken(scene, first), spoken(scene, second)
    same = one.size == other.size
    if same and rng.random() < 0.7:
        return None  # or half of all answers would be that there is no difference
    noted = f"{name.capitalize()} is {one.size} and {rest} is {other.size}"
    more = "bigger" if rng.random() < 0.5 else "smaller"
    truth = "bigger" if one.size == "large" else "smaller"
    kind, winner = rng.random(), first
    said = "They are about the same size." if same else f"{name.capitalize()} is {truth}."
    if kind < 0.35 or (kind < 0.55 and len(scene.objects) == 2):
        templates = _BIGGER_ANY if kind >= 0.35 else _BIGGER_PAIR
        slots = {"more": "{%s}" % more, "more_one": "{%s_one}" % more}  # noqa: UP031
        text = pick((pick(templates, rng, a=a, b=b, **slots, **place),), rng)
        if not same:
            winner = first if truth == more else second
            said = f"{spoken(scene, winner).capitalize()} is {more}."
    elif kind < 0.75:
        word = "larger" if more == "bigger" and rng.random() < 0.3 else more
        text = pick(_BIGGER_WHETHER, rng, a=a, b=b, more=word, **place)
        said = verdict(truth == more and not same, said)
    elif kind < 0.9:
        text = pick(_BIGGER_OR, rng, a=a, b=b, **place)
    else:
        text = pick(_SAME_SIZE, rng, a=a, b=b, **place)
        said = verdict(same, said)
    focus = None if same and kind < 0.55 else (clip, winner)
    return Draft(user=text, assistant=said, reasoning=noted, family="bigger", focus=focus)
