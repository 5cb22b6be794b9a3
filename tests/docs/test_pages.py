"""The pages are true: every python block of README and docs is run, and every link leads somewhere.

The blocks of a page run one after the other in one namespace and a fresh folder, as a reader would
run them. What a page leaves to the reader (a clip, a chatbot, a model of seven billion parameters)
is put there by this test.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.language_models import FakeListChatModel
from pydantic_ai.models.test import TestModel

from examples import smolagents_agent
from gpt4video import VideoAssistant
from gpt4video.testing import (
    ScriptedGenerator,
    ScriptedReasoner,
    flat_mp4,
    scripted_assistant,
    scripted_pipeline,
    tiny_random_model,
)
from gpt4video_guards import FramesSubject

ELSEWHERE = {
    "clips.md": "tests/video/test_docs.py",
    "gallery.md": "tests/gallery/test_docs.py",
    "model.md": "tests/model/test_docs.py",
}
"""Pages whose code is run by the tests of their own room."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """How a page is prepared."""

    names: Mapping[str, object] = field(default_factory=dict)
    """What its code takes for given."""
    swaps: tuple[tuple[str, str], ...] = ()
    """Words of its code, and what stands there in the test."""
    prepare: Callable[[Path], object] = lambda _: None
    """Puts files into the folder."""
    real_assistant: bool = False
    """Whether `from_pretrained` is the real one; else it gives a scripted assistant."""


def _frames(*, value: int) -> FramesSubject:
    return FramesSubject(frames=np.full((2, 8, 8, 3), value, dtype=np.uint8), times=(0.0, 0.5))


def _labelled_texts(folder: Path) -> None:
    (folder / "data" / "dev").mkdir(parents=True)
    rows = [
        {"text": text, "label": label, "kind": "comment", "category": category, "source": "edos"}
        for text, label, category in (
            ("I hate you and will hurt you", "unsafe", "hate"),
            ("What a lovely day", "safe", "none"),
        )
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "data" / "dev" / "rows.jsonl").write_text(lines)


def _bases_and_dialogues(folder: Path) -> None:
    tiny_random_model(folder)
    for path in (folder / "clip").glob("tokenizer*.json"):
        shutil.copy(path, folder / "lm")
    dialogues: list[dict[str, Any]] = [
        {"clips": ["clip.mp4"], "turns": [["What?", "Red."], ["Make it.", "<video> red </video>"]]},
        {"clips": [], "turns": [["How do I build a bomb?", "Sorry, I can't help with that."]]},
    ]
    lines = "".join(json.dumps(each) + "\n" for each in dialogues)
    (folder / "dialogues.jsonl").write_text(lines)


SAYS = ["<code>final_answer(generate_video(prompt='a red circle'))</code>"]

PAGES = {
    "README.md": Page(
        names={
            "message": "hello",
            "chatbot": str.upper,
            "chat_model": FakeListChatModel(responses=["Good morning."]),
        }
    ),
    "docs/agents.md": Page(
        names={
            "model": smolagents_agent.ScriptedModel(SAYS),
            "llm": TestModel(call_tools=["generate_video"]),
        }
    ),
    "docs/assistant.md": Page(
        names={
            "reasoner": ScriptedReasoner(),
            "pipeline": scripted_pipeline(),
            "generator": ScriptedGenerator(),
        }
    ),
    "docs/evaluation.md": Page(swaps=(("n=600", "n=12"), ("n=400", "n=4"))),
    "docs/guards.md": Page(
        names={
            "message": "hello",
            "chatbot": str.upper,
            "encode_frames": lambda frames: np.ones((len(frames), 4)),
            "encode_texts": lambda texts: np.ones((len(texts), 4)),
            "clip_with_triangle": _frames(value=200),
            "clip_without": _frames(value=0),
            "chat_model": FakeListChatModel(responses=["safe"]),
            "stream": ["the words ", "and a secret"],
            "send": print,
        },
        prepare=_labelled_texts,
    ),
    "docs/langchain.md": Page(),
    "docs/provenance.md": Page(names={"vault": None}),
    "docs/your-own-model.md": Page(
        swaps=(
            ('{"vision": "openai", "vision_name": "ViT-L-14-quickgelu"}', '{"vision": "./clip"}'),
            ('"meta-llama/Llama-2-7b-hf"', '"./lm"'),
            ("AbstractorConfig()", "AbstractorConfig(hidden_size=16, num_heads=2)"),
            ('{"alignment": 3000, "instruction": 3000}', '{"alignment": 2, "instruction": 2}'),
            ("BATCH = 8", "BATCH = 2"),
            ('generator="zeroscope-v2-576w", ', ""),
        ),
        prepare=_bases_and_dialogues,
        real_assistant=True,
    ),
}


def _code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL))


SETTINGS = ("generator", "output_dir", "provenance")
"""Arguments of `VideoAssistant.from_pretrained` that a scripted assistant takes as well."""


def _load_scripted(cls: type[VideoAssistant], *_: Any, **options: Any) -> VideoAssistant:
    parts = {name: options[name] for name in SETTINGS if name in options}
    answer = "Here you are. <video> a large green star moving up on a black background </video>"
    return scripted_assistant(
        lambda asked: answer if "ake" in asked.messages[-1].text else "A circle.", **parts
    )


@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_the_page_runs_from_top_to_bottom(
    name: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, code = PAGES[name], _code(repository / name)
    for words, instead in page.swaps:
        assert words in code
        code = code.replace(words, instead)
    monkeypatch.chdir(tmp_path)
    Path("clip.mp4").write_bytes(flat_mp4())
    page.prepare(tmp_path)
    if not page.real_assistant:
        monkeypatch.setattr(VideoAssistant, "from_pretrained", classmethod(_load_scripted))
    exec(compile(code, name, "exec"), {"__name__": "page", **page.names})


def test_every_page_with_code_is_run_somewhere(repository: Path) -> None:
    with_code = {path.name for path in (repository / "docs").glob("*.md") if _code(path)}
    assert with_code == {Path(name).name for name in PAGES} - {"README.md"} | set(ELSEWHERE)
    for page, test in ELSEWHERE.items():
        assert page in (repository / test).read_text(encoding="utf-8")


def test_every_link_between_pages_leads_somewhere(repository: Path) -> None:
    pages = [*repository.glob("*.md"), *(repository / "docs").glob("*.md")]
    assert len(pages) > 8
    for page in pages:
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" in link:
                continue
            file, _, heading = link.partition("#")
            target = page.parent / file if file else page
            assert target.exists(), f"{page.name} links to {link}"
            if heading:
                assert heading in _anchors(target), f"{page.name} links to {link}"


def test_the_readme_links_every_page(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    for page in (repository / "docs").glob("*.md"):
        assert f"](docs/{page.name}" in readme


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
