"""Cheaper attention for training the transformer, with the very results of diffusers' own.

LatteTransformer3DModel repeats a clip's text for each of its frames and attends among the patches
of a frame. With one patch to a frame the first is the same work sixteen times over and the second
has a single place to look at; both are skipped here.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor2_0
from torch.nn import functional as F


class SinglePatchAttention:
    """Self-attention where each row has one token: what it attends to is that token's value."""

    def __call__(self, attn: Any, hidden_states: torch.Tensor, **_: Any) -> torch.Tensor:
        out: torch.Tensor = attn.to_out[0](attn.to_v(hidden_states))
        return out


class ClipTextAttention:
    """Cross-attention of all frames of a clip, [clips * frames, 1, D], to the clip's one text."""

    def __init__(self, num_frames: int) -> None:
        self._num_frames = num_frames

    def __call__(
        self,
        attn: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        **_: Any,
    ) -> torch.Tensor:
        text = encoder_hidden_states[:: self._num_frames]  # [clips, L, D]
        clips = len(text)
        shape = (clips, -1, attn.heads, hidden_states.shape[-1] // attn.heads)
        query = attn.to_q(hidden_states).reshape(shape).transpose(1, 2)
        key, value = (line(text).reshape(shape).transpose(1, 2) for line in (attn.to_k, attn.to_v))
        hidden = None
        if attention_mask is not None:
            hidden = attention_mask[:: self._num_frames, None].to(query.dtype)  # [clips, 1, 1, L]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=hidden)
        out: torch.Tensor = attn.to_out[0](mixed.transpose(1, 2).reshape(hidden_states.shape))
        return out


def use_training_attention(transformer: Any) -> None:
    """Switch a transformer whose patch is the whole frame to the cheaper attention."""
    frames = transformer.config.video_length
    for block in transformer.transformer_blocks:
        block.attn1.set_processor(SinglePatchAttention())
        block.attn2.set_processor(ClipTextAttention(frames))


def use_plain_attention(transformer: Any) -> None:
    """Back to diffusers' own attention."""
    for block in transformer.transformer_blocks:
        block.attn1.set_processor(AttnProcessor2_0())
        block.attn2.set_processor(AttnProcessor2_0())
