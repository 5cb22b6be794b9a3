"""The model card that goes with an exported generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gpt4video.shapes.generator.components import FPS, FRAME_SIZE, NUM_FRAMES, Parts
from gpt4video.shapes.generator.factors import GRID, LATENT_CHANNELS

_CARD = """---
license: apache-2.0
library_name: diffusers
pipeline_tag: text-to-video
---

# The shapes world's text-to-video generator

A `diffusers.LattePipeline` that makes {frames} frames of {size} x {size} pixels at {fps} frames per
second from prompts such as `a small red circle moving right on a black background`: one or two
objects of the shapes world, each with a size, a colour, a shape and a motion, on a plain
background. It was trained from scratch by `gpt4video.shapes.generator`, on clips drawn while
training; no outside data or weights went into it.

| part | class | parameters |
| --- | --- | --- |
{parts}

## How it works

* The prompt is read by a word-level tokenizer (words that say nothing in this world vanish,
  synonyms become one word) and a small T5 encoder trained together with the transformer.
* The transformer sees one token per frame and predicts the clean latents; sampling is DPM-Solver++
  on flow-matching noise levels.
* The latent space is supervised, not learned from pixels alone: {channels} maps of {grid} x {grid}
  cells hold the factors of a frame: the background and, for each of two objects in the order of
  the prompt, presence, colour, extent, kind, how far each cell is from the centre, and how the
  object moves over the clip. The decoder learned to draw frames from these maps. This is what
  makes training on a laptop's CPU possible; it also means that nothing outside the shapes world
  can be made with it.
{figures}
## Limits

Only the shapes world can be made, with at most two objects; {frames} frames and {size} x {size}
pixels are fixed. The encoder is there to make the autoencoder whole: generation never uses it, and
its training may have been left out (see the figures). Weights are fp16 and are meant to be run in
fp32 on a CPU. Same prompt, seed and number of steps give the same frames on the same machine. For
demonstrations and tests, not for anything real.
"""


def model_card(parts: Parts, figures: Mapping[str, str]) -> str:
    """The card's text; `figures` are measured results by name, with the command that gave them."""
    rows = [
        f"| {name} | `{type(part).__name__}` | {sum(p.numel() for p in part.parameters()):,} |"
        for name, part in (
            ("text encoder", parts.text_encoder),
            ("transformer", parts.transformer),
            ("autoencoder", parts.vae),
        )
    ]
    return _CARD.format(
        frames=NUM_FRAMES,
        size=FRAME_SIZE,
        fps=FPS,
        channels=LATENT_CHANNELS,
        grid=GRID,
        parts="\n".join(rows),
        figures=_figures(figures),
    )


def _figures(figures: Mapping[str, Any]) -> str:
    if not figures:
        return "\n"
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    return f"\n## Figures\n\n| what | value |\n| --- | --- |\n{rows}\n\n"
