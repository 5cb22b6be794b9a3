"""Labelled texts in one form: JSON lines, gzipped or not, one file or a folder of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.subject import TextKind

_KINDS: Final = {"injection": "tool_result"}
"""Text that may carry an injection is what third parties send: the kind `tool_result` here."""


class Row(BaseModel):
    """One labelled text."""

    model_config = ConfigDict(frozen=True)

    text: str
    label: Literal["safe", "unsafe"]
    kind: TextKind
    category: str = "none"
    source: str = "unknown"

    @model_validator(mode="before")
    @classmethod
    def _translate_kind(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") in _KINDS:
            return data | {"kind": _KINDS[data["kind"]]}
        return data

    @property
    def unsafe(self) -> bool:
        return self.label == "unsafe"


def read_rows(path: str | Path) -> Iterator[Row]:
    """Rows of a `.jsonl` or `.jsonl.gz` file, or of all such files of a folder in name order.

    Raises:
        InvalidInputError: no such file, a folder without any, or a line that is no row; the
            message says which line.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted({*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")})
        if not files:
            raise InvalidInputError("path", str(path), "a folder with .jsonl or .jsonl.gz files")
        for file in files:
            yield from read_rows(file)
        return
    if not path.is_file():
        raise InvalidInputError("path", str(path), "a .jsonl or .jsonl.gz file, or a folder")
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _row(line, f"{path.name}, line {number}")


def _row(line: str, where: str) -> Row:
    try:
        return Row.model_validate(json.loads(line))
    except (json.JSONDecodeError, ValidationError) as error:
        raise InvalidInputError(where, line.strip(), f"a labelled row ({error})") from error
