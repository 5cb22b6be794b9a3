"""How every benchmark ends: a few lines to read, and the same as JSON where asked."""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Mapping
from pathlib import Path


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that all benchmarks share."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--json", type=Path, default=None, help="write the figures to this file")
    parser.add_argument("--repeats", type=int, default=3, help="best of so many (default: 3)")
    return parser


def tell(figures: Mapping[str, float], json_path: Path | None) -> None:
    """Print the figures, and write them with the machine's name where a path is given."""
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:10.3f}")
    if json_path is not None:
        machine = {"python": platform.python_version(), "machine": platform.machine()}
        json_path.write_text(json.dumps({"figures": dict(figures), **machine}, indent=2) + "\n")
