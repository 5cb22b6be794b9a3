"""Tiny bases of the real classes: an open_clip folder, language models of several families."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

from gpt4video.model import (
    AbstractorConfig,
    GPT4VideoForConditionalGeneration,
    GPT4VideoProcessor,
    VisionConfig,
    ensure_video_token,
)
from gpt4video.model.encoder import build_clip, save_clip
from gpt4video.training.tokenizer import train_bpe

SIDE = 16
FRAMES = 4
CLIP_CFG: dict[str, Any] = {
    "embed_dim": 12,
    "vision_cfg": {"image_size": SIDE, "patch_size": 4, "width": 16, "layers": 3, "head_width": 8},
    "text_cfg": {"context_length": 8, "vocab_size": 40, "width": 16, "heads": 2, "layers": 1},
}
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "gpt2")
VOCABULARY = 300


def tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level, so that any text can be read and written."""
    bpe = train_bpe(
        ["Human: AI: Video 1 2 what is the red ball"] * 4,
        vocabulary=VOCABULARY,
        special_tokens=("<s>", "</s>", "<pad>"),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def language_model(family: str = "llama", **changes: Any) -> Any:
    """A random causal language model of two layers."""
    settings: dict[str, Any] = {
        "vocab_size": VOCABULARY + 8,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 512,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 2,
    }
    if family == "gpt2":
        shared = ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id")
        sizes = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512}
        settings = {name: settings[name] for name in shared} | sizes
    elif family in ("mistral", "gemma2", "gemma3_text"):
        settings |= {"sliding_window": 16}
    torch.manual_seed(1)
    config = AutoConfig.for_model(family, **(settings | changes))
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()


def clip_folder(folder: Path, **changes: Any) -> Path:
    """An open_clip folder with random weights."""
    torch.manual_seed(2)
    cfg = CLIP_CFG | changes
    config = VisionConfig(model_cfg=cfg, image_size=SIDE)
    save_clip(folder, build_clip(cfg), cfg, config)
    return folder


def abstractor_config(**changes: Any) -> AbstractorConfig:
    """Three tokens of each kind and an end: seven per clip."""
    settings: dict[str, Any] = {
        "hidden_size": 16,
        "num_heads": 2,
        "num_spatial_tokens": 3,
        "num_temporal_tokens": 3,
        "num_temporal_layers": 1,
    }
    return AbstractorConfig(**(settings | changes))


def bases(folder: Path, family: str = "llama") -> Path:
    """`folder/clip` and `folder/lm`."""
    clip_folder(folder / "clip")
    language_model(family).save_pretrained(folder / "lm")
    return folder


def video_llm(folder: Path) -> GPT4VideoForConditionalGeneration:
    """A model with a fresh abstractor over the bases in `folder`."""
    torch.manual_seed(3)
    model = GPT4VideoForConditionalGeneration.from_bases(
        vision=folder / "clip",
        text=folder / "lm",
        abstractor=abstractor_config(),
        video_token_id=ensure_video_token(tokenizer()),
        num_frames=FRAMES,
        layer=-1,
    )
    model.eval()
    return model


def processor(model: GPT4VideoForConditionalGeneration) -> GPT4VideoProcessor:
    """The model's processor."""
    return GPT4VideoProcessor.for_model(model.config, tokenizer())


def disturb(model: torch.nn.Module, scale: float = 0.1) -> None:
    """Move every trained weight, as training would."""
    torch.manual_seed(4)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * scale)


def pixels(clips: int = 1, frames: int = FRAMES, seed: int = 0) -> torch.Tensor:
    """Normalised frames [N, T, 3, H, W]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(clips, frames, 3, SIDE, SIDE, generator=generator)


def frames(seed: int = 0, count: int = FRAMES, height: int = 20, width: int = 30) -> np.ndarray:
    """Random frames uint8 [T, H, W, 3]."""
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def prompt(model: GPT4VideoForConditionalGeneration, clips: int = 1) -> list[int]:
    """Ids that hold the placeholders of some clips."""
    places = [model.config.video_token_id] * model.config.tokens_per_clip
    return [0, 20, *[token for _ in range(clips) for token in (*places, 30)], 40, 50]
