"""What comes into a turn: texts and clips, made ready for the guards and for the reasoner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gpt4video._density import MOST_FRAMES, guarded_frames, seen_by_model
from gpt4video.reasoning import ClipPart, Message
from gpt4video_guards import FramesSubject, TextSubject
from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.spans import joined, without
from gpt4video_tools.video import Clip, VideoBudget, read_clip

if TYPE_CHECKING:
    from gpt4video._host import Host, Request
    from gpt4video.memory import Memory
    from gpt4video_guards import StageResult, TextKind
    from gpt4video_guards.spans import Span
    from gpt4video_tools.video import VideoSource


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """All words of a turn's input that no guard has seen, in order."""

    words: tuple[str, ...]
    kinds: tuple[TextKind, ...]
    """One for each of `words`."""
    context: str = ""
    """What the user said before, a message a line."""

    @classmethod
    def of(cls, unjudged: Sequence[Message], request: Request, memory: Memory) -> Spoken:
        """Earlier messages that came from the host, the memory's last ones, and the parts of the
        new user message."""
        before = memory.messages[: len(memory.messages) - len(unjudged)]
        asked = [message.text for message in before if message.role == "user"]
        kinds: list[TextKind] = [
            "response" if message.role == "assistant" else "prompt" for message in unjudged
        ]
        kinds += request.kinds or ["prompt" for _ in request.texts]
        return cls(
            words=(*(message.text for message in unjudged), *request.texts),
            kinds=tuple(kinds),
            context="\n".join(text for text in asked if text.strip()),
        )

    @property
    def subjects(self) -> list[TextSubject]:
        """Each text alone, and the user's texts joined; the last of them with its context."""
        subjects = [
            TextSubject(text=self.words[at], kind=self.kinds[at]) for at in self._with_words
        ]
        whole = "\n".join(self.words[at] for at in self._asked)
        if whole and all(subject.text != whole for subject in subjects):
            subjects.append(TextSubject(text=whole, kind="prompt"))
        if subjects and self.context:
            subjects[-1] = replace(subjects[-1], context=self.context)
        return subjects

    def passed(self, result: StageResult) -> tuple[str, ...]:
        """What of `words` may go on: without the spans that guards took out of them, or of them
        and their neighbours."""
        spans: dict[int, list[Span]] = {at: [] for at in self._with_words}
        for redaction in result.redactions:
            if redaction.subject < len(self._with_words):
                spans[self._with_words[redaction.subject]] += redaction.spans
                continue
            start = 0
            for at in self._asked:
                end = start + len(self.words[at])
                spans[at] += [
                    (max(a, start) - start, min(b, end) - start) for a, b in redaction.spans
                ]
                start = end + 1
        return tuple(without(word, joined(spans.get(at, ()))) for at, word in enumerate(self.words))

    @property
    def _with_words(self) -> list[int]:
        return [at for at, word in enumerate(self.words) if word.strip()]

    @property
    def _asked(self) -> list[int]:
        return [at for at in self._with_words if self.kinds[at] == "prompt"]


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


def known_part(clip: Clip, parts: Sequence[ClipPart], *, model_frames: int) -> ClipPart | None:
    """The one of these parts that shows the same frames; pieces of a clip share its key."""
    times = clip.times[seen_by_model(clip, model_frames=model_frames)]
    same = (
        part
        for part in parts
        if clip.key and part.key == clip.key and _moments(part.times) == _moments(times)
    )
    return next(same, None)


def clip_subject(clip: Clip) -> FramesSubject:
    """All frames that were read, for the guards."""
    return FramesSubject(frames=clip.frames, times=clip.times, key=clip.key)


def model_part(clip: Clip, *, index: int, model_frames: int) -> ClipPart:
    """The frames that the model sees of a clip that was read for the guards."""
    seen = seen_by_model(clip, model_frames=model_frames)
    return ClipPart(
        frames=clip.frames[seen].copy(),  # a view would keep the dense frames alive
        times=clip.times[seen],
        key=clip.key,
        index=index,
    )


def _moments(times: Sequence[float]) -> list[float]:
    """To the microsecond: the same moments of a denser reading differ by rounding."""
    return [round(time, 6) for time in times]


def _read_one(source: VideoSource, model_frames: int, budget: VideoBudget) -> Clip:
    def wanted(duration: float) -> int:
        most = min(MOST_FRAMES, budget.max_frames)
        return guarded_frames(duration, model_frames=model_frames, most=most)

    clip = read_clip(source, num_frames=wanted, budget=budget)
    if len(clip.frames) != wanted(clip.duration):
        raise InvalidInputError(
            "videos", f"{len(clip.frames)} frames of {clip.name}", f"{wanted(clip.duration)} frames"
        )
    return clip
