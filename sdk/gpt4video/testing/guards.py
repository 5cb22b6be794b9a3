"""A guard that blocks what it is told to, and a pipeline with it at every stage."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from gpt4video_guards import (
    FramesSubject,
    Guard,
    GuardPipeline,
    Judgement,
    Policy,
    TextSubject,
)
from gpt4video_guards.subject import STAGES, Subject

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

Fault = Literal["raises", "hangs", "nonsense"]
"""What a broken guard does: raise an error, never answer, answer something else."""


class ScriptedGuard:
    """Scores 1.0 where it sees one of its words or colours, and 0.0 elsewhere.

    Args:
        words: substrings that it looks for in texts, in any case.
        colours: colours that it looks for: the mean of some frame is within 30 of it in every
            channel.
        category: the category that it scores.
        fault: how it fails instead of judging; `hangs` waits for `release`.
    """

    version = "scripted"

    def __init__(
        self,
        *,
        words: Sequence[str] = (),
        colours: Sequence[Colour] = (),
        category: str = "unsafe",
        fault: Fault | None = None,
    ) -> None:
        self.words = tuple(words)
        self.colours = tuple(colours)
        self.category = category
        self.fault = fault
        self.seen: list[Subject] = []
        """Everything that it was asked to judge, in order."""
        self._released = threading.Event()

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        """One judgement for each subject."""
        self.seen += subjects
        match self.fault:
            case "raises":
                raise RuntimeError("this guard was told to fail")
            case "hangs":
                self._released.wait()
            case "nonsense":
                return [Judgement(scores={self.category: float("nan")}) for _ in subjects]
        return [Judgement(scores={self.category: self._score(subject)}) for subject in subjects]

    def release(self) -> None:
        """Let a hanging guard go on."""
        self._released.set()

    @property
    def texts(self) -> list[str]:
        """The texts among what it has seen."""
        return [subject.text for subject in self.seen if isinstance(subject, TextSubject)]

    @property
    def frames(self) -> list[FramesSubject]:
        """The frames among what it has seen."""
        return [subject for subject in self.seen if isinstance(subject, FramesSubject)]

    def _score(self, subject: Subject) -> float:
        if isinstance(subject, TextSubject):
            text = subject.text.lower()
            return float(any(word.lower() in text for word in self.words))
        means = subject.frames.mean(axis=(1, 2))  # [T, 3]
        return float(
            any((np.abs(means - np.array(c)).max(axis=1) < 30).any() for c in self.colours)
        )


def scripted_pipeline(
    *,
    text_guard: Guard | None = None,
    frames_guard: Guard | None = None,
    threshold: float = 0.5,
    timeout: float = 5.0,
) -> GuardPipeline:
    """A pipeline that is live at all five stages: two guards, one for texts and one for frames.

    Args:
        text_guard: None for one that allows everything.
        frames_guard: None for one that allows everything.
        threshold: scores from here on block, in (0, 1].
        timeout: seconds after which a guard counts as failed.
    """
    rules = {
        stage: [
            {
                "guard": "frames" if stage.endswith("video") else "text",
                "thresholds": {"*": threshold},
                "timeout": timeout,
            }
        ]
        for stage in STAGES
    }
    hosts: Mapping[str, object] = {
        "text": {"provider": "host", "judges": "text"},
        "frames": {"provider": "host", "judges": "frames"},
    }
    policy = Policy.model_validate({"name": "scripted", "guards": hosts, "stages": rules})
    guards = {"text": text_guard or ScriptedGuard(), "frames": frames_guard or ScriptedGuard()}
    return GuardPipeline(policy, guards)
