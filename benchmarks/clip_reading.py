"""Reading sixteen frames with our reader, against plain PyAV that decodes everything.

    python benchmarks/clip_reading.py [--json FILE]

Time: both read the same files in the same run. Memory: peak of a child process without torch for a
file of one hour over one of ten seconds; for comparison also the plain way, which keeps every
frame (on the ten-second file alone).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from outcome import arguments, tell

from gpt4video_tools.video import read_clip

_FRAMES = 16
_PEAK = """
import json, resource, sys
path = sys.argv[1]
if sys.argv[2] == "ours":
    from gpt4video_tools.video import read_clip
    read_clip(path, num_frames=16)
else:
    import av, numpy
    with av.open(path) as container:
        kept = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
# Not ru_maxrss where it can be helped: Linux hands the peak of the parent down to the child.
try:
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) / 2**10 for line in status if line.startswith("VmHWM"))
except FileNotFoundError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts in bytes
print(json.dumps([peak, "torch" in sys.modules]))
"""


def plainly(path: Path) -> list[np.ndarray]:  # type: ignore[type-arg]
    """Decode everything, keep everything, then choose."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    picks = ((np.arange(_FRAMES) + 0.5) / _FRAMES * len(frames)).astype(int)
    return [frames[pick] for pick in picks]


def best(work: Callable[[], object], *, repeats: int) -> float:
    """Processor seconds of the fastest of several runs; a busy machine does not blur them."""
    times = []
    for _ in range(repeats):
        before = time.process_time()
        work()
        times.append(time.process_time() - before)
    return min(times)


def write(path: Path, *, seconds: int, fps: int, size: int) -> Path:
    """An H.264 file of moving bars; a key frame every ten seconds."""
    ramp = np.arange(size, dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps))
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.options = {"preset": "ultrafast", "g": str(10 * fps)}
        for index in range(seconds * fps):
            row = np.roll(ramp, 3 * index)
            picture = np.broadcast_to(row[None, :, None], (size, size, 3))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def peak_of(path: Path, way: str) -> float:
    """Peak memory of a child process that reads the file, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path), way], check=True, capture_output=True, text=True
    )
    peak, torch = json.loads(done.stdout)
    if torch:
        raise SystemExit("the reader loaded torch; its memory says nothing then")
    return float(peak)


def main() -> None:
    """Measure and tell."""
    options = arguments(__doc__).parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds, fps, size in (
            ("3 s of 96 px", 3, 24, 96),
            ("60 s of 256 px", 60, 30, 256),
        ):
            path = write(Path(folder) / f"{seconds}.mp4", seconds=seconds, fps=fps, size=size)
            ours = best(lambda: read_clip(path, num_frames=_FRAMES), repeats=options.repeats)  # noqa: B023
            plain = best(lambda: plainly(path), repeats=options.repeats)  # noqa: B023
            figures[f"{name}, ours: seconds"] = ours
            figures[f"{name}, plain PyAV: seconds"] = plain
            figures[f"{name}, plain over ours: ratio"] = plain / ours
        short = write(Path(folder) / "short.mp4", seconds=10, fps=4, size=128)
        long = write(Path(folder) / "long.mp4", seconds=3600, fps=4, size=128)
        figures["ten seconds, ours: MiB"] = peak_of(short, "ours")
        figures["ten seconds, plain PyAV: MiB"] = peak_of(short, "plain")
        figures["one hour, ours: MiB"] = peak_of(long, "ours")
        figures["one hour over ten seconds: memory ratio"] = (
            figures["one hour, ours: MiB"] / figures["ten seconds, ours: MiB"]
        )
    tell(figures, options.json)


if __name__ == "__main__":
    main()
