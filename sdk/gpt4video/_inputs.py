"""What comes into a turn: texts and clips, made ready for the guards and for the reasoner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gpt4video.reasoning import ClipPart, Message
from gpt4video_guards import FramesSubject, TextSubject
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import Clip, VideoBudget, read_clip

if TYPE_CHECKING:
    from gpt4video._host import Host, Request
    from gpt4video_guards import TextKind
    from gpt4video_tools.video import VideoSource

DENSITY = 3
"""The guards see this many frames for each one that the model sees. Odd, so that the model's
midpoints are among the guards' midpoints."""
_MODEL = slice(DENSITY // 2, None, DENSITY)


def input_subjects(unjudged: Sequence[Message], texts: Sequence[str]) -> list[TextSubject]:
    """Everything that no guard has seen: each text alone, and the user's neighbouring texts joined.

    Args:
        unjudged: earlier messages that came from the host.
        texts: the parts of the new user message.
    """
    spoken: list[tuple[TextKind, str]] = [
        ("response" if message.role == "assistant" else "prompt", message.text)
        for message in unjudged
    ]
    spoken += [("prompt", text) for text in texts]
    subjects = [TextSubject(text=text, kind=kind) for kind, text in spoken if text.strip()]
    joined = "\n".join(text for kind, text in spoken if kind == "prompt" and text.strip())
    if joined and all(subject.text != joined for subject in subjects):
        subjects.append(TextSubject(text=joined, kind="prompt"))
    return subjects


def read_request_clips(host: Host, request: Request) -> Iterator[Clip]:
    """Decode the clips of a request one by one, densely enough for the guards.

    Raises:
        ClipError: a clip cannot be read, or is over the budget.
        InvalidInputError: the clips alone take more tokens than the reasoner's context has.
    """
    budget = host.budget.lowered(**request.limits)
    tokens = host.reasoner.tokens_per_clip
    budget.hold("clip", "max_tokens", tokens)
    context = getattr(host.reasoner, "context_tokens", None)
    if context is not None and len(request.videos) * tokens > context:
        expected = f"at most {context // tokens}, which the model's context holds"
        raise InvalidInputError("videos", f"{len(request.videos)} clips", expected)
    for source in request.videos:
        yield _read_one(source, host.reasoner.num_frames, budget)


def known_part(clip: Clip, parts: Sequence[ClipPart]) -> ClipPart | None:
    """The one of these parts that shows the same frames; pieces of a clip share its key."""
    times = clip.times[_MODEL]
    same = (part for part in parts if clip.key and (part.key, part.times) == (clip.key, times))
    return next(same, None)


def clip_subject(clip: Clip) -> FramesSubject:
    """All frames that were read, for the guards."""
    return FramesSubject(frames=clip.frames, times=clip.times, key=clip.key)


def model_part(clip: Clip, *, index: int) -> ClipPart:
    """Every third frame of a clip that was read densely: the midpoints that the model sees."""
    return ClipPart(
        frames=clip.frames[_MODEL].copy(),  # a view would keep the dense frames alive
        times=clip.times[_MODEL],
        key=clip.key,
        index=index,
    )


def _read_one(source: VideoSource, num_frames: int, budget: VideoBudget) -> Clip:
    clip = read_clip(source, num_frames=DENSITY * num_frames, budget=budget)
    if len(clip.frames) != DENSITY * num_frames:
        raise InvalidInputError(
            "videos", f"{len(clip.frames)} frames of {clip.name}", f"{DENSITY * num_frames} frames"
        )
    return clip
