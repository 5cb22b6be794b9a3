from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt4video_guards.text import normalise


@pytest.mark.parametrize(
    ("disguised", "read"),
    [
        ("k1ll h3r n0w", "kill her now"),
        ("n\u200bu\u200bd\u200be girl", "nude girl"),
        ("priv\u0435t kіll", "privet kill"),
        ("ｋｉｌｌ", "kill"),
        ("k i l l him", "kill him"),
        ("f.u.c.k you", "fuck you"),
        ("n\u0336u\u0336d\u0336e", "nude"),
        ("@ss", "ass"),
    ],
)
def test_a_disguise_is_read_through(disguised: str, read: str) -> None:
    assert normalise(disguised).text == read


@pytest.mark.parametrize(
    "text",
    [
        "a small red circle moving right on a black background",
        "720p at 30fps, the 10th of 20 clips, 5km, $5k",
        "mail me: someone@example.org or https://example.org/a1",
        "Привет, как дела?",
        "What a day! I'm in.",
    ],
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert normalise(text).text == text


@given(st.text())
def test_every_character_knows_where_it_came_from(text: str) -> None:
    normalised = normalise(text)
    assert len(normalised.origins) == len(normalised.text) + 1
    assert list(normalised.origins) == sorted(normalised.origins)
    start, end = normalised.original_span((0, len(normalised.text)))
    assert 0 <= start <= end <= len(text)


def test_a_span_leads_back_to_the_characters_it_was_made_of() -> None:
    text = "so k\u200bi\u200bl\u200bl him"
    start, end = normalise(text).original_span((3, 7))
    assert text[start:end] == "k\u200bi\u200bl\u200bl"
