from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.guards.doubles import clip

from gpt4video_guards import FramesSubject, InvalidInputError, TextSubject


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("text", {"text": 5, "kind": "prompt"}),
        ("kind", {"text": "a", "kind": "poem"}),
        ("context", {"text": "a", "kind": "prompt", "context": None}),
    ],
)
def test_a_text_subject_names_the_argument_that_is_wrong(
    argument: str, values: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        TextSubject(**values)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((2, 4, 4, 3), dtype=np.float32),
        np.zeros((2, 4, 4), dtype=np.uint8),
        np.zeros((2, 4, 4, 4), dtype=np.uint8),
        np.zeros((0, 4, 4, 3), dtype=np.uint8),
        [[1, 2], [3, 4]],
    ],
)
def test_frames_of_another_shape_or_type_are_no_subject(frames: Any) -> None:
    with pytest.raises(InvalidInputError, match="frames"):
        FramesSubject(frames=frames, times=(0.0, 1.0))


@pytest.mark.parametrize("times", [(0.0,), (0.0, float("nan"))])
def test_times_must_fit_the_frames(times: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInputError, match="times"):
        FramesSubject(frames=np.zeros((2, 4, 4, 3), dtype=np.uint8), times=times)


def test_fingerprints_tell_text_kind_and_context_apart() -> None:
    subjects = [
        TextSubject(text="ab", kind="prompt"),
        TextSubject(text="ab", kind="comment"),
        TextSubject(text="ab", kind="prompt", context="c"),
        TextSubject(text="a", kind="prompt", context="bc"),
        TextSubject(text="a\ud800", kind="prompt"),
    ]
    assert len({subject.fingerprint() for subject in subjects}) == len(subjects)


def test_fingerprints_of_frames_follow_their_pixels_or_their_key_and_times() -> None:
    assert clip(value=1).fingerprint() == clip(value=1).fingerprint()
    assert clip(value=1).fingerprint() != clip(value=2).fingerprint()
    assert clip(key="a").fingerprint() != clip(key="b").fingerprint()
    assert clip(key="a").fingerprint() != clip(key="a", count=3).fingerprint()


def test_frames_print_their_shape_and_no_pixels() -> None:
    assert repr(clip(key="abc")) == "FramesSubject(frames=(4, 8, 8, 3), key='abc')"
