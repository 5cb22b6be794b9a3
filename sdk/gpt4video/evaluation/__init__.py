"""The tables by which the embedded default is judged, made apart from everything that trains it.

Clips come from a renderer of the evaluation's own, questions from wordings written by hand, made
clips are read back by a pixel oracle without any learned part. Nothing here imports the training
renderer or the training dialogues; only the words of the shapes world are shared.
"""

from gpt4video.evaluation.dialogue import evaluate_dialogue
from gpt4video.evaluation.drawing import DrawingGenerator
from gpt4video.evaluation.generation import evaluate_generation
from gpt4video.evaluation.oracle import ObjectReading, Reading, read_pixels
from gpt4video.evaluation.question import FAMILIES, Family, Question
from gpt4video.evaluation.questions import make_questions
from gpt4video.evaluation.refusals import is_outside, is_refusal
from gpt4video.evaluation.renderer import Camera, Footage, random_footage
from gpt4video.evaluation.report import Miss, Report, Row, Table
from gpt4video.evaluation.safety import evaluate_safety, load_requests
from gpt4video.evaluation.sheets import write_sample_sheets
from gpt4video.evaluation.talking import Answering
from gpt4video.evaluation.understanding import evaluate_understanding
from gpt4video.evaluation.wishes import make_edits, make_requests

__all__ = [
    "FAMILIES",
    "Answering",
    "Camera",
    "DrawingGenerator",
    "Family",
    "Footage",
    "Miss",
    "ObjectReading",
    "Question",
    "Reading",
    "Report",
    "Row",
    "Table",
    "evaluate_dialogue",
    "evaluate_generation",
    "evaluate_safety",
    "evaluate_understanding",
    "is_outside",
    "is_refusal",
    "load_requests",
    "make_edits",
    "make_questions",
    "make_requests",
    "random_footage",
    "read_pixels",
    "write_sample_sheets",
]
