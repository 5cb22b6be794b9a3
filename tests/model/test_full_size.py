"""The classes at the size of the paper, on the meta device: shapes and counts, no weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import LlamaConfig

from gpt4video.model import (
    AbstractorConfig,
    GPT4VideoConfig,
    GPT4VideoForConditionalGeneration,
    VisionConfig,
)


@pytest.fixture(scope="module")
def model() -> GPT4VideoForConditionalGeneration:
    config = GPT4VideoConfig(
        vision_config=VisionConfig(model_name="ViT-L-14-quickgelu", pretrained="openai"),
        abstractor_config=AbstractorConfig(),
        text_config=LlamaConfig(
            vocab_size=32_000,
            hidden_size=4096,
            intermediate_size=11_008,
            num_hidden_layers=32,
            num_attention_heads=32,
            max_position_embeddings=4096,
        ),
        video_token_id=32_000,
    )
    with torch.device("meta"):
        return GPT4VideoForConditionalGeneration(config)


def size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_the_parts_have_the_sizes_of_clip_vit_l_and_llama_7b(
    model: GPT4VideoForConditionalGeneration,
) -> None:
    assert size(model.model.vision_tower) == 303_966_208
    assert size(model.language_model) == 6_738_415_616
    assert size(model.model.abstractor) == 95_168_513


def test_a_clip_costs_65_tokens_however_many_frames_it_has(
    model: GPT4VideoForConditionalGeneration,
) -> None:
    assert model.config.tokens_per_clip == 65
    for frames in (4, 32):
        pixels = torch.empty(2, frames, 3, 224, 224, device="meta")
        patches = model.model.vision_tower(pixels)
        assert patches.shape == (2, frames, 256, 1024)
        assert model.model.abstractor(patches).shape == (2, 65, 4096)


def test_one_and_a_half_percent_is_trained(model: GPT4VideoForConditionalGeneration) -> None:
    model.add_lora(rank=16, target_modules=["q_proj", "v_proj"])
    model.freeze_bases()
    share = model.trained_share()
    assert share.trained == 95_168_513 + 8_388_608
    assert share.total == 7_145_938_945
    assert share.share == pytest.approx(0.0145, abs=0.0001)
