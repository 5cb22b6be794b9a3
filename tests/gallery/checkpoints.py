"""Tiny random checkpoints in the true layout of each family, saved to a folder.

Their autoencoders have the factors of the real ones, so that frame counts and sizes follow the
same rules.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import (
    AnimateDiffPipeline,
    AutoencoderKLCogVideoX,
    AutoencoderKLHunyuanVideo,
    AutoencoderKLLTXVideo,
    AutoencoderKLMochi,
    AutoencoderKLWan,
    CogVideoXDDIMScheduler,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
    DDIMScheduler,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
    LattePipeline,
    LatteTransformer3DModel,
    LTXPipeline,
    LTXVideoTransformer3DModel,
    MochiPipeline,
    MochiTransformer3DModel,
    MotionAdapter,
    PNDMScheduler,
    StableDiffusionPipeline,
    TextToVideoSDPipeline,
    UNet2DConditionModel,
    UNet3DConditionModel,
    UniPCMultistepScheduler,
    VideoToVideoSDPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from tests.gallery.tiny_parts import (
    WIDTH,
    clip_text_model,
    clip_tokenizer,
    image_autoencoder,
    llama_text_model,
    llama_tokenizer,
    t5_text_model,
    t5_tokenizer,
    umt5_text_model,
)

MOTION_FRAMES = 32
"""Frames that AnimateDiff's motion modules know."""


def save_zeroscope(folder: Path) -> None:
    """ZeroScope and ModelScope: 3D U-Net, image autoencoder of factor 8, CLIP text model, DDIM."""
    _save_three_dimensional(TextToVideoSDPipeline, folder)


def save_zeroscope_xl(folder: Path) -> None:
    """The same parts under the pipeline that goes from video to video."""
    _save_three_dimensional(VideoToVideoSDPipeline, folder)


def save_animatediff(folder: Path) -> None:
    """As diffusers saves the whole pipeline: with a U-Net that holds the motion modules."""
    AnimateDiffPipeline(
        motion_adapter=_motion_adapter(), scheduler=_image_scheduler(), **_image_parts()
    ).save_pretrained(folder)


def save_motion_adapter(folder: Path) -> None:
    """AnimateDiff as it is published: the motion modules alone ..."""
    _motion_adapter().save_pretrained(folder)


def save_image_base(folder: Path) -> None:
    """... and an ordinary Stable Diffusion 1.5 for them."""
    StableDiffusionPipeline(
        scheduler=PNDMScheduler(skip_prk_steps=True, steps_offset=1),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **_image_parts(),
    ).save_pretrained(folder)


def save_latte(folder: Path) -> None:
    """Latte: a transformer over space and time for 4 frames, T5."""
    LattePipeline(
        tokenizer=t5_tokenizer(),
        text_encoder=t5_text_model(),
        vae=image_autoencoder(),
        transformer=LatteTransformer3DModel(
            sample_size=4,
            patch_size=2,
            in_channels=4,
            out_channels=8,
            num_layers=1,
            num_attention_heads=2,
            attention_head_dim=8,
            caption_channels=WIDTH,
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
    vae = AutoencoderKLWan(
        base_dim=4,
        z_dim=4,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    _save_wan(folder, vae, channels=4)


def save_wan_22(folder: Path) -> None:
    """Wan 2.2 5B: an autoencoder of factor 16 in space, time steps per token."""
    vae = AutoencoderKLWan(
        base_dim=4,
        z_dim=4,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
    )
    _save_wan(folder, vae, channels=4, boundary_ratio=None, expand_timesteps=True)


def save_cogvideox(folder: Path) -> None:
    """CogVideoX: 3D autoencoder of factor 4 in time and 8 in space, T5, patches of 2."""
    CogVideoXPipeline(
        tokenizer=t5_tokenizer(226),
        text_encoder=t5_text_model(),
        vae=AutoencoderKLCogVideoX(
            down_block_types=("CogVideoXDownBlock3D",) * 4,
            up_block_types=("CogVideoXUpBlock3D",) * 4,
            block_out_channels=(8, 8, 8, 8),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=2,
            temporal_compression_ratio=4,
        ),
        transformer=CogVideoXTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=8,
            in_channels=4,
            out_channels=4,
            time_embed_dim=2,
            text_embed_dim=WIDTH,
            num_layers=1,
            sample_width=8,
            sample_height=4,
            sample_frames=5,
            patch_size=2,
            temporal_compression_ratio=4,
        ),
        scheduler=CogVideoXDDIMScheduler(),
    ).save_pretrained(folder)


def save_ltx(folder: Path) -> None:
    """LTX-Video: 3D autoencoder of factor 8 in time and 32 in space, T5."""
    LTXPipeline(
        tokenizer=t5_tokenizer(128),
        text_encoder=t5_text_model(),
        vae=AutoencoderKLLTXVideo(
            latent_channels=8,
            block_out_channels=(8, 8, 8, 8),
            decoder_block_out_channels=(8, 8, 8, 8),
            layers_per_block=(1, 1, 1, 1, 1),
            decoder_layers_per_block=(1, 1, 1, 1, 1),
            spatio_temporal_scaling=(True, True, True, False),
            patch_size=4,
            patch_size_t=1,
        ),
        transformer=LTXVideoTransformer3DModel(
            in_channels=8,
            out_channels=8,
            patch_size=1,
            patch_size_t=1,
            num_attention_heads=2,
            attention_head_dim=8,
            cross_attention_dim=16,
            num_layers=1,
            caption_channels=WIDTH,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    ).save_pretrained(folder)


def save_hunyuan(folder: Path) -> None:
    """HunyuanVideo: Llama and CLIP, 3D autoencoder of factor 4 in time and 8 in space."""
    HunyuanVideoPipeline(
        text_encoder=llama_text_model(),
        tokenizer=llama_tokenizer(),
        text_encoder_2=clip_text_model(),
        tokenizer_2=clip_tokenizer(),
        vae=AutoencoderKLHunyuanVideo(
            latent_channels=4,
            block_out_channels=(4, 4, 4, 4),
            layers_per_block=1,
            norm_num_groups=2,
            spatial_compression_ratio=8,
            temporal_compression_ratio=4,
        ),
        transformer=HunyuanVideoTransformer3DModel(
            in_channels=4,
            out_channels=4,
            num_attention_heads=2,
            attention_head_dim=10,
            num_layers=1,
            num_single_layers=1,
            num_refiner_layers=1,
            patch_size=2,
            patch_size_t=1,
            guidance_embeds=True,
            text_embed_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            rope_axes_dim=(2, 4, 4),
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0),
    ).save_pretrained(folder)


def save_mochi(folder: Path) -> None:
    """Mochi: 3D autoencoder of factor 6 in time and 8 in space, T5."""
    transformer = MochiTransformer3DModel(
        patch_size=2,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=1,
        pooled_projection_dim=WIDTH,
        in_channels=12,
        out_channels=None,
        qk_norm="rms_norm",
        text_embed_dim=WIDTH,
        time_embed_dim=4,
        activation_fn="swiglu",
        max_sequence_length=256,
    )
    transformer.pos_frequencies.data.zero_()
    MochiPipeline(
        tokenizer=t5_tokenizer(256),
        text_encoder=t5_text_model(),
        vae=AutoencoderKLMochi(
            latent_channels=12,
            encoder_block_out_channels=(32, 32, 32, 32),
            decoder_block_out_channels=(32, 32, 32, 32),
            layers_per_block=(1, 1, 1, 1, 1),
        ),
        transformer=transformer,
        scheduler=FlowMatchEulerDiscreteScheduler(),
    ).save_pretrained(folder)


FAMILIES: dict[str, Callable[[Path], None]] = {
    "animatediff": save_animatediff,
    "cogvideox": save_cogvideox,
    "hunyuan": save_hunyuan,
    "latte": save_latte,
    "ltx": save_ltx,
    "mochi": save_mochi,
    "wan": save_wan,
    "wan-2.2": save_wan_22,
    "zeroscope": save_zeroscope,
}
"""Pipelines that make video from text."""

PARTS: dict[str, Callable[[Path], None]] = {
    "image-base": save_image_base,
    "motion-adapter": save_motion_adapter,
    "zeroscope-xl": save_zeroscope_xl,
}
"""What some presets are made of besides."""


def save_family(family: str, folder: Path) -> Path:
    """Save one checkpoint of `FAMILIES` or `PARTS` into `folder`, always the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        (FAMILIES | PARTS)[family](folder)
    return folder


def _save_three_dimensional(pipeline: type, folder: Path) -> None:
    pipeline(
        unet=UNet3DConditionModel(
            sample_size=4,
            block_out_channels=(4, 8),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"),
            up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
            cross_attention_dim=WIDTH,
            attention_head_dim=4,
            norm_num_groups=2,
        ),
        vae=image_autoencoder(),
        text_encoder=clip_text_model(),
        tokenizer=clip_tokenizer(),
        scheduler=_image_scheduler(),
    ).save_pretrained(folder)


def _save_wan(folder: Path, vae: AutoencoderKLWan, *, channels: int, **options: object) -> None:
    WanPipeline(
        tokenizer=t5_tokenizer(),
        text_encoder=umt5_text_model(),
        vae=vae,
        transformer=WanTransformer3DModel(
            patch_size=(1, 2, 2),
            num_attention_heads=2,
            attention_head_dim=12,
            in_channels=channels,
            out_channels=channels,
            text_dim=WIDTH,
            freq_dim=16,
            ffn_dim=16,
            num_layers=1,
            cross_attn_norm=True,
            rope_max_seq_len=32,
        ),
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
        **options,
    ).save_pretrained(folder)


def _image_scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
    )


def _image_parts() -> dict[str, object]:
    """Stable Diffusion 1.5 without its scheduler."""
    return {
        "unet": UNet2DConditionModel(
            sample_size=4,
            block_out_channels=(4, 8),
            layers_per_block=1,
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=WIDTH,
            attention_head_dim=2,
            norm_num_groups=2,
        ),
        "vae": image_autoencoder(),
        "text_encoder": clip_text_model(),
        "tokenizer": clip_tokenizer(),
    }


def _motion_adapter() -> MotionAdapter:
    return MotionAdapter(
        block_out_channels=(4, 8),
        motion_layers_per_block=1,
        motion_norm_num_groups=2,
        motion_num_attention_heads=2,
        motion_max_seq_length=MOTION_FRAMES,
    )
