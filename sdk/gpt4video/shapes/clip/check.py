"""How well a CLIP of the shapes world names what it sees, on frames that it never saw."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from transformers import PreTrainedTokenizerFast

from gpt4video.model.encoder import FrameEncoder, load_clip_weights, vision_config_from
from gpt4video.shapes.clip.captions import region_phrases
from gpt4video.shapes.clip.recipe import encode_texts, frame_batch, frame_features
from gpt4video.shapes.world import COLOURS, SHAPES


@torch.inference_mode()
def check_clip(folder: Path, *, frames: int = 400, seed: int = 1_000_003) -> dict[str, float]:
    """Shares of patches whose object, colour, shape or background is named right.

    Also the share of frames whose own caption is nearest among those of all frames.

    Args:
        folder: of the open_clip model and its tokenizer.
        frames: how many are drawn, with all wear and tear of the training renderer.
        seed: far from any seed that training uses.
    """
    encoder = FrameEncoder(vision_config_from(str(folder), layer=-1, text_tower=True))
    load_clip_weights(encoder, str(folder))
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    batch = frame_batch(np.random.default_rng(seed), frames)
    names = region_phrases(random.Random(seed))
    texts = encoder.encode_text(encode_texts(tokenizer, [*batch.captions, *names]))
    texts = F.normalize(texts.float(), dim=-1)
    pooled, patches = frame_features(encoder.visual, batch.pixels)
    regions = F.normalize(patches[batch.patches[:, 0], batch.patches[:, 1]].float(), dim=-1)
    found = (regions @ texts[frames:].T).argmax(-1)
    labels = batch.labels
    objects = labels < len(COLOURS) * len(SHAPES)
    nearest = (F.normalize(pooled.float(), dim=-1) @ texts[:frames].T).argmax(-1)
    return {
        "object named": _share((found == labels)[objects]),
        "colour named": _share((found // len(SHAPES) == labels // len(SHAPES))[objects]),
        "shape named": _share((found % len(SHAPES) == labels % len(SHAPES))[objects]),
        "background named": _share((found == labels)[~objects]),
        "own caption nearest": _share(nearest == torch.arange(frames)),
    }


def _share(right: torch.Tensor) -> float:
    return right.float().mean().item()
