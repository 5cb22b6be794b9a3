"""Decoding in a child process, for hosts that take files from strangers.

The child gets the file as its standard input and nothing else, limits itself before it looks at a
byte, and answers into a file. Nothing it says is trusted: no pickles, sizes are checked, and the
clip's key is computed here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from gpt4video_guards.errors import ConfigurationError, InvalidInputError

from .budget import VideoBudget
from .clip import Clip
from .errors import BudgetExceededError, ClipError, TruncatedClipError, UnreadableClipError
from .sampling import uniform_times
from .source import Bytes

__all__ = ["Isolation", "read_apart"]

_START = "import sys; sys.path[:] = {path!r}; from {module} import main; main()"
_HEADER = 1 << 16
_CHUNK = 1 << 20
_LONGEST_WORDS = 500
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONHOME", "TMPDIR")
_OUT_OF_TIME = -getattr(signal, "SIGXCPU", 24)


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """Limits of the process that decodes. Memory and file limits need a POSIX system."""

    seconds: float = 60.0
    """Wall time, and processor time, until the child is ended."""
    memory: int = 2 * 1024**3
    """Bytes of address space (macOS does not enforce it)."""

    def __post_init__(self) -> None:
        if not 0 < self.seconds < float("inf"):
            raise InvalidInputError("seconds", self.seconds, "a positive, finite number")
        if not self.memory > 0:
            raise InvalidInputError("memory", self.memory, "a positive number of bytes")


def read_apart(data: Bytes, *, num_frames: int, budget: VideoBudget, limits: Isolation) -> Clip:
    """`read_bytes` in a child process.

    Raises:
        BudgetExceededError: with the limit "seconds" or "memory" too.
        UnreadableClipError: among the rest, where the decoder died of the file.
        ConfigurationError: no child can be started.
    """
    largest = num_frames * budget.longest_side**2 * 3 + _HEADER
    request = {
        "name": data.name,
        "num_frames": num_frames,
        "budget": asdict(budget),
        "limits": asdict(limits) | {"answer": largest},
    }
    key = data.digest()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answer:
        position = 0
        while piece := data.at(position, _CHUNK):
            position += given.write(piece)
        given.seek(0)
        code = _run(json.dumps(request), given, answer, data.name, limits)
        answer.seek(0)
        try:
            said = json.loads(answer.readline(_HEADER))
            if "error" in said:
                raise _error(said, data.name, limits)
            duration = float(said["duration"])
            return Clip(
                frames=_frames(answer, said["shape"], num_frames, budget.longest_side),
                times=uniform_times(duration, num_frames),
                duration=duration,
                key=key,
                name=data.name,
            )
        except ClipError:
            raise
        except (ValueError, KeyError, TypeError) as error:
            ended = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            problem = f"the process that decoded it ended {ended} and left no usable answer"
            raise UnreadableClipError(data.name, problem) from error


def _run(request: str, given: IO[bytes], answer: IO[bytes], name: str, limits: Isolation) -> int:
    if not sys.executable:
        raise ConfigurationError("isolate=True needs a Python interpreter: sys.executable is empty")
    package = __name__.rpartition(".")[0]
    program = _START.format(path=sys.path, module=f"{package}._child")
    try:
        child = subprocess.Popen(
            [sys.executable, "-c", program, request],
            stdin=given,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError as error:
        raise ConfigurationError(f"isolate=True cannot start a process: {error}") from error
    try:
        code = child.wait(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise BudgetExceededError(name, "seconds", limits.seconds, None) from None
    finally:
        child.kill()
        child.wait()
    if code == _OUT_OF_TIME:
        raise BudgetExceededError(name, "seconds", limits.seconds, None)
    return code


def _environment() -> dict[str, str]:
    """What a Python process needs to start, and none of the host's secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _frames(
    answer: IO[bytes], shape: list[int], num_frames: int, longest_side: int
) -> NDArray[np.uint8]:
    count, height, width, channels = (int(size) for size in shape)
    if (count, channels) != (num_frames, 3) or min(height, width) < 1:
        raise ValueError("not the frames that were asked for")
    if max(height, width) > longest_side:
        raise ValueError("not the frames that were asked for")
    size = count * height * width * channels
    pixels = answer.read(size + 1)
    if len(pixels) != size:
        raise ValueError("not as many bytes as the frames have")
    return np.frombuffer(bytearray(pixels), dtype=np.uint8).reshape(count, height, width, channels)


def _error(said: dict[str, Any], name: str, limits: Isolation) -> ClipError:
    kind = said["error"]
    if kind == "TruncatedClipError":
        expected = None if said["expected"] is None else int(said["expected"])
        return TruncatedClipError(name, int(said["decoded"]), expected)
    if kind == "BudgetExceededError":
        limit = str(said["limit"])
        if limit == "memory":
            return BudgetExceededError(name, limit, limits.memory, None)
        found = None if said["found"] is None else float(said["found"])
        return BudgetExceededError(name, limit, float(said["allowed"]), found)
    return UnreadableClipError(name, str(said["problem"])[:_LONGEST_WORDS])
