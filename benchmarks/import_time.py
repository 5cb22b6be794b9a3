"""What importing each package costs in a fresh process, beside an empty one and beside numpy.

    python benchmarks/import_time.py [--json FILE]

Seconds of the processor, so that a busy machine does not blur them. `own` is what the import adds
once numpy and pydantic, on which it stands, are there; `loads torch` must be 0.
"""

from __future__ import annotations

import json
import subprocess
import sys

from outcome import arguments, tell

_PROBE = """
import json, sys, time
{ground}
before = time.process_time()
{statement}
print(json.dumps([time.process_time() - before, "torch" in sys.modules]))
"""
_GROUND = "import numpy, pydantic"
_PACKAGES = ("gpt4video", "gpt4video_guards", "gpt4video_tools", "gpt4video.evaluation")


def seconds_of(statement: str, *, ground: str = "", repeats: int) -> tuple[float, bool]:
    """The best time of a statement after `ground` in fresh processes, and whether torch came."""
    found = []
    for _ in range(repeats):
        done = subprocess.run(
            [sys.executable, "-c", _PROBE.format(ground=ground, statement=statement)],
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
        own, _ = seconds_of(f"import {package}", ground=_GROUND, repeats=options.repeats)
        figures[f"{package}: own seconds"] = own
        figures[f"{package}: ratio to numpy and pydantic"] = whole / ground
        figures[f"{package}: loads torch"] = float(torch)
    tell(figures, options.json)


if __name__ == "__main__":
    main()
