"""However long the file, reading it costs the same memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.video.films import film, numbered

_READ = """
import json, resource, sys
sys.path[:] = json.loads(sys.argv[1])
from gpt4video_tools.video import read_clip
clip = read_clip(sys.argv[2], num_frames=8)
# Linux hands the peak of the parent (pytest's own) down in ru_maxrss; VmHWM is this process alone.
try:
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except FileNotFoundError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([peak, clip.duration, "torch" in sys.modules]))
"""


def _read(path: Path) -> tuple[float, float, bool]:
    """Peak memory of a process that reads the clip, the clip's seconds, whether it had torch."""
    command = [sys.executable, "-c", _READ, json.dumps(sys.path), str(path)]
    done = subprocess.run(command, check=True, capture_output=True, timeout=120)
    peak, duration, torch = json.loads(done.stdout)
    return peak, duration, torch


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource.getrusage")
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_an_hour_costs_the_memory_of_ten_seconds(tmp_path: Path, container: str) -> None:
    options = {"g": "100000", "preset": "ultrafast", "sc_threshold": "0", "bf": "2"}
    picture = numbered(1, width=128, height=72)
    peaks = {}
    for seconds in (10, 3600):
        path = tmp_path / f"{seconds}.film"
        still = np.broadcast_to(picture, (seconds, *picture.shape[1:]))
        path.write_bytes(film(still, fps=1, options=options, container=container))
        peaks[seconds], duration, has_torch = _read(path)
        assert round(duration) == seconds
        assert not has_torch
    assert peaks[3600] <= 1.1 * peaks[10]
