"""Hand-written wordings of questions about a clip, family by family.

`{obj}` is a phrase that names one object of several ("the blue one", "the ring"), `{other}` another
one, `{noun}` what a yes/no question is about ("red circle"). `ALONE` wordings ask about the only
object of a clip, `NAMED` ones about one of several.
"""

from __future__ import annotations

from typing import Final

Wordings = tuple[str, ...]

COUNT: Final[Wordings] = (
    "How many objects are there?",
    "how many things can you see in this clip",
    "Count the shapes for me, please.",
    "What's the number of shapes in the video?",
    "Could you tell me how many figures show up?",
    "number of objects?",
    "How many shapes appear altogether?",
    "I'd like to know how many shapes this video contains.",
    "Is there one shape here, or are there more? How many exactly?",
    "so how many are there in total",
    "Please count everything that isn't background.",
    "how many different items do you spot in the footage?",
    "In total, how many coloured shapes does the clip have?",
    "What is the count of objects on screen?",
    "Give me the number of figures in this animation.",
    "Tell me how many shapes you see.",
    "how many shapes r there",
    "Would you count the objects in the video?",
    "At any time in the clip, how many distinct shapes are around?",
    "One, two or three objects - which is it?",
    "Hey, how many little guys are in this video?",
    "how many?",
)

BACKGROUND: Final[Wordings] = (
    "What colour is the background?",
    "What color is the background?",
    "which color does the backdrop have",
    "Tell me the background colour please.",
    "background?",
    "Is the background black, gray or white?",
    "What is behind the shapes, colour-wise?",
    "How would you describe the background of this clip?",
    "On what colour of background does this take place?",
    "the background - is it dark, mid or light? name the colour",
    "Could you say what shade the background is?",
    "What's the color of the backdrop in the video?",
    "I can't make out the background. What colour is it?",
    "bg color?",
    "What does the background look like?",
    "Against what background is this filmed?",
    "Which colour fills the rest of the frame?",
    "Name the colour of the background.",
    "What hue is used for the background here?",
    "What is the canvas colour?",
    "please tell me what color the scene's background is",
    "Behind everything, what colour do we see?",
)

COLOUR_ALONE: Final[Wordings] = (
    "What colour is it?",
    "What color is the object?",
    "which colour does the shape have",
    "Tell me the colour of the shape.",
    "colour of the object?",
    "Could you please tell me what color the thing in the video is?",
    "How is the shape coloured?",
    "I need the color of that shape.",
    "Name the object's colour.",
    "what's its color",
    "In which colour is the figure drawn?",
    "Which color would you say that shape is?",
)
COLOUR_NAMED: Final[Wordings] = (
    "What colour is {obj}?",
    "What color is {obj}?",
    "what color does {obj} have",
    "Tell me the color of {obj}.",
    "Which colour would you give {obj}?",
    "I'd like to know the colour of {obj}, please.",
    "{obj}: what colour?",
    "Can you name the colour of {obj}?",
    "Could you tell which color {obj} is?",
    "Have a look at {obj}. What colour is it?",
    "In what colour is {obj} shown?",
    "whats the color of {obj}",
    "How is {obj} coloured?",
)

SHAPE_ALONE: Final[Wordings] = (
    "What shape is it?",
    "Which shape do you see?",
    "what kind of shape is in the video",
    "Tell me the shape of the object.",
    "shape?",
    "What form does the object have?",
    "Could you identify the shape, please?",
    "What is the thing in this clip: circle, square, triangle, star, ring or cross?",
    "Name the figure shown.",
    "Which geometric figure is this?",
    "what am I looking at, shape-wise?",
    "What sort of figure appears in the clip?",
)
SHAPE_NAMED: Final[Wordings] = (
    "What shape is {obj}?",
    "Which shape does {obj} have?",
    "what kind of shape is {obj}",
    "Tell me what shape {obj} is.",
    "What is the form of {obj}?",
    "{obj} - what shape?",
    "Could you tell me the shape of {obj}?",
    "What figure is {obj}?",
    "Is {obj} a circle, a square or something else? Which shape?",
    "Please name the shape of {obj}.",
    "Geometrically speaking, what is {obj}?",
    "How would you call the shape of {obj}?",
)

SIZE_ALONE: Final[Wordings] = (
    "How big is it?",
    "Is the object small or large?",
    "what size is the shape",
    "Would you call it small or large?",
    "size of the object?",
    "Tell me the size of the shape please.",
    "Is it a large one or a small one?",
    "How large is the shape in the clip?",
    "Small or large?",
    "What's the object's size?",
    "Does the shape look small or large to you?",
    "could you say how big the thing is",
)
SIZE_NAMED: Final[Wordings] = (
    "How big is {obj}?",
    "Is {obj} small or large?",
    "what size is {obj}",
    "Tell me the size of {obj}.",
    "How large would you say {obj} is?",
    "Would you call {obj} small or large?",
    "{obj}, small or large?",
    "What is the size of {obj}?",
    "Can you tell me whether {obj} is large or small?",
    "Please tell me how big {obj} is.",
    "Does {obj} count as small or as large?",
    "size of {obj}?",
)

MOTION_ALONE: Final[Wordings] = (
    "What is it doing?",
    "How does the object move?",
    "what happens to the shape",
    "Describe the motion of the shape.",
    "What does the object do over the clip?",
    "Which way does it move, if it does?",
    "motion?",
    "Is the shape moving, and how?",
    "What's going on with the object here?",
    "In what manner does the thing move?",
    "Tell me about its movement.",
    "what kind of movement do you see",
)
MOTION_NAMED: Final[Wordings] = (
    "What is {obj} doing?",
    "How does {obj} move?",
    "what happens to {obj}",
    "Describe how {obj} moves.",
    "What does {obj} do in this video?",
    "How is {obj} moving?",
    "Tell me about the movement of {obj}.",
    "{obj} - what does it do?",
    "Which motion does {obj} show?",
    "Does {obj} move, and if so how?",
    "Could you explain what {obj} does during the clip?",
    "what's {obj} up to?",
)

RELATION: Final[Wordings] = (
    "Where is {obj} compared to {other} at the start?",
    "At the beginning, where is {obj} relative to {other}?",
    "In the first frame, is {obj} left of, right of, above or below {other}?",
    "where does {obj} start, seen from {other}",
    "Which side of {other} is {obj} on when the clip begins?",
    "At the start of the video, on which side of {other} do we find {obj}?",
    "Initially, where's {obj} with respect to {other}?",
    "Tell me where {obj} is in relation to {other} at first.",
    "When it starts, is {obj} above, below, left of or right of {other}?",
    "What is the position of {obj} relative to {other} in the beginning?",
    "Position of {obj} vs {other} at the start?",
    "Starting out, how is {obj} placed relative to {other}?",
)
RELATION_ACROSS: Final[Wordings] = (
    "Is {obj} to the left or to the right of {other} at the start?",
    "left or right: where is {obj} as seen from {other} when the clip begins?",
    "At the beginning, is {obj} left or right of {other}?",
    "Does {obj} start left of {other} or right of it?",
)
RELATION_UPRIGHT: Final[Wordings] = (
    "Is {obj} above or below {other} at the start?",
    "above or below: where is {obj} as seen from {other} when the clip begins?",
    "At the beginning, is {obj} above or below {other}?",
    "Does {obj} start above {other} or below it?",
)

EXISTENCE: Final[Wordings] = (
    "Is there a {noun}?",
    "Is there a {noun} in the clip?",
    "Can you see a {noun}?",
    "do you see a {noun} anywhere",
    "Does the video show a {noun}?",
    "Does a {noun} appear at any point?",
    "Is a {noun} visible?",
    "I'm looking for a {noun}. Is there one?",
    "any {noun} in this video?",
    "Would I find a {noun} in this clip?",
    "Could there be a {noun} in here?",
    "Tell me whether there's a {noun}.",
    "Has this clip got a {noun} in it?",
    "Is it true that there's a {noun} in the footage?",
    "Are there any {noun}s?",
    "a {noun} - yes or no?",
    "Can a {noun} be seen here?",
    "Does this contain a {noun}?",
)
EXISTENCE_MOTION: Final[Wordings] = (
    "Is anything {doing}?",
    "Is there something {doing} in the video?",
    "do you see anything that is {doing}",
    "Is any of the shapes {doing}?",
    "Can you spot an object that's {doing}?",
)

DESCRIPTION: Final[Wordings] = (
    "Describe the clip.",
    "What do you see?",
    "what's happening in this video",
    "Please give me a description of the video.",
    "Tell me everything you see in the clip.",
    "What is going on here?",
    "Summarise this clip for me.",
    "Could you summarize the video?",
    "Explain what the clip shows.",
    "describe it",
    "What does this video show?",
    "I can't watch it right now, what is in it?",
    "Write a caption for this clip.",
    "caption please",
    "Put into words what happens in the footage.",
    "Walk me through the video.",
    "Give me a full description: colours, shapes and how they move.",
    "Would you describe the scene for a blind friend of mine?",
    "What can be seen in this animation?",
    "In a sentence or two, what's in the clip?",
)

ORDER: Final[Wordings] = (
    "Is {obj} bigger or smaller than {other}?",
    "is {obj} smaller or bigger than {other}",
    "Compared with {other}, is {obj} bigger or smaller?",
    "How does the size of {obj} compare to {other}?",
    "How does {obj} compare in size with {other}?",
    "Would you say {obj} is bigger or smaller than {other}?",
    "{obj} vs {other}: bigger or smaller?",
    "Tell me if {obj} is bigger or smaller than {other}, please.",
    "Looking at size, is {obj} the bigger or the smaller one next to {other}?",
    "In size, where does {obj} stand against {other} - bigger or smaller?",
)
ORDER_WHICH: Final[Wordings] = (
    "Which one is {order}, {obj} or {other}?",
    "Which is {order}: {obj} or {other}?",
    "what is {order}, {obj} or {other}",
    "Of {obj} and {other}, which one is the {order} one?",
    "Between {obj} and {other}, which is {order}?",
    "Tell me which is {order}, {obj} or {other}.",
    "Which of the two is {order}?",
    "Which of both objects is the {order} one?",
    "Which shape is {order}?",
    "Which object is the {order} of the two?",
)

FOLLOW_FIRST: Final[dict[str, Wordings]] = {
    "colour": ("What colour is {obj}?", "Tell me {obj}'s color.", "what color is {obj}"),
    "shape": ("What shape is {obj}?", "Which shape is {obj}?", "what figure is {obj}?"),
    "size": ("Is {obj} small or large?", "How big is {obj}?", "what's the size of {obj}"),
    "motion": ("What is {obj} doing?", "How does {obj} move?", "what does {obj} do"),
}
FOLLOW_UP: Final[dict[str, Wordings]] = {
    "colour": (
        "And its colour?",
        "and what color is it",
        "What about the colour?",
        "Which colour does it have?",
        "ok, and the color?",
        "Its colour, please?",
    ),
    "shape": (
        "And what shape is it?",
        "and its shape?",
        "What about its shape?",
        "Which shape does it have?",
        "Thanks. And the shape?",
        "what shape then",
    ),
    "size": (
        "And how big is it?",
        "and its size?",
        "Is it small or large?",
        "What about the size?",
        "Nice. How large is it?",
        "and is that one small or large",
    ),
    "motion": (
        "And what is it doing?",
        "and how does it move?",
        "What about its movement?",
        "What does it do?",
        "Great. How is it moving?",
        "and its motion",
    ),
    "background": (
        "And the background?",
        "and what colour is the background",
        "What about the background colour?",
        "Which color is behind it?",
    ),
    "count": (
        "And how many objects are there in all?",
        "how many shapes are there altogether?",
        "And how many shapes in total?",
    ),
}

COMPARE_ASK: Final[dict[str, Wordings]] = {
    "colour": (
        "What colour is the object in {clip}?",
        "In {clip}, what color is the shape?",
        "which colour does the thing in {clip} have",
        "Tell me the colour of the shape in {clip}.",
    ),
    "shape": (
        "What shape is in {clip}?",
        "In {clip}, which shape do you see?",
        "what figure does {clip} show",
        "Name the shape that appears in {clip}.",
    ),
    "motion": (
        "What does the object do in {clip}?",
        "In {clip}, how does the shape move?",
        "how is the thing in {clip} moving",
        "Describe the motion in {clip}.",
    ),
    "background": (
        "What colour is the background of {clip}?",
        "In {clip}, what's the background color?",
        "background of {clip}?",
        "Which background does {clip} have?",
    ),
}
COMPARE_WHICH: Final[Wordings] = (
    "Which clip has the {noun}, the first or the second?",
    "In which video is the {noun}, video 1 or video 2?",
    "which one shows a {noun}: the first clip or the second clip",
    "Does the {noun} appear in the first or in the second video?",
    "Where is the {noun}, in video 1 or in video 2?",
    "Tell me in which of the two clips I can see a {noun}.",
)
COMPARE_SAME: Final[dict[str, Wordings]] = {
    "colour": (
        "Do both clips show an object of the same colour?",
        "Are the shapes in the two videos the same color?",
        "is the colour of the object the same in both clips?",
    ),
    "shape": (
        "Do both clips show the same shape?",
        "Is it the same shape in video 1 and video 2?",
        "are the two videos showing the same kind of shape",
    ),
    "background": (
        "Do the two clips have the same background?",
        "Is the background of both videos the same colour?",
        "same background in both videos?",
    ),
    "motion": (
        "Do the objects in both clips move the same way?",
        "Is the motion the same in the first and the second video?",
        "do both videos show the same movement?",
    ),
}
CLIP_NAMES: Final[tuple[Wordings, Wordings]] = (
    ("the first clip", "video 1", "the first video", "clip 1", "the first one"),
    ("the second clip", "video 2", "the second video", "clip 2", "the second one"),
)

MOTION_PHRASES: Final[dict[str, Wordings]] = {
    "still": ("standing still", "not moving", "staying still"),
    "left": ("moving left", "going to the left", "heading left"),
    "right": ("moving right", "going to the right", "heading right"),
    "up": ("moving up", "going up", "moving upwards"),
    "down": ("moving down", "going down", "moving downwards"),
    "bounce": ("bouncing", "hopping up and down", "bouncing up and down"),
    "spin": ("spinning", "rotating", "turning round"),
    "grow": ("growing", "getting bigger", "becoming larger"),
    "shrink": ("shrinking", "getting smaller", "becoming smaller"),
    "blink": ("blinking", "flashing", "blinking on and off"),
}
