from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.gallery.checkpoints import save_family


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folder of a family's tiny random checkpoint, made once a session. Not to be written to."""
    made: dict[str, Path] = {}

    def folder(family: str) -> Path:
        if family not in made:
            made[family] = save_family(family, tmp_path_factory.mktemp("gallery") / family)
        return made[family]

    return folder
