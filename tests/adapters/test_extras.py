"""A framework that is not installed is said so, with the line that installs it."""

from __future__ import annotations

import importlib
import re
import sys

import pytest

from gpt4video_guards.errors import MissingExtraError


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [
        ("gpt4video.mcp", "mcp", "mcp"),
        ("gpt4video_tools.smolagents", "smolagents", "smolagents"),
        ("gpt4video_tools.pydantic_ai", "pydantic_ai", "pydantic-ai"),
    ],
)
def test_the_message_carries_the_install_line(
    monkeypatch: pytest.MonkeyPatch, module: str, library: str, extra: str
) -> None:
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=re.escape(f"gpt4video[{extra}]")):
        importlib.import_module(module)
