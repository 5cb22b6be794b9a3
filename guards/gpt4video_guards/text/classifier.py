"""The embedded text guard: a learned classifier that needs numpy and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.judgement import Evidence, Judgement
from gpt4video_guards.subject import Subject, TextKind, TextSubject
from gpt4video_guards.text.features import windows
from gpt4video_guards.text.network import HEADS, Floats, TextNetwork

EMBEDDED_WEIGHTS: Final = Path(__file__).parent / "weights" / "classifier.safetensors"

_NOTED_FROM: Final = 0.2
"""`unsafe` scores below this carry no note on what they are most like."""


class TextClassifierGuard:
    """Scores texts for `unsafe` and for the categories of harm, by their kind.

    `unsafe` is calibrated per kind of text and is what thresholds should be set on; the other
    scores say what the text is most like. Texts longer than a window are judged in overlapping
    windows, to the end; the largest score counts, and the evidence says where it was.

    Args:
        weights: a file that the recipe wrote; None takes the embedded one.

    Raises:
        CheckpointError: the weights are missing, broken or of another layout.
    """

    categories: tuple[str, ...] = HEADS

    def __init__(self, *, weights: str | Path | None = None) -> None:
        self._network = TextNetwork.load(Path(weights) if weights else EMBEDDED_WEIGHTS)
        self.version = self._network.version

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        """One judgement per text.

        Raises:
            InvalidInputError: a subject is no text.
        """
        return [self._judge_one(subject) for subject in subjects]

    def _judge_one(self, subject: Subject) -> Judgement:
        if not isinstance(subject, TextSubject):
            raise InvalidInputError("subjects", type(subject).__name__, "texts only")
        text, kind = subject.text, subject.kind
        spans = windows(text)
        scores = self._window_scores([text[start:end] for start, end in spans], kind)
        worst = scores.max(axis=0)
        where = spans[int(scores[:, 0].argmax())]
        evidence: tuple[Evidence, ...] = ()
        if worst[0] >= _NOTED_FROM:
            like = HEADS[1 + int(worst[1:].argmax())]
            evidence = (Evidence(span=where, note=f"most like {like.replace('_', ' ')}"),)
        return Judgement(
            scores={head: float(score) for head, score in zip(HEADS, worst, strict=True)},
            evidence=evidence,
        )

    def _window_scores(self, texts: Sequence[str], kind: TextKind) -> Floats:
        return self._network.scores(texts, kind)
