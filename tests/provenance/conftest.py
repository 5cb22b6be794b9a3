"""Clips made through the guarded generation, signed and marked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gpt4video.testing import ScriptedGenerator, scripted_pipeline
from gpt4video_tools.gallery import (
    GeneratedVideo,
    GenerationReady,
    VideoRequest,
    generate_guarded,
)
from gpt4video_tools.provenance import (
    ClipSigner,
    Facts,
    Provenance,
    SigningFiles,
    clip_id,
    describe,
    write_test_certificate,
)

Make = Callable[..., GenerationReady]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> SigningFiles:
    return write_test_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def signer(files: SigningFiles) -> ClipSigner:
    return ClipSigner.from_files(key=files.key, certificates=files.certificates)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a clip of one colour in `tmp_path / "clips"`."""

    def make(provenance: Provenance | None = None) -> GenerationReady:
        events = generate_guarded(
            VideoRequest(prompt="a secret wish", seed=7),
            generator=ScriptedGenerator(),
            pipeline=scripted_pipeline(),
            output_dir=tmp_path / "clips",
            provenance=provenance,
            prompt_author="a small model",
        )
        last = list(events)[-1]
        assert isinstance(last, GenerationReady)
        return last

    return make


@pytest.fixture
def facts() -> Facts:
    video = GeneratedVideo(
        frames=np.zeros((4, 64, 64, 3), dtype=np.uint8), fps=8, seed=7, generator="scripted"
    )
    return describe(video, clip=clip_id(video, "a wish"), prompt="a wish", policy="policy-1")
