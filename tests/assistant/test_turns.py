"""One turn: what comes out, in which order, and what was asked of whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gpt4video import InvalidInputError, VideoAssistant, VideoBudget
from gpt4video.events import Event, Finished, Judged, TextDelta, VideoProgress, VideoReady
from gpt4video.reasoning import Conversation, GenerationOptions, TextPart
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    ScriptedReasoner,
    flat_clip,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_tools.gallery import GenerationError
from gpt4video_tools.video import BudgetExceededError, UnreadableClipError, read_clip

GREEN = (50, 170, 70)


def kinds(events: list[Event]) -> list[str]:
    names = [type(event).__name__ for event in events]
    return [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name]


def test_a_turn_tells_its_story_in_order(tmp_path: Path) -> None:
    with scripted_assistant("Sure! <video> a star </video>", output_dir=tmp_path) as assistant:
        events = list(assistant.stream("make a star", [flat_clip()]))
    assert kinds(events) == [
        "Judged",
        "TextDelta",
        "Judged",
        "VideoProgress",
        "Judged",
        "VideoReady",
        "Finished",
    ]
    stages = [event.verdict.stage for event in events if isinstance(event, Judged)]
    assert stages == ["input_text", "input_video", "output_text", "video_prompt", "output_video"]
    steps = [(e.step, e.total) for e in events if isinstance(e, VideoProgress)]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_the_deltas_join_to_the_reply_and_hold_no_tag(tmp_path: Path) -> None:
    words = "Well, " * 100 + "<video> a star </video>" + " that was it."
    with scripted_assistant(words, output_dir=tmp_path) as assistant:
        events = list(assistant.stream("make a star"))
    finished = events[-1]
    assert isinstance(finished, Finished)
    deltas = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(deltas) > 1
    assert "".join(deltas) == finished.reply.text == "Well, " * 100 + "that was it."


def test_a_reply_carries_everything_that_happened(tmp_path: Path) -> None:
    with scripted_assistant("Sure! <video> a red  star </video>", output_dir=tmp_path) as assistant:
        reply = assistant.chat("make a star", [flat_clip()], video_options={"seed": 7})
    assert (reply.text, reply.refused, reply.stage, reply.notes) == ("Sure!", False, None, ())
    assert len(reply.verdicts) == 5 and not any(verdict.blocks for verdict in reply.verdicts)
    assert reply.usage.prompt_tokens == 3 + 5 and reply.usage.encoded_clips == 1
    assert reply.timings.total >= reply.timings.first_words > 0
    video = reply.video
    assert video is not None and video.path.parent == tmp_path
    assert (video.prompt, video.seed, video.index) == ("a red star", 7, 2)
    assert (video.frame_count, video.height, video.width, video.fps) == (8, 64, 64, 8.0)
    assert video.duration == 1.0
    assert read_clip(video.path, num_frames=2).frames.shape == (2, 64, 64, 3)
    manifest = json.loads(video.path.with_name(video.path.name + ".json").read_text())
    assert "make a star" not in json.dumps(manifest)


def test_chat_is_a_fold_over_stream() -> None:
    with scripted_assistant("Hello there.") as assistant:
        *_, finished = assistant.stream("hi")
        assert isinstance(finished, Finished)
        reply = assistant.chat("hi")
    assert reply.text == finished.reply.text
    assert [(v.stage, v.score) for v in reply.verdicts] == [
        (v.stage, v.score) for v in finished.reply.verdicts
    ]


@pytest.mark.parametrize(
    ("words", "text", "note"),
    [
        ("Hm <video> a star", "Hm", "did not finish"),
        ("Hm <video> </video>", "Hm", "without saying"),
        ("<video>" + "x" * 2000 + "</video> Hm", "Hm", "too many words"),
    ],
)
def test_a_broken_wish_for_a_clip_makes_none_and_is_noted(words: str, text: str, note: str) -> None:
    generator = ScriptedGenerator()
    with scripted_assistant(words, generator=generator) as assistant:
        reply = assistant.chat("make a star")
    assert (reply.text, reply.video, reply.refused) == (text, None, False)
    assert len(reply.notes) == 1 and note in reply.notes[0]
    assert generator.requests == []


def test_only_the_first_of_several_clips_is_made(tmp_path: Path) -> None:
    generator = ScriptedGenerator()
    words = "<video>one</video><video>two</video>"
    with scripted_assistant(words, generator=generator, output_dir=tmp_path) as assistant:
        session = assistant.session()
        reply = session.chat("make two")
        assert [request.prompt for request in generator.requests] == ["one"]
        assert "only the first" in reply.notes[0]
        assert "two" not in session.history[1].text


@pytest.mark.parametrize("text", ["say <video> a star </video>", "what is <|video|>?"])
def test_tags_in_the_users_words_make_nothing(text: str) -> None:
    generator = ScriptedGenerator()
    with scripted_assistant("No.", generator=generator) as assistant:
        assert assistant.chat(text).video is None
    assert generator.requests == []


def test_without_a_generator_the_assistant_says_so() -> None:
    with scripted_assistant("Sure! <video> a star </video>", generator=None) as assistant:
        events = list(assistant.stream("make a star"))
    reply = events[-1].reply if isinstance(events[-1], Finished) else None
    assert reply is not None and reply.video is None and not reply.refused
    assert reply.text.startswith("Sure!\n") and "no generator" in reply.text
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == reply.text


def test_guards_see_three_frames_for_each_that_the_model_sees() -> None:
    reasoner, frames_guard = ScriptedReasoner(num_frames=4), ScriptedGuard()
    pipeline = scripted_pipeline(frames_guard=frames_guard)
    ramp = np.arange(36, dtype=np.uint8)[:, None, None, None] * np.ones((36, 8, 8, 3), np.uint8)
    clip = read_clip(ramp, num_frames=36, fps=9)
    with scripted_assistant(reasoner=reasoner, pipeline=pipeline) as assistant:
        assistant.chat("look", [clip])
    (judged,) = frames_guard.frames
    (shown,) = reasoner.conversations[0].messages[0].clips
    assert [int(frame[0, 0, 0]) for frame in judged.frames] == list(range(1, 36, 3))
    assert [int(frame[0, 0, 0]) for frame in shown.frames] == [4, 13, 22, 31]
    assert shown.times == judged.times[1::3] and shown.index == 1
    assert shown.frames.base is None


def test_the_parts_of_a_message_are_judged_alone_and_together() -> None:
    guard, reasoner = ScriptedGuard(), ScriptedReasoner()
    pipeline = scripted_pipeline(text_guard=guard)
    with scripted_assistant(reasoner=reasoner, pipeline=pipeline) as assistant:
        assistant.chat(["how to make", "  ", "a bomb"])
    assert {"how to make", "a bomb", "how to make\na bomb"} <= set(guard.texts)
    (message,) = reasoner.conversations[0].messages
    assert message.parts == (TextPart(text="how to make\na bomb"),)


def test_options_of_a_call_reach_the_reasoner_and_the_generator(tmp_path: Path) -> None:
    reasoner, generator = ScriptedReasoner("<video>x</video>"), ScriptedGenerator()
    options = GenerationOptions(max_new_tokens=5)
    with scripted_assistant(
        reasoner=reasoner, generator=generator, output_dir=tmp_path
    ) as assistant:
        assistant.chat("go", options=options, video_options={"seed": 3, "height": 32})
    assert reasoner.options == [options]
    assert (generator.requests[0].seed, generator.requests[0].height) == (3, 32)


def test_a_system_message_goes_first() -> None:
    reasoner = ScriptedReasoner()
    with scripted_assistant(reasoner=reasoner, system="Be brief.") as assistant:
        assistant.chat("hi")
    assert [message.role for message in reasoner.conversations[0].messages] == ["system", "user"]


@pytest.mark.parametrize(
    ("text", "videos", "argument"),
    [
        ("", (), "text"),
        ("  ", (), "text"),
        (["a", 3], (), "text"),
        ("hi", "clip.mp4", "videos"),
        ("hi", b"clip", "videos"),
        ("hi", flat_clip(), "videos"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_happens(
    text: str, videos: list[bytes], argument: str
) -> None:
    reasoner = ScriptedReasoner()
    with scripted_assistant(reasoner=reasoner) as assistant:
        with pytest.raises(InvalidInputError) as caught:
            assistant.stream(text, videos)
        assert caught.value.argument == argument
        with pytest.raises(InvalidInputError):
            assistant.chat("hi", video_options={"prompt": "mine"})
    assert reasoner.conversations == []


def test_an_assistant_without_a_pipeline_cannot_be_built() -> None:
    with pytest.raises(InvalidInputError, match="'off'"):
        VideoAssistant(reasoner=ScriptedReasoner(), pipeline=None)  # type: ignore[arg-type]


def test_a_call_may_lower_the_budget_and_never_raise_it() -> None:
    clip = flat_mp4(seconds=2)
    with scripted_assistant(budget=VideoBudget(max_seconds=10)) as assistant:
        with pytest.raises(BudgetExceededError):
            assistant.chat("look", [clip], limits={"max_seconds": 1})
        assert not assistant.chat("look", [clip], limits={"max_seconds": 100}).refused
    with (
        scripted_assistant(budget=VideoBudget(max_seconds=1)) as assistant,
        pytest.raises(BudgetExceededError),
    ):
        assistant.chat("look", [clip], limits={"max_seconds": 100})


def test_a_clip_that_takes_too_many_tokens_is_refused_before_it_is_read() -> None:
    with (
        scripted_assistant(budget=VideoBudget(max_tokens=4)) as assistant,
        pytest.raises(BudgetExceededError, match="max_tokens"),
    ):
        assistant.chat("look", [b"not even a video"])


def test_errors_leave_the_session_as_it_was(tmp_path: Path) -> None:
    def speak(conversation: Conversation) -> Iterator[str]:
        yield "half of a sentence "
        raise RuntimeError("the model broke")

    reasoner = ScriptedReasoner(speak)
    generator = ScriptedGenerator(error=RuntimeError("out of memory"))
    with scripted_assistant(
        reasoner=reasoner, generator=generator, output_dir=tmp_path
    ) as assistant:
        session = assistant.session()
        with pytest.raises(UnreadableClipError):
            session.chat("look", [b"garbage that is no clip"])
        with pytest.raises(RuntimeError, match="broke"):
            session.chat("hello", [flat_clip()])
        assert (session.history, session.clips, reasoner.kept) == ((), (), {})
    with scripted_assistant(
        "<video>x</video>", generator=generator, output_dir=tmp_path
    ) as assistant:
        session = assistant.session()
        with pytest.raises(GenerationError, match="out of memory"):
            session.chat("make it")
        assert session.history == ()
    assert list(tmp_path.iterdir()) == []


def test_closing_a_stream_stops_everything(tmp_path: Path) -> None:
    reasoner = ScriptedReasoner("words " * 200 + "<video>x</video>")
    generator = ScriptedGenerator(hangs=True)
    with scripted_assistant(
        reasoner=reasoner, generator=generator, output_dir=tmp_path
    ) as assistant:
        session = assistant.session()
        for stop_at in (TextDelta, VideoProgress):
            events = session.stream("go")
            assert any(isinstance(event, stop_at) for event in events)
            events.close()
            assert (session.history, session.clips, reasoner.kept) == ((), (), {})
    assert reasoner.closed == 1
    assert generator.cancelled == 1
    assert list(tmp_path.iterdir()) == []


def test_a_clip_that_was_ready_is_remembered_even_if_nobody_waits_for_the_end(
    tmp_path: Path,
) -> None:
    with scripted_assistant("<video>x</video>", output_dir=tmp_path) as assistant:
        session = assistant.session()
        events = session.stream("go")
        assert any(isinstance(event, VideoReady) for event in events)
        events.close()
        assert len(session.history) == 2 and len(session.clips) == 1


def test_a_batch_is_answered_together_and_blocks_only_what_is_blocked(tmp_path: Path) -> None:
    def speak(conversation: Conversation) -> str:
        words = conversation.messages[-1].text
        return f"<video>{words}</video>" if "make" in words else f"You said {words}."

    reasoner = ScriptedReasoner(speak)
    with scripted_assistant(
        reasoner=reasoner, blocked_words=["bomb"], output_dir=tmp_path
    ) as assistant:
        replies = assistant.batch(["hello", "a bomb", "make a star", "bye"])
        assert assistant.batch([]) == []
        with pytest.raises(InvalidInputError):
            assistant.batch(["a", "b"], [[]])
    assert [reply.text for reply in replies[::3]] == ["You said hello.", "You said bye."]
    assert [reply.refused for reply in replies] == [False, True, False, False]
    assert replies[2].video is not None and replies[2].video.prompt == "make a star"
    assert len(reasoner.options) == 1 and reasoner.kept == {}


def test_the_temporary_folder_goes_when_the_assistant_is_closed() -> None:
    with scripted_assistant("<video>x</video>") as assistant:
        video = assistant.chat("go").video
        assert video is not None and video.path.exists()
        session = assistant.session()
    assert not video.path.parent.exists()
    with pytest.raises(Exception, match="closed"):
        session.chat("still there?")
