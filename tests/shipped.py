"""Whether the embedded assistant's weights are in this checkout."""

from __future__ import annotations

import pytest

from gpt4video.loading import assistant_folder
from gpt4video_guards.errors import CheckpointError


def require_embedded_assistant() -> None:
    """Skip the test, saying what is missing, where the weights are not all there."""
    try:
        assistant_folder("shapes")
    except CheckpointError as error:
        pytest.skip(str(error))
