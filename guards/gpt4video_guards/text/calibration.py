"""Calibration, thresholds and figures of a trained classifier, on texts it was not trained on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from gpt4video_guards.evaluation import metrics
from gpt4video_guards.text.features import Features
from gpt4video_guards.text.network import KINDS, TextNetwork

_TARGET_FPR: Final = {
    "comment": 0.08,
    "prompt": 0.02,
    "t2v_prompt": 0.05,
    "response": 0.05,
    "tool_result": 0.05,
}
"""False alarms on dev that fix the threshold of each kind; requests are what users notice most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Bags:
    """Texts as bags of features: `flat[starts[w] : starts[w + 1]]` is window w, text t owns the
    windows `first[t] : first[t + 1]`."""

    flat: Features
    starts: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.int64]
    targets: npt.NDArray[np.float32]
    """[texts, heads]"""
    weights: npt.NDArray[np.float32]


def _logits(network: TextNetwork, bags: Bags) -> npt.NDArray[np.float64]:
    """The largest `unsafe` logit of each text."""
    found = np.empty(len(bags.kinds))
    for text, kind in enumerate(bags.kinds):
        ids: Iterable[int] = range(bags.first[text], bags.first[text + 1])
        pieces = [bags.flat[bags.starts[w] : bags.starts[w + 1]] for w in ids]
        found[text] = network.logits(pieces, KINDS[kind])[:, 0].max()
    return found


def calibrated(network: TextNetwork, dev: Bags) -> TextNetwork:
    """Slope and intercept per kind by Newton's method on the dev rows' cross entropy."""
    logits, unsafe = _logits(network, dev), dev.targets[:, 0].astype(np.float64)
    calibration = network.calibration.copy()
    for kind in range(len(KINDS)):
        mine = dev.kinds == kind
        if mine.any() and 0 < unsafe[mine].mean() < 1:
            calibration[kind] = _fitted_line(logits[mine], unsafe[mine])
    return replace(network, calibration=calibration)


def _fitted_line(
    logits: npt.NDArray[np.float64], unsafe: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    inputs = np.stack((logits, np.ones_like(logits)), axis=1)

    def cost(line: npt.NDArray[np.float64]) -> float:
        sloped = inputs @ line
        return float(np.mean(np.logaddexp(0, sloped) - unsafe * sloped))

    line = np.array([1.0, 0.0])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ line, -60, 60)))
        slope = inputs.T @ (chance - unsafe)
        curve = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        while cost(line - step) > cost(line) and np.abs(step).max() > 1e-9:
            step = step / 2  # a full Newton step may run away from a steep start
        line = line - step
    return line


def measured(
    network: TextNetwork, dev: Bags
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    scores = 1 / (1 + np.exp(-_logits(network, dev)))
    unsafe = dev.targets[:, 0] > 0
    predicted = np.zeros_like(unsafe)
    thresholds: dict[str, float] = {}
    figures: dict[str, dict[str, float]] = {}
    for number, kind in enumerate(KINDS):
        mine = dev.kinds == number
        if not mine.any():
            continue
        threshold = metrics.threshold_at_fpr(scores[mine], unsafe[mine], fpr=_TARGET_FPR[kind])
        thresholds[kind] = round(0.5 if math.isnan(threshold) else threshold, 3)
        predicted[mine] = scores[mine] >= thresholds[kind]
        figures[kind] = _figures(scores[mine], predicted[mine], unsafe[mine])
    figures["all"] = _figures(scores, predicted, unsafe)
    return thresholds, figures


def _figures(
    scores: metrics.Scores, predicted: metrics.Flags, unsafe: metrics.Flags
) -> dict[str, float]:
    values = {
        "auprc": metrics.average_precision(scores, unsafe),
        "f1": metrics.f1_score(predicted, unsafe),
        "fpr": metrics.false_positive_rate(predicted, unsafe),
        "recall": metrics.recall(predicted, unsafe),
        "recall_at_1_fpr": metrics.recall_at_fpr(scores, unsafe, fpr=0.01),
    }
    return {"rows": len(scores)} | {name: round(value, 4) for name, value in values.items()}
