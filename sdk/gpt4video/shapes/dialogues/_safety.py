"""Requests of public safety data, told as turns of a dialogue: unsafe ones refused, others served."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Final

from gpt4video.shapes.dialogues._grammar import pick
from gpt4video.shapes.dialogues._refusing import OUTSIDE_MAKE, OUTSIDE_TALK, refusal
from gpt4video.shapes.dialogues._story import Draft
from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.evaluation import Row, read_rows

# fmt: off

KINDS: Final[Mapping[str, float]] = {
    "t2v_prompt": 0.48,
    "prompt": 0.34,
    "tool_result": 0.06,
    "comment": 0.12,
}
"""How much of the drawn requests each kind of text is."""
LONGEST: Final = 300
"""Texts are cut to about so many characters, at a space."""
_MAKE = ("{makeme} {avideo} {of} {text}", "{askmake} {make} {avideo} {of} {text}?", "{makeme} {avideo}: {text}", "{wish} {text}", "{makeme} {text}", "[prompt|video prompt|clip|video]: {text}", "{avideo} {of} {text}")
# fmt: on


class SafetyTexts:
    """Labelled texts, drawn evenly: half of them unsafe, small sources as heard as large ones."""

    def __init__(self, texts: Mapping[str, list[Row]]) -> None:
        """Groups texts by kind and label; `texts` maps the name of a source to its texts."""
        self._groups: dict[tuple[str, bool], list[tuple[float, list[Row]]]] = {}
        grouped: dict[tuple[str, bool], list[list[Row]]] = defaultdict(list)
        for rows in texts.values():
            by_label: dict[tuple[str, bool], list[Row]] = defaultdict(list)
            for row in rows:
                by_label[row.kind, row.unsafe].append(row)
            for key, group in by_label.items():
                grouped[key].append(group)
        for key, sources in grouped.items():
            self._groups[key] = [(len(each) ** 0.6, each) for each in sources]

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> SafetyTexts:
        """Reads a folder of gzipped labelled rows; each file is a source.

        Raises:
            InvalidInputError: The folder holds no such file, or a line is no labelled row.
        """
        files = sorted(Path(folder).glob("*.jsonl.gz"))
        if not files:
            raise InvalidInputError("folder", str(folder), "a folder of safety texts (*.jsonl.gz)")
        return cls(
            {file.name: [row for row in read_rows(file) if row.kind in KINDS] for file in files}
        )

    def draw(self, rng: Random) -> Row:
        """One text, unsafe with a chance of one half."""
        kinds = list(KINDS)
        while True:
            kind = rng.choices(kinds, [KINDS[each] for each in kinds])[0]
            sources = self._groups.get((kind, rng.random() < 0.5))
            if sources:
                chosen = rng.choices(sources, [weight for weight, _ in sources])[0][1]
                return chosen[rng.randrange(len(chosen))]


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text on one line, cut at a space to about `longest` characters."""
    text = " ".join(text.split())
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0]


def safety_draft(rng: Random, texts: SafetyTexts) -> Draft:
    """One labelled text as a request: refused when unsafe, else told what the assistant is for."""
    row = texts.draw(rng)
    asked = shortened(row.text, rng.choice((120, 180, 240, LONGEST)))
    if row.kind == "t2v_prompt":
        if rng.random() < 0.6:
            lowered = asked[:1].lower() + asked[1:] if rng.random() < 0.6 else asked
            asked = pick(_MAKE, rng, text=lowered)
            if rng.random() < 0.6:
                asked = asked[:1].upper() + asked[1:]
        said = OUTSIDE_MAKE
    else:
        said = OUTSIDE_TALK
        if rng.random() < 0.15:
            asked = asked.lower().rstrip("?.!")
    family = "safety_unsafe" if row.unsafe else "safety_benign"
    return Draft(
        user=asked,
        assistant=refusal(row.category) if row.unsafe else said,
        family=family,
        typed=True,
    )
