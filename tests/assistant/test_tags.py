"""The tag parser: nothing of a tag leaks, however the words are split."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt4video.tags import (
    CLOSE,
    OPEN,
    Parsed,
    PromptDone,
    PromptDropped,
    TagParser,
    TextOut,
    wrap_prompt,
)


def parse(*pieces: str, max_prompt_chars: int = 1000) -> list[Parsed]:
    parser = TagParser(max_prompt_chars=max_prompt_chars)
    parsed = [item for piece in pieces for item in parser.push(piece)]
    return merge(parsed + parser.finish())


def merge(parsed: list[Parsed]) -> list[Parsed]:
    merged: list[Parsed] = []
    for item in parsed:
        if isinstance(item, TextOut) and merged and isinstance(merged[-1], TextOut):
            merged[-1] = TextOut(text=merged[-1].text + item.text)
        else:
            merged.append(item)
    return merged


def text_of(parsed: list[Parsed]) -> str:
    return "".join(item.text for item in parsed if isinstance(item, TextOut))


@pytest.mark.parametrize(
    ("words", "text", "others"),
    [
        ("Hello there.", "Hello there.", []),
        ("Sure! <video> a cat </video> Enjoy!", "Sure! Enjoy!", [PromptDone(prompt="a cat")]),
        ("<video>a cat</video>", "", [PromptDone(prompt="a cat")]),
        ("<VIDEO> a  cat\n</Video>", "", [PromptDone(prompt="a cat")]),
        ("Hm <video> a cat", "Hm", [PromptDropped(reason="unclosed")]),
        ("Hm <video> a cat </vide", "Hm", [PromptDropped(reason="unclosed")]),
        ("Hm <vid", "Hm", []),
        ("Hm </video> oh", "Hm oh", []),
        ("Hm<video>  </video>", "Hm", [PromptDropped(reason="empty")]),
        (
            "<video></video>a<video>b</video>",
            "a",
            [PromptDropped(reason="empty"), PromptDone(prompt="b")],
        ),
        (
            "<video>a</video><video>b</video>",
            "",
            [PromptDone(prompt="a"), PromptDropped(reason="extra")],
        ),
        ("<video>a <video> b</video> c </video> d", "c d", [PromptDone(prompt="a b")]),
        ("<vi<video>a</video>deo> b", "deo> b", [PromptDone(prompt="a")]),
        ("<video>a <vi<video>deo> b</video>", "", [PromptDone(prompt="a deo> b")]),
        ("1 < 2 and <b> and < video > </ video>", "1 < 2 and <b> and < video > </ video>", []),
        ("<video0> x </video0>", "<video0> x </video0>", []),
        ("<<vi<vix", "<<vi<vix", []),
        ("", "", []),
    ],
)
def test_words_become_text_and_at_most_one_prompt(
    words: str, text: str, others: list[Parsed]
) -> None:
    parsed = parse(words)
    assert text_of(parsed) == text
    assert [item for item in parsed if not isinstance(item, TextOut)] == others


def test_a_prompt_longer_than_the_limit_is_dropped_and_not_kept_in_memory() -> None:
    parser = TagParser(max_prompt_chars=10)
    parser.push(OPEN)
    for _ in range(1000):
        assert parser.push("x" * 1000) == []
    assert len(parser._prompt or "") < 20
    assert parser.push(CLOSE) == [PromptDropped(reason="too_long")]
    assert parse("<video> 0123456789 </video>", max_prompt_chars=10) == [
        PromptDone(prompt="0123456789")
    ]
    assert parse("<video>0123456789a</video>", max_prompt_chars=10) == [
        PromptDropped(reason="too_long")
    ]


def test_a_wrapped_prompt_is_read_back() -> None:
    assert parse(wrap_prompt("a red star")) == [PromptDone(prompt="a red star")]


FRAGMENTS = st.sampled_from(
    [
        "<",
        "</",
        "<v",
        "<vi",
        "deo>",
        "video>",
        "<video",
        OPEN,
        CLOSE,
        "<ViDeO>",
        " ",
        "\n",
        "a",
        "bc",
        ">",
        "/",
        "İ",
    ]
)
WORDS = st.lists(st.one_of(FRAGMENTS, st.text(max_size=5)), max_size=25).map("".join)


@given(words=WORDS, data=st.data())
def test_any_splitting_gives_the_same_result(words: str, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(words)), max_size=12).map(sorted))
    ends = [*cuts, len(words)]
    pieces = [words[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    assert parse(*pieces, max_prompt_chars=6) == parse(words, max_prompt_chars=6)
    assert parse(*words, max_prompt_chars=6) == parse(words, max_prompt_chars=6)


@given(words=WORDS)
def test_released_text_never_holds_a_tag(words: str) -> None:
    parser = TagParser()
    released = ""
    for char in words:
        released += text_of(parser.push(char))
        assert not re.search(r"</?video>", released, re.IGNORECASE)
    parser.finish()
    assert released == released.strip()


@given(words=WORDS, end=st.integers(1, 7), tag=st.sampled_from([OPEN, CLOSE]))
def test_a_turn_cut_inside_a_tag_shows_nothing_of_it(words: str, end: int, tag: str) -> None:
    assert text_of(parse(words, tag[:end])) in (text_of(parse(words)), text_of(parse(words, tag)))


@given(words=WORDS)
def test_there_is_at_most_one_prompt_and_it_is_clean(words: str) -> None:
    prompts = [item.prompt for item in parse(words) if isinstance(item, PromptDone)]
    assert len(prompts) <= 1
    for prompt in prompts:
        assert prompt == " ".join(prompt.split()) != ""
        assert not re.search(r"</?video>", prompt, re.IGNORECASE)


@given(words=st.text())
def test_text_without_tags_comes_out_char_for_char(words: str) -> None:
    if not re.search(r"</?video>|<$|</?v[ideo]*$", words, re.IGNORECASE):
        assert text_of(parse(words)) == words.strip()
