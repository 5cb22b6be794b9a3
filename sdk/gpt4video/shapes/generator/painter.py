"""The decoder's network for one pixel, and how it is written into an `AutoencoderTiny`.

Once the factor maps are enlarged to the frame's size, what a pixel shows depends on the factors at
that pixel alone. So the decoder is trained on single pixels, most of them beside edges, which is
some thirty times cheaper than on whole frames; its weights then become the middle taps of the
autoencoder's convolutions.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from gpt4video.shapes.generator.factors import (
    BACKGROUND_CHANNELS,
    EXTENT,
    LATENT_CHANNELS,
    MAX_OBJECTS,
    OBJECT_CHANNELS,
    OFFSET,
    PAINTED_CHANNELS,
    object_channels,
)

_BOUND: Final = 3.0
"""AutoencoderTiny's decoder keeps its input within this bound (by a tanh)."""
_ENLARGEMENTS: Final = 3


class Line(NamedTuple):
    """An affine map of a pixel's channels: weight [out, in], bias [out]."""

    weight: torch.Tensor
    bias: torch.Tensor


class Painter(nn.Module):
    """From the factors at a pixel, [..., LATENT_CHANNELS], to its colour in 0 to 1, [..., 3].

    Both objects go through the same `alone` blocks, the background passes beside them, and the
    `together` blocks lay one over the other.
    """

    def __init__(self, channels: int, *, alone: int, together: int) -> None:
        super().__init__()
        self.channels = channels
        self.width = (channels - BACKGROUND_CHANNELS) // MAX_OBJECTS
        self.enter = nn.Linear(OBJECT_CHANNELS, self.width)
        self.alone = nn.ModuleList(_block(self.width) for _ in range(alone))
        self.together = nn.ModuleList(_block(channels) for _ in range(together))
        self.leave = nn.Linear(channels, 3)
        # Distances of about one pixel decide, so they are magnified to the size of other inputs.
        scale = torch.ones(OBJECT_CHANNELS)
        scale[OFFSET] = 8.0
        scale[EXTENT] = 1.5
        self.scale: torch.Tensor
        self.register_buffer("scale", scale, persistent=False)

    def forward(self, factors: torch.Tensor) -> torch.Tensor:
        backdrop, things = factors[..., :PAINTED_CHANNELS].split(
            [BACKGROUND_CHANNELS, MAX_OBJECTS * OBJECT_CHANNELS], dim=-1
        )
        hidden = self.enter(things.unflatten(-1, (MAX_OBJECTS, OBJECT_CHANNELS)) * self.scale)
        for block in self.alone:
            hidden = _pass(block, hidden)
        spare = self.channels - BACKGROUND_CHANNELS - MAX_OBJECTS * self.width
        hidden = F.pad(torch.cat([hidden.flatten(-2), backdrop + 1.0], dim=-1), (0, spare))
        for block in self.together:
            hidden = _pass(block, hidden)
        painted: torch.Tensor = self.leave(hidden)
        return painted

    def lines(self) -> tuple[Line, list[list[Line]], Line]:
        """The same network over all channels at once: first line, blocks of three, last line."""
        enter = _empty(self.channels, LATENT_CHANNELS, self.enter.weight)
        for index in range(MAX_OBJECTS):
            rows = slice(index * self.width, (index + 1) * self.width)
            enter.weight[rows, object_channels(index)] = self.enter.weight * self.scale
            enter.bias[rows] = self.enter.bias
        for channel in range(BACKGROUND_CHANNELS):
            enter.weight[self._backdrop(channel), channel] = 1.0
            enter.bias[self._backdrop(channel)] = 1.0  # positive, so that activations let it pass
        alone, together = _lines(self.alone), _lines(self.together)
        blocks = [[self._doubled(line) for line in block] for block in alone]
        blocks += [[Line(line.weight, line.bias) for line in block] for block in together]
        return enter, blocks, Line(self.leave.weight, self.leave.bias)

    def _doubled(self, line: nn.Linear) -> Line:
        """A line for each object side by side; the skip around a block carries the background."""
        both = _empty(self.channels, self.channels, line.weight)
        for index in range(MAX_OBJECTS):
            part = slice(index * self.width, (index + 1) * self.width)
            both.weight[part, part] = line.weight
            both.bias[part] = line.bias
        return both

    def _backdrop(self, channel: int) -> int:
        return MAX_OBJECTS * self.width + channel


def enlarge(maps: torch.Tensor, scaling: float) -> torch.Tensor:
    """What the decoder makes of latents [N, C, 8, 8] before it paints: [N, C, 64, 64]."""
    maps = torch.tanh(maps / scaling / _BOUND) * _BOUND
    for _ in range(_ENLARGEMENTS):
        maps = F.interpolate(maps, scale_factor=2, mode="bilinear")
    return maps


@torch.no_grad()
def install(painter: Painter, vae: Any) -> None:
    """Write a painter's weights into an `AutoencoderTiny`'s decoder, which then does the same."""
    for parameter in vae.decoder.parameters():
        parameter.zero_()
    first, blocks, last = painter.lines()
    enter, *enlargers, leave = _convolutions(vae.decoder.layers)
    for channel in range(LATENT_CHANNELS):
        enter.weight[channel, channel, 1, 1] = 1.0
    enter.bias[:LATENT_CHANNELS] = _BOUND  # so that the activation behind it lets all pass
    enter.bias[LATENT_CHANNELS] = 1.0  # a constant, from which the first line's bias is made
    for enlarger in enlargers[:-1]:
        for channel in range(LATENT_CHANNELS + 1):
            enlarger.weight[channel, channel, 1, 1] = 1.0
    enlargers[-1].weight[:, :LATENT_CHANNELS, 1, 1] = first.weight
    enlargers[-1].weight[:, LATENT_CHANNELS, 1, 1] = first.bias - _BOUND * first.weight.sum(1)
    for module, lines in zip(_residual_blocks(vae), blocks, strict=True):
        for convolution, line in zip(_convolutions(module.conv), lines, strict=True):
            convolution.weight[:, :, 1, 1] = line.weight
            convolution.bias.copy_(line.bias)
    leave.weight[:, :, 1, 1] = last.weight
    leave.bias.copy_(last.bias)


@torch.no_grad()
def extract(vae: Any, painter: Painter) -> None:
    """The way back of `install`, to go on training from shipped weights."""
    *_, enlarger, leave = _convolutions(vae.decoder.layers)
    width = painter.width
    weight = enlarger.weight[:, :, 1, 1]
    bias = weight[:, LATENT_CHANNELS] + _BOUND * weight[:, :LATENT_CHANNELS].sum(1)
    painter.enter.weight.copy_(weight[:width, object_channels(0)] / painter.scale)
    painter.enter.bias.copy_(bias[:width])
    blocks = [*painter.alone, *painter.together]
    for module, block in zip(_residual_blocks(vae), blocks, strict=True):
        for convolution, line in zip(_convolutions(module.conv), block, strict=True):
            size = line.out_features
            line.weight.copy_(convolution.weight[:size, :size, 1, 1])
            line.bias.copy_(convolution.bias[:size])
    painter.leave.weight.copy_(leave.weight[:, :, 1, 1])
    painter.leave.bias.copy_(leave.bias)


def _lines(blocks: Any) -> list[list[nn.Linear]]:
    return [list(block) for block in blocks]


def _block(width: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(width, width) for _ in range(3))


def _pass(block: Any, hidden: torch.Tensor) -> torch.Tensor:
    """What AutoencoderTinyBlock computes, for 1 by 1 kernels."""
    first, second, third = block
    return F.relu(third(F.relu(second(F.relu(first(hidden))))) + hidden)


def _empty(rows: int, columns: int, like: torch.Tensor) -> Line:
    return Line(like.new_zeros(rows, columns), like.new_zeros(rows))


def _convolutions(layers: Any) -> list[Any]:
    return [layer for layer in layers if isinstance(layer, nn.Conv2d)]


def _residual_blocks(vae: Any) -> list[Any]:
    return [layer for layer in vae.decoder.layers if hasattr(layer, "fuse")]
