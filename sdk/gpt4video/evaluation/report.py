"""What an evaluation found: tables to look at, headline figures, and what went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table as RichTable

Value = float | int | str | None
"""A float is a share in [0, 1], an int a count; None means that it could not be measured."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table."""

    name: str
    values: Mapping[str, Value]
    """By column."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under the same columns."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __rich__(self) -> RichTable:
        """The table as `rich` prints it."""
        from rich.table import Table as RichTable

        table = RichTable(title=self.title, title_justify="left")
        table.add_column("")
        for column in self.columns:
            table.add_column(column, justify="right")
        for row in self.rows:
            table.add_row(row.name, *(_shown(row.values.get(column)) for column in self.columns))
        return table


@dataclass(frozen=True, kw_only=True)
class Miss:
    """One thing that came out wrong."""

    kind: str
    """Family or attribute."""
    asked: str
    wanted: str
    got: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of one evaluation."""

    name: str
    figures: Mapping[str, float]
    """The headline figures, shares in [0, 1] unless the name ends in a unit."""
    tables: tuple[Table, ...]
    misses: tuple[Miss, ...] = ()
    """What went wrong, in the order in which it was asked."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """How it was run: counts, seed, names."""

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, dictionaries, strings and numbers."""
        return asdict(self)

    def to_json(self) -> str:
        """JSON, indented, with a final newline."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def write(self, path: str | Path) -> Path:
        """Write `to_json` to a file and return its path."""
        target = Path(path)
        target.write_text(self.to_json(), encoding="utf-8")
        return target

    def __rich__(self) -> Group:
        """All tables, and the first misses."""
        from rich.console import Group
        from rich.markup import escape

        lines = [
            escape(f"{miss.kind}: {miss.asked} -> {miss.got} (wanted: {miss.wanted})")
            for miss in self.misses[:8]
        ]
        return Group(*self.tables, *lines)


def f1_of(*, hits: int, false_alarms: int, misses: int) -> float:
    """The harmonic mean of precision and recall, in [0, 1]; 0 where nothing was found."""
    found = 2 * hits + false_alarms + misses
    return 2 * hits / found if found else 0.0


def share(outcomes: Sequence[bool]) -> float:
    """Share of true ones in [0, 1]; 0 for none at all."""
    return sum(outcomes) / len(outcomes) if outcomes else 0.0


def _shown(value: Value) -> str:
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if isinstance(value, float) else str(value)
