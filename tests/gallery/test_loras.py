"""LoRA weights of a generator, saved as its own tools save them, loaded by path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file

from gpt4video_guards.errors import CheckpointError, InvalidInputError
from gpt4video_tools.gallery import DiffusersVideoGenerator, VideoRequest, load_generator

Checkpoint = Callable[[str], Path]
Loaded = Callable[[str], DiffusersVideoGenerator]

PARTS = {
    "animatediff": "unet",
    "cogvideox": "transformer",
    "hunyuan": "transformer",
    "ltx": "transformer",
    "mochi": "transformer",
    "wan": "transformer",
}
"""Families that take LoRA weights, and the part that they change."""


def request(seed: int = 5) -> VideoRequest:
    return VideoRequest(
        prompt="a red circle", num_frames=1, height=32, width=32, num_inference_steps=2, seed=seed
    )


def save_lora(family: str, source: Path, folder: Path) -> Path:
    """Random LoRA weights for the attention of a family, in a file of its own layout."""
    pipeline = diffusers.DiffusionPipeline.from_pretrained(source)
    part = getattr(pipeline, PARTS[family])
    targets = ["to_q", "to_k", "to_v"]
    part.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=targets, init_lora_weights=False))
    state = get_peft_model_state_dict(part)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        state = {key: torch.randn_like(value) for key, value in state.items()}
    type(pipeline).save_lora_weights(folder, **{f"{PARTS[family]}_lora_layers": state})
    (file,) = folder.glob("*.safetensors")
    return file


@pytest.fixture(scope="module")
def lora(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LoRA weights for the tiny Wan."""
    return save_lora("wan", checkpoint("wan"), tmp_path_factory.mktemp("lora"))


@pytest.mark.parametrize("family", PARTS)
def test_a_lora_changes_what_its_family_makes(
    family: str, checkpoint: Checkpoint, loaded: Loaded, tmp_path: Path
) -> None:
    file = save_lora(family, checkpoint(family), tmp_path)
    plain = loaded(family).generate(request())
    changed = load_generator(checkpoint(family), loras={file: 1.0}).generate(request())
    assert changed.frames.shape == plain.frames.shape
    assert not np.array_equal(changed.frames, plain.frames)


def test_the_weight_says_how_strongly_it_works(
    checkpoint: Checkpoint, loaded: Loaded, lora: Path
) -> None:
    def made(loras: Any) -> Any:
        return load_generator(checkpoint("wan"), loras=loras).generate(request()).frames

    plain = loaded("wan").generate(request()).frames
    np.testing.assert_array_equal(made({lora: 0.0}), plain)
    full = made({lora: 1})
    assert not np.array_equal(full, made({lora: 0.5}))
    np.testing.assert_array_equal(full, made({str(lora.parent): 1.0}))  # a folder is fine, too


def test_several_work_together(checkpoint: Checkpoint, lora: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin.safetensors"
    twin.write_bytes(lora.read_bytes())
    both = load_generator(checkpoint("wan"), loras={lora: 0.25, twin: 0.25}).generate(request())
    once = load_generator(checkpoint("wan"), loras={lora: 0.5}).generate(request())
    np.testing.assert_allclose(both.frames, once.frames, atol=1)


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ("latte", "takes no LoRA"),
        ("ltx", "of LTXPipeline|fits LTXPipeline"),
        ("zeroscope", "of TextToVideoSDPipeline|fits TextToVideoSDPipeline"),
    ],
)
def test_a_lora_of_another_family_is_refused(
    family: str, words: str, checkpoint: Checkpoint, lora: Path
) -> None:
    with pytest.raises(CheckpointError, match=words) as caught:
        load_generator(checkpoint(family), loras={lora: 1.0})
    assert caught.value.path == str(lora)


def test_weights_that_mean_nothing_to_the_pipeline_are_not_passed_over(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    stray = tmp_path / "stray.safetensors"
    save_file({"unet.to_q.lora_A.weight": torch.zeros(2, 2)}, stray)
    with pytest.raises(CheckpointError, match=r"stray\.safetensors"):
        load_generator(checkpoint("wan"), loras={stray: 1.0})


def test_a_file_that_is_none_or_not_there_is_named(checkpoint: Checkpoint, tmp_path: Path) -> None:
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="cannot be loaded as a LoRA of WanPipeline"):
        load_generator(checkpoint("wan"), loras={broken: 1.0})
    with pytest.raises(CheckpointError, match="no such LoRA"):
        load_generator(checkpoint("wan"), loras={tmp_path / "absent": 1.0})


@pytest.mark.parametrize("weight", [float("nan"), "1", True])
def test_a_weight_is_a_finite_number(checkpoint: Checkpoint, lora: Path, weight: Any) -> None:
    with pytest.raises(InvalidInputError, match="loras"):
        load_generator(checkpoint("wan"), loras={lora: weight})
