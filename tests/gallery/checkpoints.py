"""Tiny random checkpoints in the true layout of each family, saved to a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLWan,
    DDIMScheduler,
    LattePipeline,
    LatteTransformer3DModel,
    TextToVideoSDPipeline,
    UNet3DConditionModel,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
)
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
    UMT5Config,
    UMT5EncoderModel,
)

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def save_zeroscope(folder: Path) -> None:
    """ZeroScope and ModelScope: 3D U-Net, image autoencoder of factor 8, CLIP text model, DDIM."""
    pieces = [letter + end for letter in _LETTERS for end in ("", "</w>")]
    vocabulary = {
        piece: number for number, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])
    }
    TextToVideoSDPipeline(
        unet=UNet3DConditionModel(
            sample_size=4,
            block_out_channels=(4, 8),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
            up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
            cross_attention_dim=8,
            attention_head_dim=4,
            norm_num_groups=2,
        ),
        vae=_image_autoencoder(),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(vocabulary),
                hidden_size=8,
                intermediate_size=8,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=77,
                bos_token_id=vocabulary["<|startoftext|>"],
                eos_token_id=vocabulary["<|endoftext|>"],
            )
        ),
        tokenizer=CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=77),
        scheduler=DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            clip_sample=False,
            set_alpha_to_one=False,
        ),
    ).save_pretrained(folder)


def save_latte(folder: Path) -> None:
    """Latte: a transformer over space and time for 4 frames, T5."""
    LattePipeline(
        tokenizer=_t5_tokenizer(),
        text_encoder=T5EncoderModel(T5Config(**_t5_sizes())),
        vae=_image_autoencoder(),
        transformer=LatteTransformer3DModel(
            sample_size=4,
            patch_size=2,
            in_channels=4,
            out_channels=8,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=8,
            caption_channels=8,
            cross_attention_dim=16,
            attention_bias=True,
            activation_fn="gelu-approximate",
            norm_type="ada_norm_single",
            norm_elementwise_affine=False,
            video_length=4,
        ),
        scheduler=DDIMScheduler(),
    ).save_pretrained(folder)


def save_wan(folder: Path) -> None:
    """Wan 2.1: 3D autoencoder of factor 4 in time and 8 in space, UMT5, flow matching."""
    WanPipeline(
        tokenizer=_t5_tokenizer(),
        text_encoder=UMT5EncoderModel(UMT5Config(**_t5_sizes())),
        vae=AutoencoderKLWan(
            base_dim=4,
            z_dim=4,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.0] * 4,
            latents_std=[1.0] * 4,
        ),
        transformer=WanTransformer3DModel(
            patch_size=(1, 2, 2),
            num_attention_heads=2,
            attention_head_dim=12,
            in_channels=4,
            out_channels=4,
            text_dim=8,
            freq_dim=16,
            ffn_dim=16,
            num_layers=1,
            cross_attn_norm=True,
            rope_max_seq_len=32,
        ),
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
    ).save_pretrained(folder)


FAMILIES: dict[str, Callable[[Path], None]] = {
    "zeroscope": save_zeroscope,
    "latte": save_latte,
    "wan": save_wan,
}


def save_family(family: str, folder: Path) -> Path:
    """Save one family's checkpoint into `folder`, always the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        FAMILIES[family](folder)
    return folder


def _image_autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(4, 4, 4, 4),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=2,
        latent_channels=4,
        sample_size=32,
    )


def _t5_tokenizer() -> T5Tokenizer:
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    letters = [(letter, -2.0) for letter in ("▁", *_LETTERS)]
    return T5Tokenizer(vocab=[*special, *letters], extra_ids=0)


def _t5_sizes() -> dict[str, int]:
    return {
        "vocab_size": 40,
        "d_model": 8,
        "d_kv": 4,
        "d_ff": 8,
        "num_layers": 1,
        "num_heads": 2,
    }
