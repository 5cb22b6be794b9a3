"""A pool of training clips on disk, each encoded once by the frozen CLIP."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gpt4video.model.video_processing import GPT4VideoVideoProcessor
from gpt4video.shapes.layout import sample_scene
from gpt4video.shapes.video_llm.film import film
from gpt4video.shapes.world import Scene, SceneObject
from gpt4video.training.loop import run_steps

CHUNK: Final = 8
"""Clips that are encoded in one pass."""


class ClipPool:
    """Patch tokens of many clips (fp16, memory-mapped) with the scenes that they show."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.patches: NDArray[np.float16] = np.load(folder / "patches.npy", mmap_mode="r")
        lines = (folder / "scenes.jsonl").read_text().splitlines()
        self.scenes: list[Scene] = [scene_from_dict(json.loads(line)) for line in lines]
        self.by_prompt: dict[str, list[int]] = defaultdict(list)
        for number, scene in enumerate(self.scenes):
            self.by_prompt[scene.prompt].append(number)

    def __len__(self) -> int:
        return len(self.scenes)

    def take(self, indices: Sequence[int]) -> Tensor:
        """Patch tokens [len(indices), T, P, C] of these clips."""
        return torch.from_numpy(self.patches[list(indices)])


def fill_pool(
    folder: Path,
    encoder: nn.Module,
    processor: GPT4VideoVideoProcessor,
    *,
    clips: int,
    seed: int,
    device: str,
) -> ClipPool:
    """Draw, film and encode clips into `folder`; goes on where an earlier call stopped.

    Args:
        folder: about 0.4 MB of it are needed for each clip of 16 frames.
        encoder: the frozen frame encoder.
        processor: brings frames to what the encoder takes.
        clips: how many at least: they are made in chunks of 8. More than an earlier call made are
            added to its own.
        seed: of the scenes and their looks; a clip depends on it and on its own number only.
        device: where the encoder is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scenes = _SceneLog(folder / "scenes.jsonl")
    store: list[NDArray[np.float16]] = []
    steps = -(-clips // CHUNK)

    def step(index: int) -> dict[str, float]:
        numbers = range(index * CHUNK, (index + 1) * CHUNK)
        filmed = [_filmed(seed, number, processor.num_frames) for number in numbers]
        pixels = processor.preprocess([frames for _, frames in filmed])["pixel_values_videos"]
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
            patches = encoder(pixels.to(device)).half().cpu().numpy()
        if not store:
            store.append(_open(folder / "patches.npy", (steps * CHUNK, *patches.shape[1:])))
        store[0][numbers.start : numbers.stop] = patches
        scenes.write(numbers.start, [scene for scene, _ in filmed])
        return {}

    run_steps(step, steps=steps, run_dir=folder, stateful={"scenes": scenes}, title="Clips")
    return ClipPool(folder)


def _filmed(seed: int, number: int, num_frames: int) -> tuple[Scene, NDArray[np.uint8]]:
    rng = np.random.default_rng((seed, number))
    drawing = sample_scene(rng, wide=True)
    return drawing.scene, film(drawing, rng, num_frames)


def scene_from_dict(values: dict[str, Any]) -> Scene:
    """The inverse of `dataclasses.asdict` for a `Scene`."""
    objects = tuple(SceneObject(**each) for each in values["objects"])
    return Scene(background=values["background"], objects=objects)


class _SceneLog:
    """Scenes as JSON lines; its state is their number, so that resuming drops a torn tail."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: list[str] = path.read_text().splitlines() if path.exists() else []

    def write(self, index: int, scenes: Sequence[Scene]) -> None:
        self._lines[index:] = [json.dumps(asdict(scene)) for scene in scenes]

    def state_dict(self) -> dict[str, Any]:
        self._path.write_text("".join(f"{line}\n" for line in self._lines))
        return {"count": len(self._lines)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        del self._lines[state["count"] :]


def _open(path: Path, shape: tuple[int, ...]) -> NDArray[np.float16]:
    """The array on disk, made longer where it is too short: what it holds stays."""
    if not path.exists():
        return np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    found: NDArray[np.float16] = np.load(path, mmap_mode="r+")
    if len(found) >= shape[0]:
        return found
    longer = path.with_suffix(".partial")
    array = np.lib.format.open_memmap(longer, mode="w+", dtype=np.float16, shape=shape)
    array[: len(found)] = found
    os.replace(longer, path)
    return array
