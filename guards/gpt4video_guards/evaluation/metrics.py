"""The figures of a binary detector, from scores and labels. Pure numpy, no thresholds hidden."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Scores: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def f1_score(predicted: Flags, unsafe: Flags) -> float:
    """2TP / (2TP + FP + FN); NaN where nothing is unsafe."""
    hits = int(np.sum(predicted & unsafe))
    total = int(np.sum(predicted)) + int(np.sum(unsafe))
    return 2 * hits / total if unsafe.any() else math.nan


def recall(predicted: Flags, unsafe: Flags) -> float:
    """Share of the unsafe that was predicted; NaN where nothing is unsafe."""
    return float(np.mean(predicted[unsafe])) if unsafe.any() else math.nan


def false_positive_rate(predicted: Flags, unsafe: Flags) -> float:
    """Share of the safe that was predicted; NaN where nothing is safe."""
    return float(np.mean(predicted[~unsafe])) if (~unsafe).any() else math.nan


def share(flags: Sequence[bool]) -> float:
    """Of the flags that are set; NaN for none."""
    return sum(flags) / len(flags) if flags else math.nan


def precision_recall(scores: Scores, unsafe: Flags) -> tuple[Scores, Scores]:
    """Precision and recall at every threshold, from the highest score down; equal scores are one
    threshold. Begins at recall 0; something has to be unsafe."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(unsafe[order])
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    precision = hits[ends] / (ends + 1)
    recalled = hits[ends] / hits[-1]
    return np.concatenate((precision[:1], precision)), np.concatenate(([0.0], recalled))


def average_precision(scores: Scores, unsafe: Flags) -> float:
    """Area under the precision-recall curve as a step function (AUPRC); equal scores count as one
    step. NaN where all rows have the same label."""
    if unsafe.all() or not unsafe.any():
        return math.nan
    precision, recalled = precision_recall(scores, unsafe)
    return float(np.sum(precision[1:] * np.diff(recalled)))


def threshold_at_fpr(scores: Scores, unsafe: Flags, *, fpr: float) -> float:
    """The smallest threshold t at which `score >= t` flags at most this share of the safe rows.

    NaN where nothing is safe.
    """
    safe = np.sort(scores[~unsafe])[::-1]
    if not len(safe):
        return math.nan
    allowed = math.floor(fpr * len(safe))
    return float(np.nextafter(safe[allowed], np.inf)) if allowed < len(safe) else float(safe[-1])


def recall_at_fpr(scores: Scores, unsafe: Flags, *, fpr: float) -> float:
    """Recall at the threshold that flags at most this share of the safe rows."""
    threshold = threshold_at_fpr(scores, unsafe, fpr=fpr)
    return math.nan if math.isnan(threshold) else recall(scores >= threshold, unsafe)


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Texts with like scores."""

    rows: int
    score: float
    """Their mean score."""
    unsafe: float
    """The share of them that is unsafe; equal to the score where scores are probabilities."""


def reliability(scores: Scores, unsafe: Flags, *, bins: int) -> list[Bin]:
    """The texts in equal ranges of score; ranges without a text are left out."""
    places = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        Bin(
            rows=int(inside.sum()),
            score=float(scores[inside].mean()),
            unsafe=float(unsafe[inside].mean()),
        )
        for inside in (places == place for place in range(bins))
        if inside.any()
    ]


def calibration_error(scores: Scores, unsafe: Flags, *, bins: int) -> float:
    """Mean distance between score and share of unsafe over the texts (expected calibration error);
    NaN for no texts."""
    found = reliability(scores, unsafe, bins=bins)
    total = sum(each.rows for each in found)
    distances = sum(each.rows * abs(each.score - each.unsafe) for each in found)
    return distances / total if total else math.nan
