"""The tokenizer of the embedded models: byte-level BPE, so every text survives a round trip."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Final

from gpt4video.model.config import THINK_TOKENS, VIDEO_TOKEN
from gpt4video.shapes.dialogues import SafetyTexts, random_scene, sample_dialogue
from gpt4video.shapes.telling import WORDS
from gpt4video.training.tokenizer import train_bpe

SPECIAL_TOKENS: Final = ("<pad>", "<s>", "</s>", VIDEO_TOKEN, *THINK_TOKENS)
"""Padding, begin, end of an answer, the place of one clip embedding, and the marks of a thought."""
VOCABULARY: Final = 4096
CONTEXT: Final = 1024


def corpus(data_dir: str | os.PathLike[str], *, dialogues: int, seed: int = 0) -> Iterator[str]:
    """Texts that the tokenizer is trained on: dialogues, prompts and, a third, labelled texts."""
    rng = Random(seed)
    yield from (f" {word}" for word in WORDS for _ in range(100))
    texts = SafetyTexts.read(Path(data_dir) / "safety" / "train")
    for _ in range(dialogues):
        scenes = [random_scene(rng) for _ in range(rng.choice((0, 0, 1, 1, 2)))]
        for scene in scenes:
            yield scene.prompt
        for turn in sample_dialogue(rng, scenes).turns:
            yield f"Human: {turn.user}"
            yield f"AI: {turn.assistant}"
        yield texts.draw(rng).text[:400]
        yield texts.draw(rng).text[:400]


def train_tokenizer(texts: Iterable[str], folder: str | os.PathLike[str]) -> Path:
    """Trains the tokenizer and writes the files of a `PreTrainedTokenizerFast`.

    Args:
        texts: The training texts.
        folder: Where `tokenizer.json` and `tokenizer_config.json` go; made when missing.

    Returns:
        The folder.
    """
    tokenizer = train_bpe(
        texts, vocabulary=VOCABULARY, special_tokens=SPECIAL_TOKENS, split_digits=True
    )
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(target / "tokenizer.json"))
    _write_config(target)
    return target


def _write_config(folder: Path) -> None:
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "additional_special_tokens": [VIDEO_TOKEN, *THINK_TOKENS],
        "model_max_length": CONTEXT,
        "clean_up_tokenization_spaces": False,
        "padding_side": "right",
    }
    text = json.dumps(config, indent=2) + "\n"
    (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")
