"""How good a policy is, on labelled texts: figures, thresholds, comparisons, attacks, speed."""

from gpt4video_guards.evaluation.attacks import Attack, AttackReport, measure_attacks
from gpt4video_guards.evaluation.calibrate import (
    CalibratedKind,
    Calibration,
    calibrate,
    write_policy,
)
from gpt4video_guards.evaluation.compare import Comparison, Disagreement, compare
from gpt4video_guards.evaluation.disguises import DISGUISES
from gpt4video_guards.evaluation.evaluate import evaluate
from gpt4video_guards.evaluation.formats import FORMATS
from gpt4video_guards.evaluation.judging import Outcome
from gpt4video_guards.evaluation.plots import write_plots
from gpt4video_guards.evaluation.report import Figures, GuardReport
from gpt4video_guards.evaluation.rows import Row, read_rows, sample
from gpt4video_guards.evaluation.speed import Speed, measure_speed
from gpt4video_guards.evaluation.turns import TurnFigures, TurnReport, measure_turns

__all__ = [
    "DISGUISES",
    "FORMATS",
    "Attack",
    "AttackReport",
    "CalibratedKind",
    "Calibration",
    "Comparison",
    "Disagreement",
    "Figures",
    "GuardReport",
    "Outcome",
    "Row",
    "Speed",
    "TurnFigures",
    "TurnReport",
    "calibrate",
    "compare",
    "evaluate",
    "measure_attacks",
    "measure_speed",
    "measure_turns",
    "read_rows",
    "sample",
    "write_plots",
    "write_policy",
]
