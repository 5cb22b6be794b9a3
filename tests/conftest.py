"""What every test shares: no network, no hub, the shared data folder where there is one.

Sockets are switched off and every test has a time limit by `pyproject.toml`; the variables below
make the model libraries say so at once instead of trying.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

ROOT = Path(__file__).resolve().parent.parent

# Examples are the same in every run, and a slow machine is no failure: pytest's own limit holds.
settings.register_profile(
    "gpt4video",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("gpt4video")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Shared clips and safety texts: the folder GPT4VIDEO_DATA, else `../shared/data`."""
    named = os.environ.get("GPT4VIDEO_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if named:
            pytest.fail(f"GPT4VIDEO_DATA names {folder}, which is not a folder")
        pytest.skip(
            f"no shared data at {folder}; set GPT4VIDEO_DATA to its folder to run this test"
        )
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return ROOT
