"""The embedded text guard: a small transformer that needs onnxruntime and no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.judgement import Evidence, Judgement
from gpt4video_guards.subject import Subject, TextSubject
from gpt4video_guards.text.network import HEADS, TextNetwork, WindowLogits

EMBEDDED_WEIGHTS: Final = Path(__file__).parent / "weights"

_NOTED_FROM: Final = 0.2
"""`unsafe` scores below this carry no note on what they are most like."""


class TextClassifierGuard:
    """Scores texts for `unsafe` and for the categories of harm, by their kind.

    `unsafe` is calibrated per kind of text and is what thresholds should be set on; the other
    scores say what the text is most like. Texts longer than a window (126 tokens, about 500
    characters of English) are judged in overlapping windows, to the end; the largest score counts,
    and the evidence says where it was.

    Args:
        weights: a folder that the recipe wrote; None takes the embedded one.

    Raises:
        CheckpointError: the weights are missing, broken or of another layout.
    """

    categories: tuple[str, ...] = HEADS
    only_readings = True
    """It takes letters that are no words for harm (see `Guard`)."""

    def __init__(self, *, weights: str | Path | None = None) -> None:
        self._network = TextNetwork(Path(weights) if weights else EMBEDDED_WEIGHTS)
        self.version = self._network.version

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        """One judgement per text.

        Raises:
            InvalidInputError: a subject is no text.
        """
        texts = [_text(subject) for subject in subjects]
        found = self._network.judge(
            [subject.text for subject in texts], [subject.kind for subject in texts]
        )
        return [_judgement(each) for each in found]


def _text(subject: Subject) -> TextSubject:
    if not isinstance(subject, TextSubject):
        raise InvalidInputError("subjects", type(subject).__name__, "texts only")
    return subject


def _judgement(found: WindowLogits) -> Judgement:
    scores = 1 / (1 + np.exp(-np.clip(found.logits, -60, 60)))  # [windows, heads]
    worst = scores.max(axis=0)
    evidence: tuple[Evidence, ...] = ()
    if worst[0] >= _NOTED_FROM:
        where = int(scores[:, 0].argmax())
        like = HEADS[1 + int(scores[where, 1:].argmax())]
        note = f"most like {like.replace('_', ' ')}"
        evidence = (Evidence(span=found.spans[where], note=note),)
    return Judgement(
        scores={head: float(score) for head, score in zip(HEADS, worst, strict=True)},
        evidence=evidence,
    )
