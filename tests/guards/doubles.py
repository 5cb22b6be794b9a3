"""Guards that do as told, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gpt4video_guards import FramesSubject, Judgement, Policy, Subject, TextSubject


class FixedGuard:
    """Answers every subject with the same scores, and remembers what it was shown."""

    version = "fixed-1"

    def __init__(self, scores: Mapping[str, float]) -> None:
        self.scores = scores
        self.shown: list[Subject] = []

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        self.shown += subjects
        return [Judgement(scores=self.scores) for _ in subjects]


class WordGuard:
    """Scores 1.0 for `unsafe` where a text holds the word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        return [Judgement(scores={"unsafe": float(self._holds(s))}) for s in subjects]

    def _holds(self, subject: Subject) -> bool:
        return isinstance(subject, TextSubject) and self.word in subject.text


class CallGuard:
    """Does whatever it is given to do."""

    def __init__(self, call: Callable[[Sequence[Subject]], Any]) -> None:
        self.call = call

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        answer: list[Judgement] = self.call(subjects)
        return answer


def prompt(text: str = "hello there") -> TextSubject:
    return TextSubject(text=text, kind="prompt")


def clip(*, count: int = 4, value: int = 0, key: str = "") -> FramesSubject:
    frames = np.full((count, 8, 8, 3), value, dtype=np.uint8)
    return FramesSubject(frames=frames, times=tuple(0.5 * i for i in range(count)), key=key)


def text_policy(**rule: Any) -> Policy:
    """One host guard `g` for text at `input_text`."""
    settings = {"guard": "g", "thresholds": {"unsafe": 0.5}} | rule
    return Policy.model_validate(
        {
            "name": "test",
            "guards": {"g": {"provider": "host", "judges": "text"}},
            "stages": {"input_text": [settings]},
        }
    )


def frames_policy(**rule: Any) -> Policy:
    """One host guard `g` for frames at `input_video`."""
    settings = {"guard": "g", "thresholds": {"*": 0.5}} | rule
    return Policy.model_validate(
        {
            "name": "test",
            "guards": {"g": {"provider": "host", "judges": "frames"}},
            "stages": {"input_video": [settings]},
        }
    )
