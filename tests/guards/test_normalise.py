from __future__ import annotations

import random
import sys
from types import FrameType
from typing import Any

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
        ("k - i - l - l him", "kill him"),
        ("k 1 l l him", "kill him"),
        ("h o w t o m a k e a b o m b", "how to make a bomb"),
        ("y o u r t h e r a p i s t", "your therapist"),
        ("f.u.c.k you", "fuck you"),
        ("n\u0336u\u0336d\u0336e", "nude"),
        ("Z\u0334\u0321\u0347\u0335a\u0337l\u0335g\u0337o", "Zalgo"),
        ("k\u0300i\u0301l\u0308l\u0327 h\u0308i\u0301m\u0300", "kill him"),
        ("@ss", "ass"),
        ("ѕех tape", "sex tape"),
        ("𝓴𝓲𝓵𝓵 𝗵𝗶𝗺 🅺🅸🅻🅻", "kill him KILL"),
        ("kill the \u202erobhgien\u202c", "kill the neighbor"),
        ("ki\x00ll\x08 him", "kill him"),
        ("kill\U000e0068\U000e0069 him", "kill him"),
        ("ki\u00adll", "kill"),
        ("b00b5 and ki11", "boobs and kill"),
    ],
)
def test_a_disguise_is_read_through(disguised: str, read: str) -> None:
    assert normalise(disguised).text == read


ORDINARY = [
    "a small red circle moving right on a black background",
    "720p at 30fps, the 10th of 20 clips, 5km, $5k, mp4, sha256, covid19, 4x100m",
    "mail me: someone@example.org or https://example.org/a1?b=n0t",
    "@user how are you? Thanks!See you #vote",
    "What a day! I'm in. It's 3:30, e.g. at p.m. or 50 % of A/B",
    "Привет, как дела? Я купил iPhone в Москве.",
    "The word природа means nature; IT-компания, Wi-Fi",
    "日本語のテキスト、AIモデルとTシャツ…！",
    "한국어 텍스트입니다. 中文文本，没有问题！",
    "مرحبا بالعالم، كيف حالك؟ می‌خواهم کتاب بخوانم",
    "עִבְרִית עם ניקוד",
    "क्षत्रिय हिन्दी में लिखा है, ไทยภาษา ภาษาไทย",
    "Ångström, naïve, déjà vu, größere Äpfel, Đặng, kadın, smørrebrød, señor, Łódź",
    "👨‍👩‍👧 ❤️ 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 1️⃣ 🇯🇵 ☺️ ™ m²",
    'if (arr[0] == 1 && $HOME != "x86_64") { return k8s.i18n(a_b); }',
    "![chart](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4)",
    "| a | b |\n| --- | --- |\n| 1 | 2.5 |\n\n- [x] done\n",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert normalise(text).text == text


def test_half_width_letters_become_the_same_letters() -> None:
    assert normalise("ﾊﾟﾝ、ＡＢＣ").text == "パン、ABC"


def test_a_text_is_composed_as_other_texts_are() -> None:
    assert (
        normalise("le de\u0301ja\u0300 vu est connu, \u1112\u1161\u11ab").text
        == "le déjà vu est connu, 한"
    )


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("kil1 .\u200b\u0301\u202e\u202c🅺е")))
def test_every_span_lies_inside_the_original(text: str) -> None:
    read = normalise(text)
    size = len(read.text)
    assert read.length == len(text)
    assert len(read.starts) == len(read.ends) == size
    for place in range(size):
        start, end = read.original_span((place, place + 1))
        assert 0 <= start < end <= len(text)
    assert read.original_span((-5, size + 5)) == read.original_span((0, size))
    for place in range(size + 1):
        start, end = read.original_span((place, place))
        assert 0 <= start == end <= len(text)


WAYS = [
    "k\u200bill",
    "k1ll",
    "kіll",
    "ｋｉｌｌ",
    "k i l l",
    "k.i.l.l",
    "k\u0336ill",
    "\u202ellik\u202c",
]
words = st.lists(st.sampled_from(["so", "now", "и", "日本", "é\u0301", "\u200b", "😀", "5km"]))


@given(words, st.sampled_from(WAYS), words)
def test_a_span_leads_back_to_all_the_characters_it_was_made_of(
    before: list[str], way: str, after: list[str]
) -> None:
    text = " :: ".join([*before, way, *after])
    read = normalise(text)
    at = read.text.index("kill")
    start, end = read.original_span((at, at + 4))
    assert text[start:end].strip("\u202e\u202c") == way.strip("\u202e\u202c")


HOSTILE = {
    "letters": "a" * 200_000,
    "spelt out": "a b " * 50_000 + "cc",
    "dots": "." * 200_000,
    "spaces between letters": "a   b" * 40_000,
    "leet": "k1ll" * 50_000,
    "at signs": "a@" * 100_000,
    "links": "http://" * 30_000,
    "marks": "a" + "\u0301" * 200_000,
    "zero widths": "a\u200b" * 100_000,
    "overrides": "\u202ea" * 50_000,
    "tags": "\U000e0061" * 200_000,
    "look-alikes": "kі" * 100_000,
    "accents": "ḿ" * 50_000,
    "flags": "🏴" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_one_go(name: str) -> None:
    """At quadratic cost each of these would take hours, and the suite's own limit would end it."""
    assert normalise(HOSTILE[name]).length == len(HOSTILE[name])


def steps(text: str) -> int:
    """Lines of Python that normalising takes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        normalise(text)
    finally:
        sys.settrace(before)
    return count


def test_twice_the_text_is_twice_the_work() -> None:
    draw = random.Random(0)
    signs = "abc k1ll k i l l \u200bе\u0301é日 @$! http://x \u202e"
    text = "".join(draw.choice(signs) for _ in range(4000))
    assert steps(text + text) < 2.2 * steps(text)
