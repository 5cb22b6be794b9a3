"""What importing each package costs in a fresh process, beside an empty one and beside numpy.

    python benchmarks/import_time.py [--json FILE]

`own seconds` is the import less what numpy and pydantic, which it stands on, cost by themselves in
the same run; `loads torch` must be 0.
"""

from __future__ import annotations

import json
import subprocess
import sys

from outcome import arguments, tell

_PROBE = """
import json, sys, time
before = time.perf_counter()
{statement}
print(json.dumps([time.perf_counter() - before, "torch" in sys.modules]))
"""
_GROUND = "import numpy, pydantic"
_PACKAGES = ("gpt4video", "gpt4video_guards", "gpt4video_tools", "gpt4video.evaluation")


def seconds_of(statement: str, *, repeats: int) -> tuple[float, bool]:
    """The best time of a statement in fresh processes, and whether torch was loaded by it."""
    found = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-c", _PROBE.format(statement=statement)],
            check=True,
            capture_output=True,
            text=True,
        )
        found.append(tuple(json.loads(done.stdout)))
    return min(seconds for seconds, _ in found), any(torch for _, torch in found)


def main() -> None:
    """Measure and tell."""
    options = arguments(__doc__).parse_args()
    ground, _ = seconds_of(_GROUND, repeats=options.repeats)
    figures: dict[str, float] = {"numpy and pydantic: seconds": ground}
    for package in _PACKAGES:
        whole, torch = seconds_of(f"import {package}", repeats=options.repeats)
        figures[f"{package}: seconds"] = whole
        figures[f"{package}: own seconds"] = max(0.0, whole - ground)
        figures[f"{package}: ratio to numpy and pydantic"] = whole / ground
        figures[f"{package}: loads torch"] = float(torch)
    tell(figures, options.json)


if __name__ == "__main__":
    main()
