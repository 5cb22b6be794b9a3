"""Drawing the next token from logits."""

from __future__ import annotations

import torch
from torch import Tensor

from gpt4video.reasoning.conversation import GenerationOptions


def next_tokens(
    logits: Tensor, options: GenerationOptions, generator: torch.Generator | None = None
) -> Tensor:
    """Token ids [B] drawn from logits [B, V].

    Args:
        logits: of the next token.
        options: temperature 0 takes the likeliest; otherwise `top_p` bounds what may be drawn.
        generator: source of randomness.
    """
    if options.temperature == 0.0:
        return logits.argmax(dim=-1)
    probabilities = torch.softmax(logits.float() / options.temperature, dim=-1)
    ordered, tokens = probabilities.sort(dim=-1, descending=True)
    # A token stays while those before it hold less than top_p, so that one always stays.
    ordered = ordered.masked_fill(ordered.cumsum(dim=-1) - ordered >= options.top_p, 0.0)
    drawn = torch.multinomial(ordered, 1, generator=generator)
    return tokens.gather(-1, drawn)[:, 0]


def seeded(options: GenerationOptions, device: torch.device) -> torch.Generator | None:
    """A generator of its own where a seed is given; None draws from torch's global one."""
    if options.seed is None:
        return None
    return torch.Generator(device=device).manual_seed(options.seed)


__all__ = ["next_tokens", "seeded"]
