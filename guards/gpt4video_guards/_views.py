"""Every way in which a guard is shown a subject.

A text is shown as it came and, where it is disguised or holds something in a code, as a reader
reads it who sees through that. A text in no disguise has no other view: its scores are those that
the guard was calibrated for. A request is also shown as the end of what was asked before it, so
that harm split over messages is judged in one piece.

To a guard that judges what words mean, letters in a disguise or a code are noise, and noise looks
like harm to it. Such a guard says `only_readings`, and of a text that can be read in one way only
that reading counts. What a guard of exact forms says of the text as it came counts always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gpt4video_guards.judgement import Evidence, Judgement
from gpt4video_guards.subject import Subject, TextSubject
from gpt4video_guards.text.decode import decoded
from gpt4video_guards.text.normalise import normalise
from gpt4video_guards.text.rewriting import NormalisedText

JOINT_CHARS: Final = 1000
"""How much of a request's context is judged together with it: its last characters. Each earlier
message was judged whole when it came."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One showing of a subject."""

    subject: Subject
    before: int = 0
    """How many characters of context the text begins with."""
    normalised: NormalisedText | None = None
    """The way back to the text, where it was disguised."""
    noise: bool = False
    """There is a sure reading of it beside it, and it says nothing that the reading does not."""

    @cached_property
    def fingerprint(self) -> str:
        return self.subject.fingerprint()

    def translated(self, judgement: Judgement) -> Judgement:
        """The judgement with its spans in the original text."""
        if self.normalised is None and not self.before:
            return judgement
        return replace(
            judgement, evidence=tuple(self._translated(piece) for piece in judgement.evidence)
        )

    def _translated(self, piece: Evidence) -> Evidence:
        if piece.span is None:
            return piece
        span = piece.span if self.normalised is None else self.normalised.original_span(piece.span)
        start, end = (max(0, place - self.before) for place in span)
        return replace(piece, span=(start, end) if end > start or not self.before else None)


def views(subject: Subject, *, joint: bool = True) -> tuple[View, ...]:
    """The subject itself first, then what else of it must be judged.

    Args:
        subject: text or frames.
        joint: show a request together with its context.
    """
    plain = View(subject=subject)
    if not isinstance(subject, TextSubject):
        return (plain,)
    shown = [plain]
    if joint and subject.kind == "prompt" and subject.text.strip() and subject.context.strip():
        context = f"{_end(subject.context)}\n"
        whole = replace(subject, text=context + subject.text, context="")
        shown.append(View(subject=whole, before=len(context)))
    return tuple(view for showing in shown for view in _with_readings(showing))


def that_count(several: tuple[View, ...], guard: object) -> tuple[View, ...]:
    """The views of a subject whose judgements count with this guard; never none."""
    if not getattr(guard, "only_readings", False):
        return several
    return tuple(view for view in several if not view.noise)


def _end(context: str) -> str:
    """Its last characters, from the start of a word if there is one."""
    if len(context) <= JOINT_CHARS:
        return context
    _, _, rest = context[-JOINT_CHARS - 1 :].partition(" ")
    return rest or context[-JOINT_CHARS:]


def _with_readings(view: View) -> tuple[View, ...]:
    assert isinstance(view.subject, TextSubject)
    text = view.subject.text
    readings = {
        read.text: read
        for read in (normalise(text), decoded(text))
        if read is not None and read.text != text
    }
    return (
        replace(view, noise=any(read.sure for read in readings.values())),
        *(
            replace(view, subject=replace(view.subject, text=read.text), normalised=read)
            for read in readings.values()
        ),
    )
