"""The house: imports go one way, packages promise what they hold, and importing loads no model."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOTS = {"gpt4video_guards": "guards", "gpt4video_tools": "tools", "gpt4video": "sdk"}
"""Packages from the lowest to the highest, with their source roots."""

MAY_IMPORT = {
    "gpt4video_guards": {"gpt4video_guards"},
    "gpt4video_tools": {"gpt4video_guards", "gpt4video_tools"},
    "gpt4video": {"gpt4video_guards", "gpt4video_tools", "gpt4video"},
}

HEAVY = ("torch", "diffusers", "transformers", "langchain_core", "open_clip", "av", "PIL")

DOORS = (
    "gpt4video",
    "gpt4video.mcp",
    "gpt4video.reasoning",
    "gpt4video.testing",
    "gpt4video_guards",
    "gpt4video_guards.langchain",
    "gpt4video_tools.calls",
    "gpt4video_tools.clips",
    "gpt4video_tools.fetching",
    "gpt4video_tools.gallery",
    "gpt4video_tools.video",
)
"""Packages whose `__all__` is a promise."""


def wrong_imports(code: str, package: str) -> Iterator[str]:
    """Imports in a module of `package` that go against the one way."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.split(".")[0]
            if top in ROOTS and top not in MAY_IMPORT[package]:
                yield f"line {node.lineno}: {name}"


def modules(repository: Path, package: str) -> list[Path]:
    found = sorted((repository / ROOTS[package] / package).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("package", ROOTS)
def test_imports_point_one_way(repository: Path, package: str) -> None:
    wrong = {
        str(path.relative_to(repository)): problems
        for path in modules(repository, package)
        if (problems := list(wrong_imports(path.read_text(encoding="utf-8"), package)))
    }
    assert wrong == {}


def test_a_wrong_import_would_be_seen() -> None:
    assert list(wrong_imports("def f():\n    from gpt4video.tags import x", "gpt4video_tools"))
    assert list(wrong_imports("import gpt4video_tools.video as v", "gpt4video_guards"))
    assert not list(wrong_imports("import gpt4video_guards", "gpt4video_tools"))


def test_only_the_video_room_and_the_frame_guards_know_pictures_files(repository: Path) -> None:
    """PyAV lives in one room; Pillow there, and where libraries ask for its images."""
    for package in ROOTS:
        for path in modules(repository, package):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom) and node.level == 0
                    else []
                )
                if any(name.split(".")[0] == "av" for name in names):
                    assert "gpt4video_tools/video" in path.as_posix(), path


@pytest.mark.parametrize("source_root", ROOTS.values())
def test_source_roots_are_no_packages(repository: Path, source_root: str) -> None:
    assert not (repository / source_root / "__init__.py").exists()


@pytest.mark.parametrize("package", ROOTS)
def test_packages_are_typed(repository: Path, package: str) -> None:
    assert (repository / ROOTS[package] / package / "py.typed").is_file()


@pytest.mark.parametrize("door", DOORS)
def test_every_promised_name_can_be_reached(door: str) -> None:
    module = importlib.import_module(door)
    promised = module.__all__
    assert len(set(promised)) == len(promised)
    for name in promised:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError):
        _ = module.no_such_name


def test_the_small_door_stays_small() -> None:
    import gpt4video

    assert set(gpt4video.__all__) == {
        "Clip",
        "GPT4VideoError",
        "InvalidInputError",
        "Policy",
        "Reply",
        "Session",
        "VideoAssistant",
        "VideoBudget",
        "VideoRequest",
        "VideoResult",
        "__version__",
        "events",
    }
    assert set(gpt4video.__all__) <= set(dir(gpt4video))


@pytest.mark.parametrize(
    "statement",
    [
        "import gpt4video",
        "import gpt4video_guards",
        "import gpt4video_tools",
        "from gpt4video import *",
        "import gpt4video_tools.calls",
        "import gpt4video_tools.video, gpt4video_tools.gallery, gpt4video.reasoning",
    ],
)
def test_importing_loads_no_model_library(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    if statement == "from gpt4video import *":
        loaded -= {"av", "PIL"}  # the assistant reads clips; that is no model
    assert loaded == set()
