"""What was blocked leaves no trace: not in the history, not with the reasoner, not on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gpt4video import Reply, Session
from gpt4video.events import Event, Finished, Refused, TextDelta
from gpt4video.reasoning import Conversation
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedGuard,
    ScriptedReasoner,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
)
from gpt4video_guards import Stage

MARK = "zarquon"
FORBIDDEN = (140, 60, 190)
RED = (220, 40, 40)

# Where it is blocked: what the user says, which clip is shown, what the model says, what is made.
CASES: dict[Stage, tuple[str, tuple[int, int, int], str, tuple[int, int, int]]] = {
    "input_text": (f"tell me of {MARK}", RED, "Yes.", RED),
    "input_video": ("look", FORBIDDEN, "Yes.", RED),
    "output_text": ("hello", RED, f"I like {MARK} a lot.", RED),
    "video_prompt": ("make it", RED, f"Sure! <video> the {MARK} </video>", RED),
    "output_video": ("make it", RED, "Sure! <video> a star </video>", FORBIDDEN),
}

Take = Callable[[Session, str, list[bytes]], tuple[list[Event], Reply]]


def by_chat(session: Session, text: str, videos: list[bytes]) -> tuple[list[Event], Reply]:
    return [], session.chat(text, videos)


def by_stream(session: Session, text: str, videos: list[bytes]) -> tuple[list[Event], Reply]:
    return told(list(session.stream(text, videos)))


def by_achat(session: Session, text: str, videos: list[bytes]) -> tuple[list[Event], Reply]:
    return [], asyncio.run(session.achat(text, videos))


def by_astream(session: Session, text: str, videos: list[bytes]) -> tuple[list[Event], Reply]:
    async def collect() -> list[Event]:
        return [event async for event in session.astream(text, videos)]

    return told(asyncio.run(collect()))


def told(events: list[Event]) -> tuple[list[Event], Reply]:
    assert isinstance(events[-1], Finished)
    return events, events[-1].reply


@pytest.mark.parametrize("take", [by_chat, by_stream, by_achat, by_astream])
@pytest.mark.parametrize("stage", list(CASES))
def test_a_blocked_turn_leaves_no_trace(stage: Stage, take: Take, tmp_path: Path) -> None:
    text, shown, words, made = CASES[stage]
    reasoner = ScriptedReasoner(lambda c: "Fine." if "before" in c.messages[-1].text else words)
    generator = ScriptedGenerator(colour=made)
    with scripted_assistant(
        reasoner=reasoner,
        generator=generator,
        blocked_words=[MARK],
        blocked_colours=[FORBIDDEN],
        output_dir=tmp_path / "out",
    ) as assistant:
        session = assistant.session()
        session.chat("before", [flat_mp4((50, 170, 70))])
        history, clips = session.history, session.clips
        events, reply = take(session, text, [flat_mp4(shown)])

        assert (reply.refused, reply.stage, reply.video) == (True, stage, None)
        assert reply.text.startswith("Sorry") and MARK not in reply.text + reply.reason
        assert MARK not in repr(reply.verdicts) + repr(events)
        assert (session.history, session.clips) == (history, clips)
        assert reasoner.kept == {} or MARK not in str(reasoner.kept)
        if reasoner.conversations[-1].messages[-1].text == text:
            assert reasoner.forgotten == [session.id] and reasoner.kept == {}
        assert list(tmp_path.rglob("*")) == []
        if stage != "output_video":
            assert generator.requests == []

        session.chat("before and after")
        seen = reasoner.conversations[-1]
        assert len(seen.messages) == 3 and MARK not in repr(seen)
        assert [clip.index for clip in seen.messages[0].clips] == [1]


def test_a_refusal_is_the_last_but_one_event_and_says_what_to_show() -> None:
    with scripted_assistant(f"I like {MARK}.", blocked_words=[MARK]) as assistant:
        *_, refused, finished = assistant.stream("hello")
    assert isinstance(refused, Refused) and isinstance(finished, Finished)
    assert refused.text == finished.reply.text and refused.reason == finished.reply.reason
    assert refused.stage == "output_text"


def test_nothing_of_a_blocked_span_is_ever_released_however_it_is_split() -> None:
    words = "harmless words " * 40 + MARK + " and more harmless words" * 40
    for piece_chars in (1, 7, 64, 5000):
        reasoner = ScriptedReasoner(words, piece_chars=piece_chars)
        with scripted_assistant(reasoner=reasoner, blocked_words=[MARK]) as assistant:
            events = list(assistant.stream("hello"))
        released = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert words.startswith(released) and MARK not in released
        assert not any(released.endswith(MARK[:end]) for end in range(1, len(MARK)))


def test_the_whole_turn_can_be_held_back() -> None:
    words = "harmless words " * 100 + MARK
    with scripted_assistant(words, blocked_words=[MARK], window=None) as assistant:
        events = list(assistant.stream("hello"))
    assert not any(isinstance(event, TextDelta) for event in events)
    assert isinstance(events[-1], Finished) and events[-1].reply.refused


def test_a_blocked_answer_stops_the_model_and_makes_no_clip() -> None:
    def speak(conversation: Conversation) -> list[str]:
        return [f"{MARK} "] + ["more "] * 1000 + ["<video> a star </video>"]

    reasoner, generator = ScriptedReasoner(speak), ScriptedGenerator()
    with scripted_assistant(
        reasoner=reasoner, generator=generator, blocked_words=[MARK]
    ) as assistant:
        assert assistant.chat("hello").stage == "output_text"
    assert reasoner.closed == 1 and generator.requests == []


@pytest.mark.parametrize("stage", list(CASES))
@pytest.mark.parametrize("fault", ["raises", "nonsense", "hangs"])
def test_a_guard_that_fails_blocks_and_its_trouble_is_not_told_to_the_user(
    stage: Stage, fault: str, tmp_path: Path
) -> None:
    broken = ScriptedGuard(fault=fault)  # type: ignore[arg-type]
    medium = "frames_guard" if stage.endswith("video") else "text_guard"
    pipeline = scripted_pipeline(**{medium: broken}, timeout=0.2)  # type: ignore[arg-type]
    # Only the stage in question sees the broken guard: the other stages are open.
    policy = pipeline.policy.model_copy(
        update={
            "stages": {stage: pipeline.policy.stages[stage]},
            "open": tuple(other for other in CASES if other != stage),
        }
    )
    guards = {"text": broken, "frames": broken}
    with scripted_assistant(
        "Sure! <video> a star </video>",
        pipeline=type(pipeline)(policy, guards),
        output_dir=tmp_path / "out",
    ) as assistant:
        session = assistant.session()
        reply = session.chat("make it", [flat_mp4()])
    broken.release()
    assert (reply.refused, reply.stage) == (True, stage)
    assert reply.verdicts[-1].decision == "error"
    assert "could not check" in reply.text and "guard" not in reply.text
    assert session.history == () and list(tmp_path.rglob("*")) == []
