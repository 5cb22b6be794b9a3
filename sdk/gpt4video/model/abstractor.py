"""Condenses the patches of a clip into a few embeddings that a language model can read.

    patches [N, T, P, C]
        | project, add the place in the frame
    frame blocks    S spatial tokens look at the P patches of each frame      slots [N, T, S, d]
        | add the time, and what changed since the frame before
    track blocks    each slot attends to itself over the T frames             slots [N, T, S, d]
        |---- temporal blocks   M tokens look at all T * S slots   what changes   [N, M, d]
        |---- track pooling     each slot condenses its own T      what is where  [N, S, d]
    norm, project to the width of the language model, append the end token      [N, S + M + 1, D]

The number of frames is free; times are normalised, so a clip's embeddings speak of its beginning
and end whatever its length.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from gpt4video.model.config import AbstractorConfig
from gpt4video_guards.errors import InvalidInputError

TIME_FREQUENCIES = 16


class Attention(nn.Module):
    """Multi-head attention of queries [B, Q, d] over a context [B, L, d]."""

    def __init__(self, width: int, num_heads: int, dropout: float) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.output = nn.Linear(width, width)

    def forward(self, queries: Tensor, context: Tensor) -> Tensor:
        query = self.query(queries).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        key, value = (
            part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for part in self.key_value(context).chunk(2, dim=-1)
        )  # [B, heads, L, d / heads]
        dropout = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        mixed_heads: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return mixed_heads


class GatedFeedForward(nn.Module):
    """SwiGLU: half of the inner width opens and closes the other half."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.gate_up = nn.Linear(width, 2 * inner, bias=False)
        self.output = nn.Linear(inner, width)

    def forward(self, hidden: Tensor) -> Tensor:
        gate, up = self.gate_up(hidden).chunk(2, dim=-1)
        result: Tensor = self.output(functional.silu(gate) * up)
        return result


class SelfBlock(nn.Module):
    """Pre-norm self-attention and feed-forward over tokens [B, L, d]."""

    def __init__(self, attention: Attention, feed_forward: GatedFeedForward, width: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = attention
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = feed_forward

    def forward(self, tokens: Tensor) -> Tensor:
        normed = self.attention_norm(tokens)
        tokens = tokens + self.attention(normed, normed)
        result: Tensor = tokens + self.feed_forward(self.feed_forward_norm(tokens))
        return result


class CrossBlock(nn.Module):
    """Queries [B, Q, d] read a context [B, L, d], then talk among themselves."""

    def __init__(self, cross: Attention, then: SelfBlock, width: int) -> None:
        super().__init__()
        self.query_norm = nn.LayerNorm(width)
        self.context_norm = nn.LayerNorm(width)
        self.cross = cross
        self.then = then

    def forward(self, queries: Tensor, context: Tensor) -> Tensor:
        queries = queries + self.cross(self.query_norm(queries), self.context_norm(context))
        result: Tensor = self.then(queries)
        return result


class TimeCode(nn.Module):
    """A learned code [T, d] of T normalised times, 0 .. 1, from their sines and cosines."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(2 * TIME_FREQUENCIES + 1, width)

    def forward(self, num_frames: int) -> Tensor:
        weight = self.project.weight
        times = torch.linspace(0.0, 1.0, num_frames, device=weight.device)[:, None]
        # From half a turn to several turns over the clip: coarse order and fine differences.
        turns = torch.arange(1, TIME_FREQUENCIES + 1, device=weight.device) * (math.pi / 2)
        code = torch.cat([times, torch.sin(times * turns), torch.cos(times * turns)], dim=-1)
        result: Tensor = self.project(code.to(weight.dtype))
        return result


class VideoAbstractor(nn.Module):
    """Turns patches [N, T, P, C] into clip embeddings [N, K, D]; K is `config.num_tokens`.

    Args:
        config: its size.
        patch_width: C, channels of a patch token.
        num_patches: P, patches per frame.
        output_width: D, the width of the language model.
    """

    def __init__(
        self, config: AbstractorConfig, *, patch_width: int, num_patches: int, output_width: int
    ) -> None:
        super().__init__()
        self.config = config
        width = config.hidden_size
        self.patch_norm = nn.LayerNorm(patch_width)
        self.patch_projection = nn.Linear(patch_width, width)
        self.patch_position = nn.Parameter(torch.empty(num_patches, width))
        self.spatial_tokens = nn.Parameter(torch.empty(config.num_spatial_tokens, width))
        self.temporal_tokens = nn.Parameter(torch.empty(config.num_temporal_tokens, width))
        self.pool_tokens = nn.Parameter(torch.empty(config.num_spatial_tokens, width))
        self.time_code = TimeCode(width)
        self.change = nn.Linear(width, width, bias=False)
        self.frame_blocks = nn.ModuleList(
            _cross_block(config) for _ in range(config.num_frame_layers)
        )
        self.track_blocks = nn.ModuleList(
            _self_block(config) for _ in range(config.num_track_layers)
        )
        self.temporal_blocks = nn.ModuleList(
            _cross_block(config) for _ in range(config.num_temporal_layers)
        )
        self.pool_norm = nn.LayerNorm(width)
        self.track_pool = Attention(width, config.num_heads, config.dropout)
        self.spatial_norm = nn.LayerNorm(width)
        self.temporal_norm = nn.LayerNorm(width)
        self.spatial_projection = nn.Linear(width, output_width)
        self.temporal_projection = nn.Linear(width, output_width)
        # A logarithm, so that the optimiser's steps are relative to the scale of the language
        # model.
        self.log_scale = nn.Parameter(torch.empty(()))
        self.end = nn.Parameter(torch.empty(1, output_width)) if config.end_token else None
        self.reset_parameters()

    def forward(self, patches: Tensor) -> Tensor:
        """Clip embeddings [N, K, D] of patch tokens [N, T, P, C].

        Raises:
            InvalidInputError: the patches have another shape.
        """
        slots = self.track(self.look(patches))  # [N, T, S, d]
        spatial = self.spatial_projection(self.spatial_norm(self._pool(slots)))  # [N, S, D]
        temporal = self.temporal_projection(self.temporal_norm(self._condense(slots)))  # [N, M, D]
        embeddings = torch.cat([spatial, temporal], dim=1)
        if self.end is not None:
            embeddings = torch.cat([embeddings, self.end.expand(len(embeddings), -1, -1)], dim=1)
        result: Tensor = embeddings * self.log_scale.exp()
        return result

    def look(self, patches: Tensor) -> Tensor:
        """What is where in each frame by itself: slots [N, T, S, d] of patches [N, T, P, C]."""
        expected = (self.patch_position.shape[0], self.patch_norm.normalized_shape[0])
        if patches.ndim != 4 or tuple(patches.shape[2:]) != expected:
            raise InvalidInputError(
                "patches",
                tuple(patches.shape),
                f"shape [clips, frames, {expected[0]}, {expected[1]}]",
            )
        frames = patches.flatten(0, 1).to(self.patch_position.dtype)
        context = self.patch_projection(self.patch_norm(frames)) + self.patch_position
        slots = self.spatial_tokens.expand(len(frames), -1, -1)
        for block in self.frame_blocks:
            slots = block(slots, context)
        clips: Tensor = slots.unflatten(0, patches.shape[:2])
        return clips

    def track(self, slots: Tensor) -> Tensor:
        """Slots [N, T, S, d] that know their time and their own past and future."""
        clips, num_frames = slots.shape[:2]
        # A slot asks the same question of every frame, so differences speak of motion directly.
        before = torch.cat([slots[:, :1], slots[:, :-1]], dim=1)
        slots = slots + self.time_code(num_frames)[:, None] + self.change(slots - before)
        tracks = slots.transpose(1, 2).flatten(0, 1)  # [N * S, T, d]
        for block in self.track_blocks:
            tracks = block(tracks)
        known: Tensor = tracks.unflatten(0, (clips, -1)).transpose(1, 2)
        return known

    def _pool(self, slots: Tensor) -> Tensor:
        """What is where in the clip: each slot condensed over its own track, [N, S, d]."""
        tracks = slots.transpose(1, 2).flatten(0, 1)  # [N * S, T, d]
        queries = self.pool_tokens.repeat(len(slots), 1)[:, None]  # [N * S, 1, d]
        pooled = tracks.mean(dim=1, keepdim=True) + self.track_pool(queries, self.pool_norm(tracks))
        clips: Tensor = pooled.unflatten(0, (len(slots), -1)).flatten(2)
        return clips

    def _condense(self, slots: Tensor) -> Tensor:
        """What changes: temporal tokens that read all slots of all frames, [N, M, d]."""
        context = slots.flatten(1, 2)
        tokens = self.temporal_tokens.expand(len(slots), -1, -1)
        for block in self.temporal_blocks:
            tokens = block(tokens, context)
        return tokens

    @torch.no_grad()
    def calibrate(self, scale: float) -> None:
        """Set the deviation of the output, best to that of the language model's embeddings."""
        if not scale > 0:
            raise InvalidInputError("scale", scale, "a positive number")
        self.log_scale.fill_(math.log(scale))
        self.config.output_scale = float(scale)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Fresh weights: unit-variance paths, residual branches damped by their number."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=module.in_features**-0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.LayerNorm):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)
        for name, weight in self.named_parameters():
            if name.endswith(
                ("cross.output.weight", "attention.output.weight", "forward.output.weight")
            ):
                weight.mul_((2 * self._depth()) ** -0.5)
        for tokens in (self.spatial_tokens, self.temporal_tokens, self.pool_tokens):
            nn.init.trunc_normal_(tokens, std=0.5)
        self.patch_position.copy_(_place_code(self.patch_position))
        if self.end is not None:
            nn.init.trunc_normal_(self.end, std=1.0)
        self.log_scale.fill_(math.log(self.config.output_scale))

    def _depth(self) -> int:
        config = self.config
        return config.num_frame_layers + config.num_track_layers + config.num_temporal_layers


def _place_code(like: Tensor) -> Tensor:
    """Sines and cosines of row and column, [P, d] as `like`, so that near places start out alike.

    From half a turn over the frame upwards; a random code would have to be learned place by place.
    """
    num_patches, width = like.shape
    side = math.isqrt(num_patches)
    rows, columns = (side, side) if side * side == num_patches else (1, num_patches)
    highest = max(rows, columns, 2) / 2
    powers = torch.linspace(0, 1, -(-width // 4), device=like.device)
    turns = math.pi * torch.exp(powers * math.log(highest))
    down, across = (
        torch.cat([waves.sin(), waves.cos()], dim=-1)
        for length in (rows, columns)
        for waves in (torch.linspace(0, 1, length, device=like.device)[:, None] * turns,)
    )
    spread = [down[:, None].expand(-1, columns, -1), across[None].expand(rows, -1, -1)]
    return torch.cat(spread, dim=-1).flatten(0, 1)[:, :width]


def _self_block(config: AbstractorConfig) -> SelfBlock:
    return SelfBlock(
        Attention(config.hidden_size, config.num_heads, config.dropout),
        GatedFeedForward(config.hidden_size, config.feed_forward_size),
        config.hidden_size,
    )


def _cross_block(config: AbstractorConfig) -> CrossBlock:
    return CrossBlock(
        Attention(config.hidden_size, config.num_heads, config.dropout),
        _self_block(config),
        config.hidden_size,
    )


__all__ = ["VideoAbstractor"]
