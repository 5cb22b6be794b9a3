"""Where the labelled texts are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gpt4video.cli._console import err, safe

VARIABLE: Final = "GPT4VIDEO_DATA"
DEFAULT: Final = Path("../shared/data")


def data_of(data_dir: Path | None) -> Path:
    """The folder that holds `safety/`, from the option or the environment.

    Raises:
        InvalidInputError: it holds none.
    """
    from gpt4video_guards.errors import InvalidInputError

    folder = _named(data_dir)
    if not (folder / "safety").is_dir():
        raise InvalidInputError(
            "data_dir", str(folder), f"a folder that holds safety/ (or set {VARIABLE})"
        )
    return folder


def safety_data_if_any(data_dir: Path | None) -> Path | None:
    """The same, or None with a remark where nothing was named and nothing is there."""
    if data_dir is not None or VARIABLE in os.environ or (DEFAULT / "safety").is_dir():
        return data_of(data_dir)
    err.print(
        f"no safety/ in {safe(str(DEFAULT))}: training without labelled texts "
        f"(--data-dir or {VARIABLE} names them)",
        style="yellow",
    )
    return None


def _named(data_dir: Path | None) -> Path:
    return data_dir or Path(os.environ.get(VARIABLE, DEFAULT))
