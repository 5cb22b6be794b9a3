"""Labelled texts in one form, from our own JSON lines or from public sets as they are published."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from gpt4video_guards.errors import InvalidInputError, UnknownNameError
from gpt4video_guards.evaluation.formats import FORMATS, Format, Record
from gpt4video_guards.subject import TextKind

_KINDS: Final = {"injection": "tool_result"}
"""Text that may carry an injection is what third parties send: the kind `tool_result` here."""
_SUFFIXES: Final = (".jsonl", ".json", ".csv", ".txt")
"""Each may be followed by `.gz`."""


class Row(BaseModel):
    """One labelled text."""

    model_config = ConfigDict(frozen=True)

    text: str
    label: Literal["safe", "unsafe"]
    kind: TextKind
    category: str = "none"
    source: str = "unknown"
    context: str = ""
    """What was said before the text, a message a line."""

    @model_validator(mode="before")
    @classmethod
    def _translate_kind(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") in _KINDS:
            return data | {"kind": _KINDS[data["kind"]]}
        return data

    @property
    def unsafe(self) -> bool:
        return self.label == "unsafe"


def read_rows(
    path: str | Path, *, format: str | None = None, kind: TextKind | None = None
) -> Iterator[Row]:
    """Rows of a file, or of all files of a folder in name order.

    Args:
        path: `.jsonl`, `.json` (a list), `.csv` or `.txt`, each also as `.gz`, or a folder of them.
        format: a name of `FORMATS`; None finds it by the columns of each file's first record.
        kind: judge the texts as this kind, whatever the set would say.

    Raises:
        InvalidInputError: no such file, a folder without any, a file of no known layout, or a
            record that is no row; the message says which.
        UnknownNameError: no format of that name.
    """
    if format is not None and format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    given = None if format is None else FORMATS[format]
    for file in _files(Path(path)):
        for row in _file_rows(file, given):
            yield row if kind is None else row.model_copy(update={"kind": kind})


def sample(rows: Iterable[Row], n: int, *, seed: int = 0) -> list[Row]:
    """Up to `n` rows drawn at random, in their old order; the same for the same seed."""
    rows = list(rows)
    chosen = random.Random(seed).sample(range(len(rows)), min(n, len(rows)))
    return [rows[index] for index in sorted(chosen)]


def _files(path: Path) -> Sequence[Path]:
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise InvalidInputError("path", str(path), f"a file ({', '.join(_SUFFIXES)}) or a folder")
    files = sorted(file for file in path.iterdir() if _suffix(file) in _SUFFIXES)
    if not files:
        raise InvalidInputError("path", str(path), f"a folder with {', '.join(_SUFFIXES)} files")
    return files


def _suffix(path: Path) -> str:
    """Without `.gz`."""
    return (Path(path.stem) if path.suffix == ".gz" else path).suffix


def _file_rows(path: Path, given: Format | None) -> Iterator[Row]:
    found = given
    for where, record in _records(path):
        found = found or _detected(record, where)
        try:
            yield from (Row.model_validate(fields) for fields in found.rows(record, path))
        except (KeyError, AttributeError, TypeError, ValidationError) as error:
            raise InvalidInputError(where, repr(record), f"a labelled row ({error})") from error


def _detected(record: Record, where: str) -> Format:
    for format in FORMATS.values():
        if format.fits(record):
            return format
    raise InvalidInputError(
        where, f"columns {', '.join(record)}", f"those of one of {', '.join(FORMATS)}"
    )


def _records(path: Path) -> Iterator[tuple[str, Record]]:
    """Each record with the words for where it stands."""
    opened = gzip.open if path.suffix == ".gz" else open
    read = _READERS.get(_suffix(path), _lines_of_json)
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        try:
            for where, record in read(file, path.name):
                if not isinstance(record, dict):
                    raise InvalidInputError(where, repr(record), "an object with named columns")
                yield where, record
        except (json.JSONDecodeError, csv.Error, UnicodeDecodeError, EOFError) as error:
            raise InvalidInputError("path", path.name, f"a readable file ({error})") from error


def _lines_of_json(file: IO[str], name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(file, start=1):
        where = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InvalidInputError(where, line.strip(), f"JSON ({error})") from error
        yield where, record


def _list_of_json(file: IO[str], name: str) -> Iterator[tuple[str, Any]]:
    for number, record in enumerate(json.load(file), start=1):
        yield f"{name}, record {number}", record


def _csv(file: IO[str], name: str) -> Iterator[tuple[str, Any]]:
    for number, record in enumerate(csv.DictReader(file, strict=True), start=1):
        yield f"{name}, record {number}", record


def _lines(file: IO[str], name: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(file, start=1):
        yield f"{name}, line {number}", {"line": line}


_READERS: Final[dict[str, Callable[[IO[str], str], Iterator[tuple[str, Any]]]]] = {
    ".jsonl": _lines_of_json,
    ".json": _list_of_json,
    ".csv": _csv,
    ".txt": _lines,
}
