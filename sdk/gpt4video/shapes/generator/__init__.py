"""The embedded text-to-video generator: its latent space, its parts and its training."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["train_generator"]


def train_generator(run_dir: str | os.PathLike[str], **options: Any) -> Path:
    """Train and export the generator; see `gpt4video.shapes.generator.recipe.train_generator`.

    torch, diffusers and transformers are imported on the first call.
    """
    from gpt4video.shapes.generator import recipe

    return recipe.train_generator(run_dir, **options)
