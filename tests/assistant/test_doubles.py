"""The doubles that users test with are what they say, without torch."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from gpt4video import InvalidInputError
from gpt4video.reasoning import Conversation, GenerationOptions, Message, TextPart
from gpt4video.testing import ScriptedGenerator, ScriptedGuard, ScriptedReasoner, flat_clip
from gpt4video_guards import FramesSubject, Subject, TextSubject
from gpt4video_tools.gallery import VideoGenerator, VideoRequest


def conversation(text: str) -> Conversation:
    message = Message(role="user", parts=(TextPart(text=text),))
    return Conversation(id=text, messages=(message,))


def test_a_scripted_reasoner_answers_several_conversations_in_pieces() -> None:
    reasoner = ScriptedReasoner(lambda c: c.id * 2, piece_chars=2)
    asked = [conversation("abc"), conversation("x")]
    pieces = list(reasoner.stream(asked, options=GenerationOptions()))
    assert pieces == [(0, "ab"), (1, "xx"), (0, "ca"), (0, "bc")]
    assert reasoner.kept == {"abc": "abc\nabcabc", "x": "x\nxx"}
    assert reasoner.usage("abc").generated_tokens == 3


def test_a_scripted_reasoner_says_when_its_script_is_over() -> None:
    reasoner = ScriptedReasoner(["only one"])
    list(reasoner.stream([conversation("a")], options=GenerationOptions()))
    with pytest.raises(InvalidInputError, match="one for each turn"):
        list(reasoner.stream([conversation("b")], options=GenerationOptions()))


def test_a_scripted_guard_finds_words_and_colours() -> None:
    guard = ScriptedGuard(words=["Bomb"], colours=[(220, 40, 40)], category="weapons")
    clip, other = flat_clip((225, 35, 40)), flat_clip((50, 90, 220))
    subjects: list[Subject] = [
        TextSubject(text="a bomb", kind="prompt"),
        TextSubject(text="a boat", kind="prompt"),
        FramesSubject(frames=clip.frames, times=clip.times),
        FramesSubject(frames=other.frames, times=other.times),
    ]
    assert [j.scores["weapons"] for j in guard.judge(subjects)] == [1.0, 0.0, 1.0, 0.0]


def test_a_scripted_generator_is_a_generator() -> None:
    generator: VideoGenerator = ScriptedGenerator(colour=(1, 2, 3))
    steps: list[tuple[int, int]] = []
    video = generator.generate(
        VideoRequest(prompt="x", num_frames=2, width=16, seed=5),
        on_progress=lambda step, total: steps.append((step, total)),
    )
    assert video.frames.shape == (2, 64, 16, 3) and video.seed == 5
    assert (video.frames == np.array([1, 2, 3])).all()
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_scripted_assistant_needs_no_torch() -> None:
    code = (
        "import sys; from gpt4video.testing import scripted_assistant, flat_mp4\n"
        "a = scripted_assistant('<video>x</video>'); assert a.chat('go', [flat_mp4()]).video\n"
        "assert 'torch' not in sys.modules; a.close()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
