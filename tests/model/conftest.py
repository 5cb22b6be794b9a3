"""Models of this room, built once and never changed by a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.model import tiny

from gpt4video.model import GPT4VideoForConditionalGeneration, GPT4VideoProcessor


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders `clip` and `lm`."""
    return tiny.bases(tmp_path_factory.mktemp("bases"))


@pytest.fixture(scope="session")
def model(bases: Path) -> GPT4VideoForConditionalGeneration:
    """A tiny video LLM on LLaMA; not to be changed."""
    return tiny.video_llm(bases)


@pytest.fixture(scope="session")
def processor(model: GPT4VideoForConditionalGeneration) -> GPT4VideoProcessor:
    """Its processor."""
    return tiny.processor(model)
