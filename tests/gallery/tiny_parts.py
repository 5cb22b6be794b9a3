"""Tiny random parts that several families share: tokenizers, text encoders, autoencoders."""

from __future__ import annotations

import re
from typing import Any

from diffusers import AutoencoderKL
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WIDTH = 8
"""Of every text encoder."""


def clip_tokenizer() -> CLIPTokenizer:
    """Letters, with CLIP's own marks."""
    pieces = [letter + end for letter in LETTERS for end in ("", "</w>")]
    marks = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate([*pieces, *marks])}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77)


def clip_text_model() -> CLIPTextModel:
    tokenizer = clip_tokenizer()
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=77,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def t5_tokenizer(max_length: int = 512) -> T5Tokenizer:
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters = [(letter, -2.0) for letter in ("▁", *LETTERS)]
    return T5Tokenizer(vocab=[*special, *letters], extra_ids=0, model_max_length=max_length)


def t5_text_model() -> T5EncoderModel:
    return T5EncoderModel(T5Config(**_t5_sizes()))


def umt5_text_model() -> UMT5EncoderModel:
    return UMT5EncoderModel(UMT5Config(**_t5_sizes()))


def llama_tokenizer() -> PreTrainedTokenizerFast:
    """Letters, and the words that HunyuanVideo writes around every prompt."""
    frame = re.findall(r"\w+|[^\w\s]+", DEFAULT_PROMPT_TEMPLATE["template"])
    pieces = ["[PAD]", "[UNK]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *frame]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        model_max_length=512,
        padding_side="right",
    )


def llama_text_model() -> LlamaModel:
    return LlamaModel(
        LlamaConfig(
            vocab_size=len(llama_tokenizer()),
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            num_hidden_layers=3,  # the pipeline takes the last but two
            num_attention_heads=2,
            num_key_value_heads=2,
            pad_token_id=0,
        )
    )


def image_autoencoder() -> AutoencoderKL:
    """Stable Diffusion's: factor 8."""
    return AutoencoderKL(
        block_out_channels=(4, 4, 4, 4),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=2,
        latent_channels=4,
        sample_size=32,
    )


def _t5_sizes() -> dict[str, Any]:
    return {
        "vocab_size": 40,
        "d_model": WIDTH,
        "d_kv": 4,
        "d_ff": WIDTH,
        "num_layers": 1,
        "num_heads": 2,
    }
