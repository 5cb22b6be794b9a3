"""How closely the guards look at a clip: a bad second is found wherever it stands."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt4video._density import FRAMES_A_SECOND, MOST_FRAMES, guarded_frames
from gpt4video.testing import (
    ScriptedGuard,
    ScriptedReasoner,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_guards import FramesSubject, Judgement
from gpt4video_guards.subject import Subject
from gpt4video_guards.visual.pooling import pooled
from gpt4video_tools.video import VideoBudget, encode_mp4, read_clip, uniform_times

RED = np.array((200, 30, 30), dtype=np.uint8)
FPS = 4.0


class SeesRed:
    """Says how red each frame is; like the real ones it wants two frames near one another."""

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        return [self._judge_one(subject) for subject in subjects]

    def _judge_one(self, subject: Subject) -> Judgement:
        assert isinstance(subject, FramesSubject)
        means = subject.frames.mean(axis=(1, 2))
        red = ((means[:, 0] > 150) & (means[:, 1] < 80)).astype(np.float64)
        return pooled({"unsafe": red}, subject.times)


def grey_clip(seconds: float, *, red_from: float | None = None) -> bytes:
    """Grey, but for one red second."""
    frames = np.full((int(seconds * FPS), 32, 32, 3), 120, dtype=np.uint8)
    if red_from is not None:
        start = round(red_from * FPS)
        frames[start : start + int(FPS)] = RED
    return encode_mp4(frames, fps=FPS)


@given(
    duration=st.floats(0, MOST_FRAMES / 3), model_frames=st.sampled_from([1, 4, 8, 12, 16, 32, 100])
)
def test_any_second_of_a_clip_holds_two_of_the_guards_frames(
    duration: float, model_frames: int
) -> None:
    count = guarded_frames(duration, model_frames=model_frames)
    assert count >= FRAMES_A_SECOND * duration
    assert count % model_frames == 0 and count // model_frames % 2 == 1
    assert count <= MOST_FRAMES or count == 3 * model_frames


@given(
    duration=st.floats(0, 1e6),
    model_frames=st.integers(1, 200),
    most=st.integers(1, 512),
)
def test_however_long_the_clip_the_guards_frames_are_bounded(
    duration: float, model_frames: int, most: int
) -> None:
    count = guarded_frames(duration, model_frames=model_frames, most=most)
    assert count <= max(most, 3 * model_frames)
    dense = uniform_times(duration, count)
    density = count // model_frames
    models = uniform_times(duration, model_frames)
    assert all(map(math.isclose, dense[density // 2 :: density], models))


@pytest.mark.parametrize("red_from", [2.0, 30.25, 58.75])
def test_a_bad_second_of_a_minute_is_found_wherever_it_stands(red_from: float) -> None:
    pipeline = scripted_pipeline(frames_guard=SeesRed())
    reasoner = ScriptedReasoner(num_frames=8)
    with scripted_assistant(reasoner=reasoner, pipeline=pipeline) as assistant:
        reply = assistant.chat("look", [grey_clip(60, red_from=red_from)])
    assert reply.refused and reply.stage == "input_video"
    (time,) = [piece.time for verdict in reply.verdicts for piece in verdict.evidence]
    assert time is not None and red_from <= time[0] <= time[1] <= red_from + 1


def test_a_harmless_minute_passes_and_nothing_needs_to_be_said_of_it() -> None:
    pipeline = scripted_pipeline(frames_guard=SeesRed())
    with scripted_assistant(pipeline=pipeline) as assistant:
        reply = assistant.chat("look", [grey_clip(60)])
    assert not reply.refused and reply.notes == ()


def test_where_the_guards_frames_stand_too_far_apart_the_reply_says_so() -> None:
    guard, reasoner = ScriptedGuard(), ScriptedReasoner(num_frames=8)
    pipeline = scripted_pipeline(frames_guard=guard)
    long = np.zeros((600, 8, 8, 3), dtype=np.uint8)
    with scripted_assistant(reasoner=reasoner, pipeline=pipeline) as assistant:
        reply = assistant.chat("look", [read_clip(long, num_frames=512, fps=1)])
    assert [len(seen.frames) for seen in guard.frames] == [120]
    (note,) = reply.notes
    assert "120 frames" in note and "5.0 s" in note


def test_a_host_bounds_what_its_guards_see_by_its_budget() -> None:
    guard, reasoner = ScriptedGuard(), ScriptedReasoner(num_frames=4)
    with scripted_assistant(
        reasoner=reasoner,
        pipeline=scripted_pipeline(frames_guard=guard),
        budget=VideoBudget(max_frames=40),
    ) as assistant:
        assistant.chat("look", [grey_clip(30)])
    assert [len(seen.frames) for seen in guard.frames] == [36]


def test_one_clip_is_known_again_however_densely_it_is_read() -> None:
    clip, reasoner = grey_clip(30), ScriptedReasoner(num_frames=4)
    with scripted_assistant(reasoner=reasoner) as assistant:
        session = assistant.session()
        session.chat("look", [clip])
        session.chat("again", [clip], limits={"max_frames": 12})
    assert reasoner.encoded == list(dict.fromkeys(reasoner.encoded))
    assert [part.index for part in reasoner.conversations[-1].messages[-1].clips] == [1]
