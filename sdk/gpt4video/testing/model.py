"""A real model with random weights, small enough to build in a test."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

SEED = 0
_WORDS = "Human: AI: Video 1 2 3 a the is what red green blue circle square star moves ? . , ! :"
_CLIP: dict[str, Any] = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "patch_size": 8, "width": 16, "layers": 2, "head_width": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 300, "width": 16, "heads": 2, "layers": 1},
}


def tiny_random_model(folder: str | PathLike[str]) -> Path:
    """Write a random video LLM of the real classes, in the layout of the embedded assistant.

    It sees 4 frames of 16 x 16 pixels, takes 5 tokens for a clip, and says nonsense: for tests of
    the way of the data, not of answers. `VideoAssistant.from_pretrained(folder)` loads it. The same
    weights come out each time.

    Args:
        folder: where to write; `clip`, `lm` and `model` are made in it.

    Returns:
        The folder.
    """
    import torch

    from gpt4video.model import (
        AbstractorConfig,
        GPT4VideoForConditionalGeneration,
        GPT4VideoProcessor,
        ensure_video_token,
    )

    folder = Path(folder)
    tokenizer = _tokenizer()
    video_token_id = ensure_video_token(tokenizer)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        _write_clip(folder / "clip", tokenizer)
        _write_language_model(folder / "lm", tokenizer)
        model = GPT4VideoForConditionalGeneration.from_bases(
            vision=folder / "clip",
            text=folder / "lm",
            abstractor=AbstractorConfig(
                hidden_size=16,
                num_heads=2,
                num_spatial_tokens=2,
                num_temporal_tokens=2,
                num_frame_layers=1,
                num_track_layers=1,
                num_temporal_layers=1,
            ),
            video_token_id=video_token_id,
            num_frames=4,
            layer=-1,
        )
    model.save_pretrained(folder / "model")
    GPT4VideoProcessor.for_model(model.config, tokenizer).save_pretrained(folder / "model")
    return folder


def _write_clip(folder: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    from gpt4video.model.config import VisionConfig
    from gpt4video.model.encoder import build_clip, save_clip

    config = VisionConfig(model_name=None, model_cfg=_CLIP, image_size=16)
    save_clip(folder, build_clip(_CLIP), _CLIP, config)
    tokenizer.save_pretrained(folder)


def _write_language_model(folder: Path, tokenizer: PreTrainedTokenizerFast) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def _tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level: any text can be read and written."""
    from transformers import PreTrainedTokenizerFast

    from gpt4video.training.tokenizer import train_bpe

    bpe = train_bpe([_WORDS], vocabulary=300, special_tokens=("<s>", "</s>", "<pad>"))
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
