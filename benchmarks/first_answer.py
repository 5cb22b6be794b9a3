"""The first answer of a cold process, and the second answer about the same clip.

    python benchmarks/first_answer.py [--json FILE] [--policy standard]

Each repeat is a process of its own that imports, loads the embedded default, answers a question
about a clip and then a second one about the same clip, in the same session and in a fresh one. The
clip is encoded for the first answer alone (`clips encoded`); the ratios tell what that saves.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from outcome import arguments, tell

_PROBE = """
import json, sys, time
marks = [time.perf_counter()]
def mark():
    marks.append(time.perf_counter())
from gpt4video import VideoAssistant
mark()
with VideoAssistant.from_pretrained("shapes", policy=sys.argv[2]) as assistant:
    mark()
    session = assistant.session()
    replies = [session.chat("What colour is the object?", [sys.argv[1]])]
    mark()
    replies.append(session.chat("And how does it move?"))
    mark()
    replies.append(assistant.session().chat("What shape is it?", [sys.argv[1]]))
    mark()
steps = [b - a for a, b in zip(marks, marks[1:])]
print(json.dumps([steps, [reply.usage.encoded_clips for reply in replies]]))
"""
_STEPS = (
    "import",
    "load",
    "first answer",
    "second answer, same session",
    "same clip in a fresh session",
)


def main() -> None:
    """Measure and tell."""
    parser = arguments(__doc__)
    parser.add_argument("--policy", default="standard", help="preset or file (default: standard)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [_run(_clip(Path(folder)), options.policy) for _ in range(options.repeats)]
    steps, encoded = min(runs, key=lambda run: sum(run[0][:3]))
    figures = {f"{name}: seconds": value for name, value in zip(_STEPS, steps, strict=True)}
    figures["cold start to first answer: seconds"] = sum(steps[:3])
    figures["second answer to first: ratio"] = steps[3] / steps[2]
    figures["fresh session to first: ratio"] = steps[4] / steps[2]
    for name, count in zip(_STEPS[2:], encoded, strict=True):
        figures[f"{name}: clips encoded"] = float(count)
    tell(figures, options.json)


def _clip(folder: Path) -> Path:
    import random

    from gpt4video.evaluation import random_footage

    path = folder / "clip.mp4"
    path.write_bytes(random_footage(random.Random(5), objects=1).mp4)
    return path


def _run(clip: Path, policy: str) -> tuple[list[float], list[int]]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, str(clip), policy],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    steps, encoded = json.loads(done.stdout.splitlines()[-1])
    return steps, encoded


if __name__ == "__main__":
    main()
