"""Clips in messages: every form, and what may be opened."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.messages.content import create_video_block

from gpt4video.langchain import ChatVideoAssistant, video_block, video_url_part
from gpt4video.langchain._content import addresses_in, read_content, without_addresses
from gpt4video.testing import ScriptedReasoner, flat_mp4, scripted_assistant
from gpt4video_guards.errors import GPT4VideoError, InvalidInputError
from gpt4video_tools.clips import ClipStore, UnknownClipError
from gpt4video_tools.fetching import FetchError

DATA = base64.b64encode(b"clip").decode()
HTTPS = "https://example.com/a.mp4"

FORMS: list[tuple[dict[str, Any], str]] = [
    (
        dict(create_video_block(base64=DATA, mime_type="video/webm")),
        f"data:video/webm;base64,{DATA}",
    ),
    (dict(create_video_block(url=HTTPS)), HTTPS),
    (dict(create_video_block(file_id="clip-1")), "clip-1"),
    ({"type": "video", "source_type": "url", "url": HTTPS}, HTTPS),
    (
        {"type": "video", "source_type": "base64", "data": DATA, "mime_type": "video/mp4"},
        f"data:video/mp4;base64,{DATA}",
    ),
    ({"type": "video_url", "video_url": {"url": HTTPS}}, HTTPS),
    ({"type": "video_url", "video_url": HTTPS}, HTTPS),
    ({"type": "file", "url": HTTPS, "mime_type": "video/mp4"}, HTTPS),
    (
        {"type": "file", "base64": DATA, "mime_type": "video/mp4"},
        f"data:video/mp4;base64,{DATA}",
    ),
    (
        {"type": "file", "file": {"file_data": f"data:video/mp4;base64,{DATA}"}},
        f"data:video/mp4;base64,{DATA}",
    ),
    ({"type": "file", "file": {"filename": "a.mp4", "file_id": "clip-1"}}, "clip-1"),
    ({"type": "media", "mime_type": "video/mp4", "file_uri": HTTPS}, HTTPS),
    (video_block(b"clip"), f"data:video/mp4;base64,{DATA}"),
    (video_block(HTTPS), HTTPS),
    (video_block("s3://bucket/a.mp4"), "s3://bucket/a.mp4"),
    (video_url_part(b"clip"), f"data:video/mp4;base64,{DATA}"),
    (video_url_part(HTTPS), HTTPS),
]


@pytest.mark.parametrize(("block", "address"), FORMS)
def test_every_form_names_its_clip(block: dict[str, Any], address: str) -> None:
    content = read_content([{"type": "text", "text": "What?"}, block, "and"], strict=True)
    assert content.texts == ("What?", "and")
    assert content.clips == (address,)


def test_paths_become_addresses_and_parts_for_servers_hold_the_bytes(tmp_path: Path) -> None:
    clip = tmp_path / "a b.mp4"
    clip.write_bytes(b"clip")
    assert read_content([video_block(clip)], strict=True).clips == (clip.as_uri(),)
    assert video_url_part(str(clip)) == video_url_part(b"clip")
    with pytest.raises(InvalidInputError, match="source"):
        video_block(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["image", "image_url", "audio", "file", "document"])
def test_other_content_is_refused_from_a_user_and_passed_over_elsewhere(kind: str) -> None:
    block = {"type": kind, "url": "https://example.com/x", "mime_type": "application/pdf"}
    with pytest.raises(InvalidInputError, match=f"messages.*'{kind}'"):
        read_content([block], strict=True)
    assert not read_content([block], strict=False).clips


def test_a_video_without_an_address_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="file_id"):
        read_content([{"type": "video", "id": "lc_1"}], strict=True)


def test_addresses_are_found_in_words() -> None:
    text = "Is it red in file:///clips/a-1.mp4? Or in (https://x.org/b.webm?sig=1) and /c/d.mov."
    assert addresses_in(text) == [
        "file:///clips/a-1.mp4",
        "https://x.org/b.webm?sig=1",
        "/c/d.mov",
    ]
    assert without_addresses("Is it red in file:///clips/a-1.mp4?") == "Is it red in?"
    assert addresses_in("and/or a.mp4 is no address, nor is http://x.org/page") == []


class Fetcher:
    """Gives no clip, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, url: str, **_: Any) -> Any:
        self.asked.append(url)
        raise FetchError("example.com", "is not allowed")


def _ask(block: dict[str, Any], **settings: Any) -> ScriptedReasoner:
    """What the model is shown."""
    reasoner = ScriptedReasoner("Red.")
    with scripted_assistant(reasoner=reasoner) as assistant:
        model = ChatVideoAssistant(assistant=assistant, **settings)
        model.invoke([HumanMessage([{"type": "text", "text": "What?"}, block])])
    return reasoner


def test_a_clip_is_opened_in_the_allowed_folders_only(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in" / "a.mp4", tmp_path / "out" / "a.mp4"
    for path in (inside, outside):
        path.parent.mkdir()
        path.write_bytes(flat_mp4())
    link = inside.parent / "link.mp4"
    link.symlink_to(outside)
    assert _ask(video_block(inside), folders=[inside.parent]).encoded
    for hidden in (outside, link, inside.parent / ".." / "out" / "a.mp4"):
        with pytest.raises(UnknownClipError):
            _ask({"type": "video", "url": f"file://{hidden}"}, folders=[inside.parent])
    with pytest.raises(UnknownClipError):
        _ask(video_block(inside))


def test_a_handle_and_a_file_id_are_opened_by_the_store(tmp_path: Path) -> None:
    store = ClipStore(tmp_path / "store")
    clip = tmp_path / "a.mp4"
    clip.write_bytes(flat_mp4())
    handle = store.keep(clip)
    assert _ask(video_block(handle), store=store).encoded
    assert _ask({"type": "video", "file_id": handle}, store=store).encoded
    with pytest.raises(UnknownClipError):
        _ask({"type": "video", "file_id": "another"}, store=store)


def test_web_addresses_are_opened_by_the_fetcher_only() -> None:
    with pytest.raises(FetchError):
        _ask(video_block(HTTPS))
    fetcher = Fetcher()
    with pytest.raises(FetchError, match="not allowed"):
        _ask(video_block(HTTPS), fetcher=fetcher)
    assert fetcher.asked == [HTTPS]


@pytest.mark.parametrize("address", ["data:video/mp4;base64,%%%", "data:video/mp4;base64"])
def test_broken_data_is_told_without_repeating_it(address: str) -> None:
    with pytest.raises(InvalidInputError, match="base64"):
        _ask({"type": "video_url", "video_url": {"url": address}})


def test_what_is_no_clip_is_an_error_that_says_so() -> None:
    with pytest.raises(GPT4VideoError):
        _ask(video_block(b"nonsense"))
