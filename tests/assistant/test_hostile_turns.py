"""What callers, models and clips may try, and what must not come of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpt4video import InvalidInputError
from gpt4video.events import TextDelta
from gpt4video.loading import load_parts
from gpt4video.reasoning import Conversation, Message
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    ScriptedReasoner,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_guards import Policy
from gpt4video_guards.errors import CheckpointError, ConfigurationError
from gpt4video_tools.video import Clip, read_clip

RED, GREEN = (200, 40, 40), (50, 170, 70)


def test_a_wish_for_a_clip_is_judged_even_where_nobody_can_make_it() -> None:
    reasoner = ScriptedReasoner(["Sure. <video> a gory scene </video>", "Hello."])
    guard = ScriptedGuard(words=["gory"])
    pipeline = scripted_pipeline(text_guard=guard)
    with scripted_assistant(reasoner=reasoner, pipeline=pipeline, generator=None) as assistant:
        session = assistant.session()
        reply = session.chat("make something")
        assert reply.refused and reply.stage == "video_prompt"
        assert session.history == ()
        assert reasoner.kept == {}
        assert not session.chat("hello").refused
    assert not any("gory" in message.text for c in reasoner.conversations for message in c.messages)


@pytest.mark.parametrize(
    "text", ["half a pair: \ud800", ["fine", "\udfff"]], ids=["alone", "in a part"]
)
def test_text_that_is_no_unicode_is_refused_before_anything_happens(text: Any) -> None:
    reasoner = ScriptedReasoner()
    with scripted_assistant(reasoner=reasoner) as assistant:
        with pytest.raises(InvalidInputError, match="text"):
            assistant.chat(text)
        with pytest.raises(InvalidInputError, match="history"):
            assistant.session(history=[("user", "\ud800"), ("assistant", "fine")])
    assert reasoner.conversations == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"text": "hi", "videos": None}, "videos"),
        ({"text": "hi", "videos": 5}, "videos"),
    ],
)
def test_arguments_of_another_type_are_errors_of_ours(
    arguments: dict[str, Any], named: str
) -> None:
    with scripted_assistant() as assistant, pytest.raises(InvalidInputError, match=named):
        assistant.chat(**arguments)


@pytest.mark.parametrize(
    "history",
    [
        [("user", None), ("assistant", "fine")],
        [("user", "hi", "extra"), ("assistant", "fine")],
        ["user", "assistant"],
        [1, 2],
    ],
)
def test_a_history_of_another_form_is_an_error_of_ours(history: Any) -> None:
    with scripted_assistant() as assistant, pytest.raises(InvalidInputError, match="history"):
        assistant.session(history=history)


@pytest.mark.parametrize("window", [0, -5])
def test_a_window_that_holds_nothing_back_is_refused_when_the_assistant_is_built(
    window: int,
) -> None:
    with pytest.raises(InvalidInputError, match="window"):
        scripted_assistant(window=window)


def test_two_pieces_of_one_clip_are_two_clips() -> None:
    frames = np.zeros((48, 32, 32, 3), dtype=np.uint8)
    frames[:24], frames[24:] = RED, GREEN
    whole = read_clip(frames, num_frames=48, fps=24.0)
    first, second = (whole.take(whole.times[part]) for part in (slice(0, 24), slice(24, 48)))
    assert first.key == second.key
    pipeline = scripted_pipeline(frames_guard=ScriptedGuard(colours=[GREEN]))
    with scripted_assistant(pipeline=pipeline) as assistant:
        session = assistant.session()
        assert not session.chat("what is this?", [first]).refused
        assert session.chat("and this?", [second]).refused


class _Reentered(ScriptedReasoner):
    """Closes another turn's stream in the middle of a step, as the garbage collector may."""

    def __init__(self) -> None:
        super().__init__(["first answer", "second answer"])
        self.abandoned: Iterator[Any] | None = None

    def _begin(self, conversation: Conversation) -> Any:
        if self.abandoned is not None:
            self.abandoned.close()  # type: ignore[attr-defined]
        return super()._begin(conversation)


def test_a_stream_collected_in_the_middle_of_another_turns_step_does_not_lock_up() -> None:
    reasoner = _Reentered()
    assistant = scripted_assistant(reasoner=reasoner, window=1)
    abandoned = assistant.session().stream("first")
    assert any(isinstance(event, TextDelta) for event in abandoned)  # stopped half way
    reasoner.abandoned = abandoned
    replies: list[str] = []
    worker = threading.Thread(
        target=lambda: replies.append(assistant.session().chat("second").text), daemon=True
    )
    worker.start()
    worker.join(timeout=10)
    assert replies == ["second answer"]


def test_the_reasoner_is_asked_by_one_thread_at_a_time_for_lengths_too() -> None:
    free: list[bool] = []

    class Counting(ScriptedReasoner):
        def count_tokens(self, messages: Sequence[Message]) -> int:
            lock = assistant._host.lock

            def look() -> None:
                free.append(lock.acquire(blocking=False))
                if free[-1]:
                    lock.release()

            other = threading.Thread(target=look)
            other.start()
            other.join()
            return super().count_tokens(messages)

    assistant = scripted_assistant(reasoner=Counting())
    assistant.chat("hello")
    assert free and not any(free)


def test_more_clips_than_the_context_holds_are_refused_before_any_is_read() -> None:
    reasoner = ScriptedReasoner(tokens_per_clip=50, context_tokens=200)
    guard = ScriptedGuard()
    with (
        scripted_assistant(
            reasoner=reasoner, pipeline=scripted_pipeline(frames_guard=guard)
        ) as assistant,
        pytest.raises(InvalidInputError, match="videos"),
    ):
        assistant.chat("look", [b"not even a clip"] * 5)
    assert guard.seen == []


def test_dense_frames_of_one_clip_at_a_time_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    class Watching(ScriptedGuard):
        def judge(self, subjects: Any) -> Any:
            order.append("judged")
            return super().judge(subjects)

    def read(*arguments: Any, **options: Any) -> Clip:
        order.append("read")
        return read_clip(*arguments, **options)

    monkeypatch.setattr("gpt4video._inputs.read_clip", read)
    pipeline = scripted_pipeline(frames_guard=Watching())
    with scripted_assistant(pipeline=pipeline) as assistant:
        assistant.chat("look", [flat_mp4(RED), flat_mp4(GREEN)])
    assert order == ["read", "judged", "read", "judged"]


def test_a_made_clip_longer_than_strangers_may_send_is_no_error(tmp_path: Path) -> None:
    with scripted_assistant(
        "<video> a slow star </video>",
        generator=ScriptedGenerator(),
        output_dir=tmp_path,
    ) as assistant:
        reply = assistant.chat("make it", video_options={"fps": 0.001})
    assert reply.video is not None
    assert reply.video.path.is_file()


@pytest.mark.parametrize(
    "options", [{"fps": -1}, {"num_frames": 10**9}, {"colour": "red"}, {"seed": "x"}, {3: 4}, [5]]
)
def test_video_options_that_are_wrong_are_refused_before_a_word_is_said(options: Any) -> None:
    reasoner = ScriptedReasoner("Sure. <video> a star </video>")
    with scripted_assistant(reasoner=reasoner) as assistant, pytest.raises(InvalidInputError):
        assistant.chat("make a star", video_options=options)
    assert reasoner.conversations == []


@pytest.mark.parametrize(
    "stages",
    [
        {"input_video": {"*": 0.6}},
        {"output_video": {"*": 0.6}},
        {"input_video": {"violence": 0.6}, "output_video": {"*": 0.6}},
        {},
    ],
    ids=["made clips open", "shown clips open", "other concepts only", "both open"],
)
def test_concepts_that_nobody_would_look_for_are_refused(
    stages: dict[str, dict[str, float]], tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    everything = ("input_text", "input_video", "output_text", "video_prompt", "output_video")
    policy = Policy.model_validate(
        {
            "name": "own",
            "guards": {"frames": {"provider": "host", "judges": "frames"}},
            "stages": {
                stage: [{"guard": "frames", "thresholds": limits}]
                for stage, limits in stages.items()
            },
            "open": [stage for stage in everything if stage not in stages],
        }
    )
    with pytest.raises(ConfigurationError, match="blocked_concepts"):
        load_parts(tmp_path, policy=policy, blocked_concepts=["a red triangle"])


def test_a_model_that_cannot_be_loaded_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{ not json")
    with pytest.raises(CheckpointError):
        load_parts(tmp_path, policy="off")
