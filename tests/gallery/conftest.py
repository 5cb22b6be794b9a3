from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.gallery.checkpoints import save_family

from gpt4video_tools.gallery import DiffusersVideoGenerator, load_generator


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder of a tiny random checkpoint, made once a session. Not to be written to."""
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = save_family(family, tmp_path_factory.mktemp("gallery") / family)
        return made[family]

    return folder


@pytest.fixture(scope="session")
def loaded(checkpoint: Callable[[str], Path]) -> Callable[[str], DiffusersVideoGenerator]:
    """A family's tiny checkpoint as a generator, loaded once a session. Not to be changed."""
    made: dict[str, DiffusersVideoGenerator] = {}

    def generator(family: str) -> DiffusersVideoGenerator:
        if family not in made:
            one = load_generator(checkpoint(family))
            assert isinstance(one, DiffusersVideoGenerator)
            made[family] = one
        return made[family]

    return generator
