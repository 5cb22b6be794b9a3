"""What there is to judge in a message."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gpt4video_guards.langchain._parts import Media, Words, is_speech, parts_of, rewritten


class Model(BaseModel):
    title: str = "a title"


@dataclass
class Data:
    title: str = "a title"


def texts(value: object) -> list[str]:
    return [part.text for part in parts_of(value) if isinstance(part, Words)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("words", ["words"]),
        ("  ", []),
        ([1, 2.5, None, True], []),
        ({"type": "text", "text": "words", "id": "a-1", "index": "lc_0"}, ["words"]),
        ({"id": "words in an id"}, ["words in an id"]),
        ({"words in a name": 1}, ["words in a name"]),
        ({7: "words"}, ["words"]),
        ({"type": "thinking", "signature": "QUJD+/=="}, []),
        ({"type": "thinking", "signature": "not a signature"}, ["not a signature"]),
        ([("a", "b"), {"c"}], ["a", "b", "c"]),
        (Model(), ["a title"]),
        (Data(), ["a title"]),
        (Path("some words.txt"), ["some words.txt"]),
        (datetime.date(2026, 1, 2), ["2026-01-02"]),
        ({"type": "video", "url": "https://a/b", "title": "words"}, ["words"]),
        (
            {"type": "video", "data": "words with spaces are no data"},
            ["words with spaces are no data"],
        ),
        ({"type": "document", "source": {"type": "text", "data": "words"}}, ["words"]),
    ],
)
def test_words_are_found_wherever_they_stand(value: Any, found: list[str]) -> None:
    assert texts(value) == found


@pytest.mark.parametrize(
    ("value", "block"),
    [
        ({"type": "video", "url": "https://a/b"}, True),
        ({"uri": "file:///a.mp4", "mime_type": "video/mp4"}, True),
        ({"type": "input_audio", "input_audio": {"data": "AA"}}, True),
        (b"bytes", False),
        (object(), False),
        (lambda: None, False),
    ],
)
def test_media_and_values_of_unknown_kind_are_reported(value: Any, block: bool) -> None:
    (part,) = [part for part in parts_of([value]) if isinstance(part, Media)]
    assert part.block == (value if block else None)


@pytest.mark.parametrize(
    ("text", "speech"),
    [
        ("two words", True),
        ("bad.", False),
        ("一句中文", True),
        ("joe@example.com", True),
        ("4111 1111 1111 1111", True),
        ("a2lsbCBhbGwgb2YgdGhlbSBub3csIHRoYXQgaXMgYW4gb3JkZXI=", True),
        ("875b303ff8fe3bf0d968d601202316fc90be8eb147f327fee853619397bda1e3", False),
        ("00000249-9ac1-56d3-23a3-2b7e9c606d83", False),
        ("2026-11-22T12:03:59.113003Z", False),
        ("file:///clips/4e07408562bedb8b/video-4e07408562bedb8b.mp4", False),
        ("gpt4video 0.1.0", False),
    ],
)
def test_of_an_artifact_only_what_is_said_counts(text: str, speech: bool) -> None:
    assert is_speech(Words(place=("artifact", "a"), text=text)) is speech
    assert is_speech(Words(place=("content",), text=text))


def test_a_document_in_words_is_no_media() -> None:
    value = {"type": "document", "source": {"type": "text", "data": "words"}}
    assert not [part for part in parts_of(value) if isinstance(part, Media)]


def test_texts_are_rewritten_where_they_stand_and_the_original_stays() -> None:
    value = {"content": [{"text": "one"}, "two"], "other": (1, 2)}
    words = [part for part in parts_of(value) if isinstance(part, Words)]
    changed = rewritten(value, {words[0].place: "1", words[1].place: "2"})
    assert changed == {"content": [{"text": "1"}, "2"], "other": (1, 2)}
    assert value["content"] == [{"text": "one"}, "two"]
