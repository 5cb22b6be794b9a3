"""What runs in the process of `isolate=True`: limits first, then one clip, then the answer."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

__all__ = ["main"]


def main() -> None:
    """Read the clip on standard input as the request (JSON, first argument) says."""
    request = json.loads(sys.argv[1])
    _limit(**request["limits"])
    with os.fdopen(0, "rb", closefd=False) as given, os.fdopen(1, "wb", closefd=False) as answer:
        try:
            header, pixels = _read(given, request)
        except MemoryError:
            header, pixels = {"error": "BudgetExceededError", "limit": "memory"}, b""
        answer.write(json.dumps(header).encode() + b"\n")
        answer.write(pixels)


def _read(given: BinaryIO, request: dict[str, Any]) -> tuple[dict[str, Any], bytes | memoryview]:
    from .budget import VideoBudget
    from .errors import BudgetExceededError, ClipError, TruncatedClipError
    from .reading import read_bytes
    from .source import Bytes

    size = os.fstat(given.fileno()).st_size
    data = Bytes(handle=given, name=request["name"], size=size)
    try:
        clip = read_bytes(
            data, num_frames=request["num_frames"], budget=VideoBudget(**request["budget"])
        )
    except TruncatedClipError as error:
        found = {"decoded": error.decoded, "expected": error.expected}
        return {"error": "TruncatedClipError", **found}, b""
    except BudgetExceededError as error:
        words = {"limit": error.limit, "allowed": error.allowed, "found": error.found}
        return {"error": "BudgetExceededError", **words}, b""
    except ClipError as error:
        return {"error": "UnreadableClipError", "problem": error.problem}, b""
    return {"shape": clip.frames.shape, "duration": clip.duration}, clip.frames.data


def _limit(*, seconds: float, memory: int, answer: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the parent's deadline is what remains
        return
    wished = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: answer,
        resource.RLIMIT_CPU: int(seconds) + 1,
        resource.RLIMIT_AS: memory,
    }
    for limit, value in wished.items():
        _, most = resource.getrlimit(limit)
        if most != resource.RLIM_INFINITY:
            value = min(value, most)
        # The lower processor limit sends a signal that the parent knows, the upper one kills.
        spare = 1 if limit == resource.RLIMIT_CPU and most == resource.RLIM_INFINITY else 0
        try:
            resource.setrlimit(limit, (value, value + spare))
        except (OSError, ValueError):  # a system that knows the limit but does not let it be set
            continue
