"""The figures of a binary detector, from scores and labels. Pure numpy, no thresholds hidden."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Scores: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


def f1_score(predicted: Flags, unsafe: Flags) -> float:
    """2TP / (2TP + FP + FN); NaN where nothing is unsafe and nothing was predicted."""
    hits = int(np.sum(predicted & unsafe))
    total = int(np.sum(predicted)) + int(np.sum(unsafe))
    return 2 * hits / total if total else math.nan


def recall(predicted: Flags, unsafe: Flags) -> float:
    """Share of the unsafe that was predicted; NaN where nothing is unsafe."""
    return float(np.mean(predicted[unsafe])) if unsafe.any() else math.nan


def false_positive_rate(predicted: Flags, unsafe: Flags) -> float:
    """Share of the safe that was predicted; NaN where nothing is safe."""
    return float(np.mean(predicted[~unsafe])) if (~unsafe).any() else math.nan


def average_precision(scores: Scores, unsafe: Flags) -> float:
    """Area under the precision-recall curve as a step function (AUPRC); equal scores count as one
    step. NaN where nothing is unsafe."""
    if not unsafe.any():
        return math.nan
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(unsafe[order])
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    precision = hits[ends] / (ends + 1)
    steps = np.diff(np.concatenate(([0], hits[ends]))) / hits[-1]
    return float(np.sum(precision * steps))


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
