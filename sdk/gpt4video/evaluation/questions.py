"""Questions about filmed clips, spread evenly over the families."""

from __future__ import annotations

import random
from collections.abc import Callable

from gpt4video.evaluation._about_one import (
    ask_attribute,
    ask_background,
    ask_count,
    ask_description,
    ask_existence,
    ask_follow_up,
    ask_order,
    ask_relation,
)
from gpt4video.evaluation._about_two import ask_comparison
from gpt4video.evaluation.question import FAMILIES, Family, Question
from gpt4video.evaluation.renderer import Footage, random_footage

_BUILDERS: dict[Family, Callable[[Footage, random.Random], Question | None]] = {
    "count": ask_count,
    "background": ask_background,
    "colour": ask_attribute("colour"),
    "shape": ask_attribute("shape"),
    "size": ask_attribute("size"),
    "motion": ask_attribute("motion"),
    "relation": ask_relation,
    "existence": ask_existence,
    "description": ask_description,
    "order": ask_order,
    "follow-up": ask_follow_up,
    "comparison": ask_comparison,
}


def make_questions(
    n: int,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """`n` questions, spread evenly over the families; the same arguments give the same questions.

    Questions about the same clip stand next to each other, so that an assistant which keeps its
    clips' embeddings encodes each clip once. `progress` is told questions made and `n`.
    """
    rng = random.Random(seed)
    missing = {family: (n + i) // len(FAMILIES) for i, family in enumerate(FAMILIES)}
    questions: list[Question] = []
    while any(missing.values()):
        footage = random_footage(rng)
        open_families = [family for family, count in missing.items() if count]
        for family in rng.sample(open_families, min(6, len(open_families))):
            question = _BUILDERS[family](footage, rng)
            if question is not None:
                questions.append(question)
                missing[family] -= 1
        if progress is not None:
            progress(len(questions), n)
    return questions
