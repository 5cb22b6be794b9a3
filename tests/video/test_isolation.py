"""Decoding in a child process: the same result, limits that hold, answers that are not trusted."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from tests.video.films import film, numbered

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import (
    BudgetExceededError,
    Isolation,
    TruncatedClipError,
    UnreadableClipError,
    encode_mp4,
    isolation,
    read_clip,
)


def test_a_clip_read_apart_is_the_same_clip(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film(numbered(30)))
    here = read_clip(path, num_frames=7)
    for source in (path, path.read_bytes(), io.BytesIO(path.read_bytes())):
        apart = read_clip(source, num_frames=7, isolate=True)
        assert np.array_equal(apart.frames, here.frames)
        assert (apart.times, apart.duration, apart.key) == (here.times, here.duration, here.key)
        apart.frames[0, 0, 0] = 1  # its own memory, as any clip's


def test_errors_come_back_as_they_were() -> None:
    data = encode_mp4(numbered(30), fps=10)
    with pytest.raises(TruncatedClipError) as caught:
        read_clip(data[: len(data) * 3 // 4], num_frames=4, isolate=True)
    assert caught.value.source == "bytes"
    with pytest.raises(UnreadableClipError, match="not a video format"):
        read_clip(b"not a film", num_frames=4, isolate=True)


def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(BudgetExceededError) as caught:
        read_clip(film(numbered(3)), num_frames=2, isolate=Isolation(seconds=0.001))
    assert caught.value.limit == "seconds"


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux enforces the limit")
def test_a_child_that_takes_too_much_memory_fails_alone() -> None:
    large = np.zeros((2, 2160, 3840, 3), np.uint8)
    data = film(large, codec="mpeg4", container="matroska")
    with pytest.raises((BudgetExceededError, UnreadableClipError)):
        read_clip(data, num_frames=2, isolate=Isolation(memory=230 * 1024**2))
    assert len(read_clip(data, num_frames=2, isolate=True).frames) == 2


@pytest.mark.parametrize(
    "program",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "pass",
        "print('no json')",
        "print('[1, 2]')",
        """print('{{"shape": [4, 100000, 100000, 3], "duration": 1.0}}')""",
        """print('{{"shape": [4, 1, 1, 3], "duration": 1.0}}'); print('x' * 13)""",
        """print('{{"shape": [1, 2, 2, 3], "duration": 1.0}}'); print('x' * 11)""",
        """print('{{"shape": [4, 1, 1, 3], "duration": -1}}'); print('x' * 11)""",
    ],
)
def test_a_child_that_dies_or_lies_is_one_clear_error(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "_START", program)
    with pytest.raises(UnreadableClipError, match="no usable answer"):
        read_clip(film(numbered(3)), num_frames=4, isolate=True)


def test_the_child_sees_none_of_the_hosts_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "secret")
    program = (
        "import os, json, sys; assert {path!r}, {module!r}; "
        "seen = str('SERVICE_TOKEN' in os.environ); "
        "print(json.dumps(dict(error='UnreadableClipError', problem=seen)))"
    )
    monkeypatch.setattr(isolation, "_START", program)
    with pytest.raises(UnreadableClipError, match="False"):
        read_clip(film(numbered(3)), num_frames=4, isolate=True)


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"seconds": float("inf")}, {"memory": 0}])
def test_limits_are_positive(limits: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(limits))):
        Isolation(**limits)  # type: ignore[arg-type]
