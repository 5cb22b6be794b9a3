"""The parts of the embedded generator, as standard classes of diffusers and transformers."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import (
    AutoencoderTiny,
    DPMSolverMultistepScheduler,
    LattePipeline,
    LatteTransformer3DModel,
)
from transformers import T5Config, T5EncoderModel

from gpt4video.shapes.generator.factors import GRID, LATENT_CHANNELS
from gpt4video.shapes.generator.wording import build_tokenizer

NUM_FRAMES: Final = 16
FRAME_SIZE: Final = 64
FPS: Final = 8
NOISE_SHIFT: Final = 8.0
"""How far noise levels are moved upwards. A factor is repeated over cells and frames and so can be
read through much noise; without the shift most of the training would go to easy levels."""

_ATTENTION_GATE: Final = 2
_FEED_FORWARD_GATE: Final = 5


@dataclass(frozen=True, kw_only=True)
class GeneratorSize:
    """How large the generator is; the defaults are what is shipped."""

    width: int = 192
    heads: int = 6
    layers: int = 4
    text_width: int = 128
    text_layers: int = 3
    decoder_channels: int = 64
    decoder_blocks: tuple[int, int] = (2, 1)
    """Blocks that see one object alone, and blocks that see both together."""
    encoder_channels: int = 32
    encoder_blocks: tuple[int, int, int, int] = (0, 1, 2, 3)


@dataclass(frozen=True)
class Parts:
    """The trainable parts and the tokenizer and scheduler that go with them."""

    tokenizer: Any
    text_encoder: Any
    vae: Any
    transformer: Any
    scheduler: Any

    def pipeline(self) -> Any:
        """A `diffusers.LattePipeline` over these very parts."""
        return LattePipeline(
            tokenizer=self.tokenizer,
            text_encoder=self.text_encoder,
            vae=self.vae,
            transformer=self.transformer,
            scheduler=self.scheduler,
        )

    def copied(self, dtype: torch.dtype) -> Parts:
        """The same parts with copies of the weights in another precision, on the CPU."""
        modules = (self.text_encoder, self.vae, self.transformer)
        text_encoder, vae, transformer = (
            copy.deepcopy(each).to("cpu", dtype).eval() for each in modules
        )
        return Parts(self.tokenizer, text_encoder, vae, transformer, self.scheduler)


def build_parts(size: GeneratorSize | None = None) -> Parts:
    """Fresh parts with random weights (from torch's global generator), in fp32 on the CPU."""
    size = size or GeneratorSize()
    tokenizer = build_tokenizer()
    return Parts(
        tokenizer=tokenizer,
        text_encoder=_text_encoder(size, len(tokenizer)),
        vae=_autoencoder(size),
        transformer=_transformer(size),
        scheduler=_scheduler(),
    )


def load_parts(folder: Path) -> Parts:
    """Parts from a saved pipeline's folder, in fp32 whatever they were stored in."""
    pipeline = LattePipeline.from_pretrained(folder, local_files_only=True)
    for module in (pipeline.text_encoder, pipeline.vae, pipeline.transformer):
        module.to(torch.float32).eval()
    return Parts(
        tokenizer=pipeline.tokenizer,
        text_encoder=pipeline.text_encoder,
        vae=pipeline.vae,
        transformer=pipeline.transformer,
        scheduler=pipeline.scheduler,
    )


def _text_encoder(size: GeneratorSize, vocabulary: int) -> Any:
    return T5EncoderModel(
        T5Config(
            vocab_size=vocabulary,
            d_model=size.text_width,
            d_kv=32,
            num_heads=max(1, size.text_width // 32),
            d_ff=2 * size.text_width,
            num_layers=size.text_layers,
            dropout_rate=0.0,
            feed_forward_proj="gated-gelu",
            pad_token_id=0,
            eos_token_id=1,
        )
    )


def _autoencoder(size: GeneratorSize) -> Any:
    """Per-frame and without normalisation layers, so that exact positions and colours pass through.

    The decoder first enlarges the maps to the frame's size and only then computes, so that it is
    one small network per pixel; see `gpt4video.shapes.generator.painter`.
    """
    return AutoencoderTiny(
        latent_channels=LATENT_CHANNELS,
        encoder_block_out_channels=(size.encoder_channels,) * 4,
        decoder_block_out_channels=(size.decoder_channels,) * 4,
        num_encoder_blocks=size.encoder_blocks,
        num_decoder_blocks=(0, 0, 0, sum(size.decoder_blocks)),
        upsample_fn="bilinear",
        scaling_factor=2.0,
    )


def _transformer(size: GeneratorSize) -> Any:
    """One token is one frame: the patch is the whole grid of factor maps."""
    transformer = LatteTransformer3DModel(
        num_attention_heads=size.heads,
        attention_head_dim=size.width // size.heads,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        num_layers=size.layers,
        cross_attention_dim=size.width,
        attention_bias=True,
        sample_size=GRID,
        patch_size=GRID,
        activation_fn="gelu-approximate",
        num_embeds_ada_norm=1000,
        norm_type="ada_norm_single",
        norm_elementwise_affine=False,
        norm_eps=1e-6,
        caption_channels=size.text_width,
        video_length=NUM_FRAMES,
    )
    _start_well(transformer)
    return transformer


@torch.no_grad()
def _start_well(transformer: Any) -> None:
    """Let words and frame numbers be heard above the noise from the first step on.

    With diffusers' own weights a frame's noise drowns both in the first layers. Measured: colours
    of pairs were right in 38 % of the clips after 1,500 steps; with these weights (and Muon) in all
    of them after 1,200.
    """
    transformer.pos_embed.proj.weight.mul_(0.1)
    transformer.caption_projection.linear_1.weight.mul_(2.0)
    transformer.caption_projection.linear_2.weight.mul_(3.0)
    for block in transformer.transformer_blocks:
        for line in (block.attn2.to_q, block.attn2.to_k, block.attn2.to_v, block.attn2.to_out[0]):
            line.weight.mul_(2.0)
    for block in (*transformer.transformer_blocks, *transformer.temporal_transformer_blocks):
        block.scale_shift_table[[_ATTENTION_GATE, _FEED_FORWARD_GATE]] += 1.0


def _scheduler() -> Any:
    return DPMSolverMultistepScheduler(
        prediction_type="sample",
        use_flow_sigmas=True,
        flow_shift=NOISE_SHIFT,
        # LattePipeline drops half of the predicted channels unless this says that all are used.
        variance_type="learned_range",
        final_sigmas_type="zero",
    )
