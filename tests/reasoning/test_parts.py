"""The small parts of reasoning, each by itself."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.model import tiny

from gpt4video.reasoning import ClipPart, GenerationOptions, Message, TextPart
from gpt4video.reasoning.detokenize import StreamDecoder
from gpt4video.reasoning.embeddings import EmbeddingCache, clip_identity
from gpt4video.reasoning.sampling import next_tokens, seeded
from gpt4video.reasoning.window import fitted, numbered, without_clips, without_exchanges
from gpt4video_guards.errors import InvalidInputError

TOKENIZER = tiny.tokenizer()


def test_importing_reasoning_loads_no_framework() -> None:
    code = (
        "import sys, gpt4video.reasoning\n"
        "heavy = {'torch', 'transformers', 'diffusers', 'langchain_core'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@given(st.text(min_size=1))
def test_streamed_pieces_join_to_the_text_and_never_split_a_character(text: str) -> None:
    ids = TOKENIZER(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    decoder = StreamDecoder(TOKENIZER)
    pieces = [decoder.push(token) for token in ids]
    assert "".join(pieces) + decoder.finish() == TOKENIZER.decode(ids).lstrip()
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


def test_an_unfinished_character_is_left_out_at_the_end() -> None:
    ids = TOKENIZER("ab🎈", add_special_tokens=False)["input_ids"]
    decoder = StreamDecoder(TOKENIZER)
    shown = "".join(decoder.push(token) for token in ids[:-1]) + decoder.finish()
    assert shown == "ab"


def test_no_temperature_takes_the_likeliest() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0], [2.0, 0.0, 1.0]])
    assert next_tokens(logits, GenerationOptions()).tolist() == [1, 0]


def test_top_p_leaves_out_what_is_unlikely_and_a_seed_repeats() -> None:
    logits = torch.tensor([[2.0, 2.0, -1.0, -9.0]]).repeat(400, 1)
    options = GenerationOptions(temperature=1.0, top_p=0.9, seed=5)
    device = torch.device("cpu")
    drawn = next_tokens(logits, options, seeded(options, device))
    assert set(drawn.tolist()) == {0, 1}
    assert torch.equal(drawn, next_tokens(logits, options, seeded(options, device)))
    narrow = GenerationOptions(temperature=1.0, top_p=1e-9, seed=5)
    assert len(set(next_tokens(logits, narrow, seeded(narrow, device)).tolist())) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_new_tokens": 0},
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.1},
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(wrong))):
        GenerationOptions(**wrong)  # type: ignore[arg-type]


def test_the_cache_lets_the_least_recently_used_go() -> None:
    cache = EmbeddingCache(2 * 40)
    for name in ("a", "b"):
        cache.put(name, torch.zeros(10))
    cache.get("a")
    cache.put("c", torch.zeros(10))
    assert cache.get("b") is None
    assert cache.get("a") is not None
    cache.put("a", torch.zeros(10))
    assert (len(cache), cache.size) == (2, 80)
    cache.put("huge", torch.zeros(100))
    assert cache.get("huge") is None
    cache.forget("a")
    cache.forget("unknown")
    assert (len(cache), cache.size) == (1, 40)


def test_clips_are_told_apart_by_content() -> None:
    frames = tiny.frames()
    assert clip_identity(ClipPart(frames=frames)) == clip_identity(ClipPart(frames=frames.copy()))
    others = [
        ClipPart(frames=frames[::-1]),
        ClipPart(frames=frames.reshape(4, 30, 20, 3)),
        ClipPart(frames=frames, key="k"),
        ClipPart(frames=frames, key="k", times=(0.0, 1.0, 2.0, 3.0)),
        ClipPart(frames=frames, key="k", times=(0.0, 1.0, 2.0, 4.0)),
    ]
    assert len({clip_identity(clip) for clip in [ClipPart(frames=frames), *others]}) == 6


def said(role: str, *parts: str | ClipPart) -> Message:
    made = tuple(TextPart(text=p) if isinstance(p, str) else p for p in parts)
    return Message(role=role, parts=made)  # type: ignore[arg-type]


CLIP = ClipPart(frames=np.zeros((1, 2, 2, 3), np.uint8))
TALK = (
    said("system", "kind"),
    said("user", CLIP, "one"),
    said("assistant", "1"),
    said("user", "two"),
    said("assistant", "2"),
    said("user", CLIP, "three"),
)


def size(messages: tuple[Message, ...]) -> int:
    return sum(len(message.parts) for message in messages)


def test_what_fits_stays_whole() -> None:
    kept = fitted(TALK, lambda messages: True)
    assert kept is not None
    assert [message.text for message in kept] == [message.text for message in TALK]


def test_the_oldest_words_go_first_and_clips_stay_under_their_numbers() -> None:
    kept = fitted(TALK, lambda messages: size(messages) <= 4)
    assert kept is not None
    assert [message.text for message in kept] == ["kind", "three"]
    assert [clip.index for clip in kept[-1].clips] == [1, 2]


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=12),
    st.integers(0, 40),
)
def test_no_more_is_left_out_than_has_to_be(turns: list[tuple[int, int]], room: int) -> None:
    talk: list[Message] = [said("system", "s")]
    for words, clips in turns:
        talk += [said("user", *[CLIP] * clips, *["w"] * words), said("assistant", "a")]
    talk.pop()
    kept = fitted(tuple(talk), lambda messages: size(messages) <= room)
    step: tuple[Message, ...] | None = numbered(tuple(talk))
    while step is not None and size(step) > room:
        step = without_exchanges(step, 1) or without_clips(step, 1)
    assert (kept is None) == (step is None)
    for one, other in zip(kept or (), step or (), strict=True):
        assert (one.role, one.text) == (other.role, other.text)
        assert [clip.index for clip in one.clips] == [clip.index for clip in other.clips]


def test_a_long_conversation_is_not_counted_again_for_each_turn_that_goes() -> None:
    talk = [said(role, "w") for _ in range(2000) for role in ("user", "assistant")][:-1]
    counted = 0

    def fits(messages: tuple[Message, ...]) -> bool:
        nonlocal counted
        counted += len(messages)
        return len(messages) <= 21

    kept = fitted(tuple(talk), fits)
    assert kept is not None and len(kept) == 21
    assert counted < 2 * len(talk)


def test_then_the_oldest_clips_go_and_the_last_words_never() -> None:
    kept = fitted(TALK, lambda messages: size(messages) <= 3)
    assert kept is not None
    assert [clip.index for clip in kept[-1].clips] == [2]
    assert fitted(TALK, lambda messages: False) is None
