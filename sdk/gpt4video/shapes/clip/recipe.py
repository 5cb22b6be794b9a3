"""Train the embedded CLIP: frames and captions by contrast, and patches with the names of objects.

Two losses, both contrastive: whole frames against captions (Radford et al., 2021), and the patch
tokens under each object against the names of all kinds of objects, as in RegionCLIP (Zhong et al.,
2022), which teaches the patch tokens that the video abstractor reads.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import open_clip
import torch
from tokenizers import processors
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedTokenizerFast

from gpt4video.model.config import VisionConfig
from gpt4video.model.encoder import save_clip
from gpt4video.shapes.clip.captions import (
    background_index,
    frame_caption,
    region_index,
    region_phrases,
)
from gpt4video.shapes.render import Drawing, draw, frame_boxes, sample_scene
from gpt4video.training.loop import (
    Prefetched,
    fast_attention,
    parameter_groups,
    run_steps,
    set_learning_rate,
)
from gpt4video.training.tokenizer import train_bpe

IMAGE_SIZE: Final = 64
PATCH_SIZE: Final = 8
CONTEXT_LENGTH: Final = 40
VOCABULARY: Final = 1024
MODEL: Final[dict[str, Any]] = {
    "embed_dim": 192,
    "vision_cfg": {
        "image_size": IMAGE_SIZE,
        "patch_size": PATCH_SIZE,
        "width": 192,
        "layers": 6,
        "head_width": 32,
    },
    "text_cfg": {
        "context_length": CONTEXT_LENGTH,
        "vocab_size": VOCABULARY,
        "width": 128,
        "heads": 4,
        "layers": 2,
        "pool_type": "eos",
        "eos_id": 2,
    },
}
VISION: Final = VisionConfig(model_name=None, model_cfg=MODEL, image_size=IMAGE_SIZE)
RENDER_SIZES: Final = (64, 64, 80, 96, 112, 128)


@dataclass(frozen=True, kw_only=True)
class FrameBatch:
    """Frames with what is to be learnt from them."""

    pixels: Tensor
    """float [B, 3, 64, 64], normalised as CLIP does."""
    captions: list[str]
    """One caption for each frame."""
    patches: Tensor
    """int [R, 2]: frame and patch of each labelled region."""
    labels: Tensor
    """int [R]: the phrase of each region, an index into `region_phrases`."""


def train_clip(
    run_dir: Path, *, steps: int = 4_400, batch: int = 64, seed: int = 0, resume: bool = True
) -> Path:
    """Train from scratch and write the folder `run_dir/clip`; resumable.

    Needs about 2 GB of memory; one core does some two steps a second.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    tokenizer = _kept_tokenizer(run_dir / "tokenizer", seed, resume=resume)
    model = open_clip.model.CLIP(**MODEL).to(device)
    optimizer = torch.optim.AdamW(parameter_groups(model.parameters()), lr=1e-3, betas=(0.9, 0.98))
    batches = Prefetched(partial(_seeded_batch, seed, batch), steps=steps)

    def step(index: int) -> Mapping[str, float]:
        set_learning_rate(optimizer, index, steps=steps, peak=1e-3, warmup=200)
        words = random.Random(f"{seed} {index}")
        with torch.autocast(device, torch.bfloat16), fast_attention(device):
            losses = contrastive_losses(model, tokenizer, batches(index), words, device)
        optimizer.zero_grad(set_to_none=True)
        (losses["caption"] + losses["region"]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        return {name: value.item() for name, value in losses.items()}

    run_steps(
        step,
        steps=steps,
        run_dir=run_dir,
        stateful={"model": model, "optimizer": optimizer},
        title="CLIP",
        resume=resume,
    )
    folder = run_dir / "clip"
    save_clip(folder, model.half(), MODEL, VISION)
    tokenizer.save_pretrained(folder)
    return folder


def contrastive_losses(
    model: Any,
    tokenizer: PreTrainedTokenizerFast,
    frames: FrameBatch,
    rng: random.Random,
    device: str,
) -> dict[str, Tensor]:
    """Both losses, and the share of regions that are named right."""
    phrases = region_phrases(rng)
    tokens = encode_texts(tokenizer, [*frames.captions, *phrases]).to(device)
    texts = F.normalize(model.encode_text(tokens).float(), dim=-1)
    captions, names = texts[: len(frames.captions)], texts[len(frames.captions) :]
    pooled, patches = frame_features(model.visual, frames.pixels.to(device))
    scale = model.logit_scale.exp()
    logits = scale * F.normalize(pooled.float(), dim=-1) @ captions.T
    target = torch.arange(len(logits), device=device)
    caption_loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    where = frames.patches.to(device)
    regions = F.normalize(patches[where[:, 0], where[:, 1]].float(), dim=-1)
    labels = frames.labels.to(device)
    region_logits = scale * regions @ names.T
    return {
        "caption": caption_loss,
        "region": F.cross_entropy(region_logits, labels),
        "named": (region_logits.argmax(-1) == labels).float().mean(),
    }


def frame_features(visual: Any, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Pooled embedding [B, E] and patch embeddings [B, P, E], both in the space of the texts."""
    outputs = visual.forward_intermediates(
        pixels,
        indices=1,
        normalize_intermediates=True,
        intermediates_only=False,
        output_fmt="NLC",
    )
    patches = outputs["image_intermediates"][-1] @ visual.proj
    return outputs["image_features"], patches


def _seeded_batch(seed: int, count: int, step: int) -> FrameBatch:
    return frame_batch(np.random.default_rng((seed, step)), count)


def frame_batch(rng: np.random.Generator, count: int) -> FrameBatch:
    """Render `count` frames with captions and labelled patches."""
    words = random.Random(int(rng.integers(2**32)))
    frames, captions, patches, labels = [], [], [], []
    for index in range(count):
        drawing = sample_scene(rng, wide=True)
        moment = [float(rng.random())]
        size = int(rng.choice(RENDER_SIZES))
        picture = draw(drawing, times=moment, size=size, rng=rng)[0]
        frames.append(_resized(picture))
        boxes = frame_boxes(drawing, moment)[0]
        captions.append(_caption(drawing, boxes, words))
        for patch, label in _regions(drawing, boxes, rng):
            patches.append((index, patch))
            labels.append(label)
    return FrameBatch(
        pixels=normalised(torch.stack(frames)),
        captions=captions,
        patches=torch.tensor(patches),
        labels=torch.tensor(labels),
    )


def normalised(pixels: Tensor) -> Tensor:
    """float [..., 3, H, W] of 0 to 255 to CLIP's mean and deviation."""
    mean = torch.tensor(VISION.mean).view(3, 1, 1) * 255
    std = torch.tensor(VISION.std).view(3, 1, 1) * 255
    return (pixels - mean) / std


def _resized(picture: np.ndarray[Any, np.dtype[np.uint8]]) -> Tensor:
    pixels = torch.from_numpy(picture).permute(2, 0, 1).float()
    if picture.shape[0] == IMAGE_SIZE:
        return pixels
    shape = (IMAGE_SIZE, IMAGE_SIZE)
    resized = F.interpolate(pixels[None], shape, mode="bicubic", antialias=True)[0]
    return resized.clamp(0, 255).round()


def _caption(
    drawing: Drawing, boxes: np.ndarray[Any, np.dtype[np.float64]], rng: random.Random
) -> str:
    visible = [
        (each.colour, each.shape, float(box[0]), float(box[1]), float(box[2]))
        for each, box in zip(drawing.scene.objects, boxes, strict=True)
        if box[2] > 0
    ]
    return frame_caption(drawing.scene.background, visible, rng)


def _regions(
    drawing: Drawing, boxes: np.ndarray[Any, np.dtype[np.float64]], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """Patches that lie on one object only, or on none, with the index of their phrase."""
    side = IMAGE_SIZE // PATCH_SIZE
    centres = (np.arange(side) + 0.5) / side
    across, along = np.meshgrid(centres, centres)
    distances = np.stack([np.hypot(across - x, along - y).ravel() for x, y, _ in boxes])
    extents = boxes[:, 2]
    regions: list[tuple[int, int]] = []
    for index, each in enumerate(drawing.scene.objects):
        others = [
            distances[other] > 0.55 * extents[other] + 0.05
            for other in range(len(boxes))
            if other != index
        ]
        inside = distances[index] < max(0.5 * extents[index], 0.09)
        free = np.flatnonzero(inside & np.all(others, axis=0)) if others else np.flatnonzero(inside)
        if extents[index] > 0 and len(free):
            chosen = rng.choice(free, size=min(3, len(free)), replace=False)
            label = region_index(each.colour, each.shape)
            regions += [(int(patch), label) for patch in chosen]
    empty = np.flatnonzero(np.all(distances > 0.75 * extents[:, None] + 0.12, axis=0))
    if len(empty):
        regions.append((int(rng.choice(empty)), background_index(drawing.scene.background)))
    return regions


def _kept_tokenizer(folder: Path, seed: int, *, resume: bool) -> PreTrainedTokenizerFast:
    """The tokenizer that an interrupted run began with, or a new one."""
    if not (resume and folder.is_dir()):
        train_tokenizer(seed).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def train_tokenizer(seed: int = 0) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer over captions: `<pad>` 0, `<s>` 1, `</s>` 2."""
    rng = np.random.default_rng((seed, 1))
    words = random.Random(seed)
    texts: list[str] = []
    for _ in range(4000):
        drawing = sample_scene(rng)
        texts.append(_caption(drawing, frame_boxes(drawing, [0.0])[0], words))
        texts += region_phrases(words)[:: words.randint(5, 9)]
    tokenizer = train_bpe(
        texts,
        vocabulary=VOCABULARY,
        special_tokens=("<pad>", "<s>", "</s>"),
        add_prefix_space=True,
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        model_max_length=CONTEXT_LENGTH,
    )


def encode_texts(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> Tensor:
    """Token ids [B, context], lower-cased, padded, cut so that `</s>` stays."""
    encoded: Tensor = tokenizer(
        [each.lower() for each in texts],
        padding="max_length",
        truncation=True,
        max_length=CONTEXT_LENGTH,
        return_tensors="pt",
    )["input_ids"]
    return encoded
