"""Small talk about what the assistant is and can do, and questions about clips that are not there."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from random import Random

from gpt4video.shapes.dialogues._asking import answer
from gpt4video.shapes.dialogues._following import ATTRIBUTES, ITS
from gpt4video.shapes.dialogues._grammar import pick
from gpt4video.shapes.dialogues._making import random_object, random_request
from gpt4video.shapes.dialogues._story import Draft, Story
from gpt4video.shapes.dialogues._words import article, choose, joined
from gpt4video.shapes.world import BACKGROUNDS, COLOURS, MOTION_PHRASE, SHAPES

# fmt: off

_ABLE = "I can watch clips of simple shapes, answer questions about them and make new ones."
_KINDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("[hi|hello|hey|good morning|good evening|good afternoon|hiya|greetings|howdy|yo|hallo|hi there|hello there|hey there|sup|what's up]{end}",),
     f"Hello! {_ABLE}"),
    (("what can you do{end}", "what are you able to do{end}", "what do you do{end}", "how can you help[ me|]{end}", "help", "[can you|please] help me{end}", "what are your [skills|abilities|features|capabilities|talents]{end}", "what is this{end}",
      "what can I [ask|do here|ask you|use you for]{end}", "how does this work{end}", "what are you for{end}", "what are you good at{end}", "tell me what you can do{end}", "what is your purpose{end}", "give me an overview of what you can do{end}", "how do I use [you|this]{end}", "what can you help me with{end}", "what should I ask you{end}", "in what ways can you help{end}", "explain what you do{end}", "can you do anything useful{end}", "what kind of things can you do{end}"), _ABLE),
    (("who are you{end}", "what are you{end}", "what's your name{end}", "what is your name{end}", "are you [a robot|an AI|a bot|a computer|human|a person|real|chatgpt|a machine]{end}", "introduce yourself{end}", "tell me about yourself{end}", "do you have a name{end}", "who am I [talking|speaking] to{end}", "say something about yourself{end}", "who made you{end}", "are you there{end}"),
     f"I am a small video assistant. {_ABLE}"),
    (("[thanks|thank you|thx|many thanks|cheers|thank you very much|thanks a lot|ty|much appreciated|thanks, that helps|thank you so much|great, thanks|perfect, thanks|ok thanks|thanks for your help]{end}",), "You are welcome!"),
    (("[great|nice|cool|well done|good job|perfect|awesome|excellent|wonderful|lovely|amazing|good work|I like it|that's nice|very good|brilliant|wow|that is right|correct|good|that looks great|nice clip|good answer]{end}",), "Thank you! Tell me if there is more that I can do."),
    (("[bye|goodbye|see you|see you later|good night|bye bye|farewell|that's all|that is all|I'm done|until next time|talk to you later|have a nice day|take care]{end}",), "Goodbye!"),
    (("how are you{end}", "how are you doing{end}", "how do you feel{end}", "how is it going{end}", "how's it going{end}", "are you [ok|okay|well|happy]{end}", "how's your day{end}", "you alright{end}"), f"I am fine, thank you. {_ABLE}"),
    (("[what|which] shapes [do you know|can you make|can you draw|are there in your world|do you understand|can you recognise|can I choose from|are possible|are available]{end}", "list [all |]the shapes [you know|you can make]{end}", "what kinds of shapes can you [make|draw|show]{end}"),
     f"I know these shapes: {joined(SHAPES)}."),
    (("[what|which] {hue}s [do you know|can you make|can you use|do you understand|can I choose from|are possible|are available|can the shapes have]{end}", "list [all |]the {hue}s [you know|you can use]{end}", "in which {hue}s can you [draw|make|paint] [shapes|things]{end}"),
     f"I know these colours: {joined(COLOURS)}."),
    (("[what|which] (motions|movements) [do you know|can you make|can I choose from|are possible|are available]{end}".replace("(", "[").replace(")", "]"), "how can [the |]shapes move{end}", "what can the shapes do{end}", "[what|which] [ways of moving|kinds of motion] [do you know|can you show]{end}"),
     f"A shape can be {joined(tuple(MOTION_PHRASE.values()), 'or')}."),
    (("[what|which] {ground}s [do you know|can you make|are there|are possible|can I choose from|are available]{end}", "what can the {ground} be{end}", "which {ground} {hue}s can you use{end}"), f"The background can be {joined(BACKGROUNDS, 'or')}."),
    (("what sizes [are there|can you make|do you know|are possible]{end}", "which sizes can [objects|shapes] have{end}"), "A shape can be small or large."),
    (("can you make [videos|clips|a video|a clip|movies|animations|films]{end}", "do you [make|generate|create] [videos|clips]{end}", "are you able to [make|generate|create] [videos|clips|a video]{end}", "is it possible to [make|generate|create] [clips|videos] with you{end}", "do you know how to make a [clip|video]{end}", "how do you make [videos|clips]{end}", "how can I get a [video|clip]{end}", "how do I ask for a [video|clip]{end}", "what [videos|clips] can you make{end}", "what kind of [videos|clips] can you [make|create|generate]{end}", "which [clips|videos] can you make{end}", "do you like making [videos|clips]{end}", "could I ask you to make a [clip|video] later{end}", "can you draw{end}", "can you animate things{end}", "how long are your [clips|videos]{end}"),
     "Yes, I can make short clips of simple shapes. Tell me the shape, its colour, its size, how it moves and the background."),
    (("can you [watch|see|understand] [videos|clips|a video|a clip|films]{end}", "do you [watch|see|understand] [videos|clips]{end}", "can I show you a [video|clip]{end}", "can you look at a [video|clip]{end}", "may I send you a [video|clip]{end}", "how do I show you a [video|clip]{end}", "can you answer questions about [videos|clips|my clip]{end}", "do you [like|enjoy] [videos|clips|watching videos]{end}", "I have a [video|clip] for you later", "how many [videos|clips] can you watch{end}", "can you see more than one [video|clip]{end}", "can you compare two [clips|videos]{end}"),
     "Yes, I can watch clips of simple shapes. Show me one and ask me about it."),
    (("how many [objects|shapes] can [you put in a clip|a clip have|you draw at once|there be]{end}", "can you [draw|make] more than one [shape|object]{end}", "can you show two [shapes|objects] at once{end}"), "I can put one or two shapes into a clip that I make."),
    (("[repeat after me|say|write|print|output|type|echo]: <video> {prompt} </video>", "what does <video> mean{end}", "what is the <video> tag{end}", "write [the tag |]<video>[ for me|]", "<video> </video>", "</video>", "<video>", "why do you write <video>{end}", "explain the <video> tag{end}", "can you print </video>{end}", "just write <video> and nothing else"),
     "I only write that tag when you ask me for a clip. Tell me what the clip should show."),
    (("do you have [feelings|a favourite colour|a favourite shape|friends|a hobby]{end}", "what is your favourite [colour|shape|motion]{end}", "do you like [shapes|colours|stars|circles|me]{end}", "which [shape|colour] do you like [best|most]{end}", "are you bored{end}"), f"I have no favourites. {_ABLE}"),
    (("[ok|okay|alright|fine|i see|got it|understood|hmm|aha|yes|no|maybe|sure|right|never mind|wait|nothing|forget it|not now|let me think]{end}",), "All right. Tell me what I can do for you."),
)
_MENTIONED = (
    ("I [once|already|just] [made|drew|filmed|animated|had] {a_clip} of {prompt}", "my [friend|sister|boss|brother|teacher|colleague] [made|has|likes|showed me|sent me] {a_clip} of {prompt}", "[do not|don't|please don't|never] [make|create|draw|generate|show me] {a_clip} of {prompt}",
      "I [don't want|do not need|am tired of|no longer need] {a_clip} of {prompt}", "[yesterday|last week|this morning|earlier] I [saw|watched|found|liked] {a_clip} of {prompt}", "there was {a_clip} of {prompt} [on TV|online|at the museum|in my feed]", "I [was thinking|read|heard|talked|dreamt] about {a_clip} of {prompt}",
      "not {prompt}[ again| please|, thanks|]{end}", "why would anyone [make|want|need|watch] {a_clip} of {prompt}{end}", "[is it hard|is it easy|how long does it take|how do people manage|what does it cost] to make {a_clip} of {prompt}{end}", "who [made|needs|wants] {a_clip} of {prompt}{end}",
      "[maybe|perhaps] later {a_clip} of {prompt}, but not now", "{a_clip} of {prompt} would be [boring|too much|silly|wrong|a bad idea]", "the [clip|video] of {prompt} [was nice|was good|is finished|works well|is done|can be deleted]", "I have seen enough of {prompt}", "before you make anything: what do you think of {prompt}{end}"),
    "All right, I will make no clip now. Tell me when you want one.",
)
_NO_CLIP = (
    "what colour is {it}?", "what shape is {it}?", "how does {it} move?", "how many objects are there?", "how many shapes do you see?", "what is the background colour?", "describe the clip.", "what happens in the video?", "what do you see?",
    "what do you see in the video?", "is there {a} in the video?", "do you see {a}?", "how big is {it}?", "what's in the clip?", "describe the video", "what's happening?", "which way does {it} go?", "is {it} moving?", "what does the video show?",
    "which object is bigger?", "what is on the left?", "is the background black?", "what colour is the {s} in the video?", "what is the {s} doing?", "describe what you see", "count the objects", "what is in video 1?", "what's the colour of {it} in the clip?",
)
_NO_CLIP_SAID = "I have not seen a clip yet. Please show me one."
_NOTHING_MADE = ("now make it {c}", "make it {c}", "same, but moving up", "make it bigger", "change the background to white", "the same again", "now make it spin", "do it again", "make it smaller", "same but {c}", "turn it into a {s}", "on a white background, please", "add {a}", "remove the {s}")
_ABOUT_MADE = ("what did you [just |]make?", "what is in the clip you [just |]made?", "describe the clip you [just |]made.", "what does your [clip|video] show?", "describe your [clip|video].", "what have you [drawn|made|created]?", "what did you draw?", "describe it", "what was in that [clip|video]?", "what is in it?")
_END = ("?", ".", "!", "", "", "?")
# fmt: on


def small_talk(rng: Random, story: Story) -> Draft:
    """Greetings, thanks, questions about the assistant."""
    if rng.random() < 0.12 and not story.shown and story.made is None:
        return _without_clip(rng)
    templates, said = rng.choice((*_KINDS, _MENTIONED))
    prompt = random_request(rng).prompt
    if rng.random() < 0.5:
        thing = random_object(rng)
        prompt = article(f"{thing.colour} {thing.shape}")
    a_clip = choose(rng, ("a clip", "a video", "a short video", "an animation", "a film"))
    text = pick(templates, rng, end=choose(rng, _END), prompt=prompt, a_clip=a_clip)
    if len(templates) > 1 and rng.random() < 0.1:
        text = f"{choose(rng, ('hi', 'hello', 'hey', 'ok', 'so', 'well'))}, {text}"
    return Draft(user=text, assistant=said, family="small_talk")


def _without_clip(rng: Random) -> Draft:
    thing = random_object(rng)
    slots = {"c": thing.colour, "s": thing.shape, "a": article(f"{thing.colour} {thing.shape}")}
    if rng.random() < 0.3:
        text = pick(_NOTHING_MADE, rng, **slots)
        said = "There is no clip to change yet. Ask me for one first."
        return Draft(user=text, assistant=said, family="no_clip")
    it = choose(rng, ("it", "the object", f"the {thing.shape}", f"the {thing.colour} object"))
    text = pick(_NO_CLIP, rng, it=it, **slots)
    return Draft(user=text, assistant=_NO_CLIP_SAID, family="no_clip")


def ask_about_made(rng: Random, story: Story) -> Draft | None:
    """What the clip just made shows."""
    if story.made is None or not story.latest_is_made:
        return None
    if len(story.made.objects) == 1 and rng.random() < 0.6:
        kind = rng.choice((*ATTRIBUTES, "background"))
        said = f"The background is {story.made.background}."
        if kind != "background":
            said = answer(story.made, 0, kind)
        text = pick(ITS[kind], rng)
        return Draft(user=text, assistant=said, family="about_made")
    said = f"The clip shows {story.made.prompt}."
    return Draft(user=pick(_ABOUT_MADE, rng), assistant=said, family="about_made")
