"""How good a guard or a policy is, on labelled texts."""

from gpt4video_guards.evaluation.report import Figures, Report, evaluate
from gpt4video_guards.evaluation.rows import Row, read_rows

__all__ = ["Figures", "Report", "Row", "evaluate", "read_rows"]
