"""Trains the embedded language model from scratch; sums of words stand in the places of clips."""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from gpt4video.model.config import VIDEO_TOKEN
from gpt4video.model.processing import ensure_think_tokens
from gpt4video.shapes.dialogues import SafetyTexts
from gpt4video.shapes.lm._rows import Row, RowEncoder, pad_rows, row_embeddings, training_row
from gpt4video.shapes.lm._tokenizer import CONTEXT
from gpt4video.shapes.telling import word_ids
from gpt4video.training.loop import Stateful, WeightAverage, fast_attention, run_steps

SIZES: Final[dict[str, int]] = {
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 6,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
}
"""6.9 million parameters with 4,096 words: 14 MB in half precision."""
GROUP: Final = 8
"""Each step's dialogues are sorted by length and learnt so many at a time, to waste no padding."""
NOISE: Final = 0.3
"""On the sums of words that stand for clips, in deviations of the embeddings."""
STAGES: Final = (400, 4500)
"""The steps from which on dialogues are of the stages 1 and 2 of `training_dialogue`."""
EMBEDDING_STD: Final = 1.0
"""Of fresh input embeddings: words that are used alike must stay easy to tell apart."""
MATRIX_SCALE: Final = 2.0
"""How much faster the matrices of the layers learn than embeddings and norms."""
DECAY_SHARE: Final = 0.3
"""The part of the steps, at the end, over which the learning rate falls to nothing."""


def fresh_lm(tokenizer: Any) -> LlamaForCausalLM:
    """An untrained language model for this tokenizer."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=False,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.02,
        **SIZES,
    )
    model = LlamaForCausalLM(config)
    nn.init.normal_(model.get_input_embeddings().weight, std=EMBEDDING_STD)
    return model


def trained_lm(folder: str | os.PathLike[str], tokenizer: Any) -> LlamaForCausalLM:
    """A trained language model, with fresh embeddings for words that the tokenizer got since."""
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    known = model.config.vocab_size
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    nn.init.normal_(model.get_input_embeddings().weight.data[known:], std=EMBEDDING_STD)
    return model


def train_lm(
    run_dir: str | os.PathLike[str],
    *,
    tokenizer: str | os.PathLike[str],
    start: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None,
    steps: int = 10_000,
    dialogues: int = 12,
    peak: float = 1.4e-3,
    falling: int | None = None,
    compiled: bool = False,
    seed: int = 0,
    resume: bool = True,
) -> Path:
    """Trains, or goes on training, and writes the model as a folder of transformers.

    The learning rate is constant until the last part of the steps; so a run may be stopped and
    resumed with another number of steps, and ends well as long as that last part is still to come.

    Args:
        run_dir: For checkpoints; the model goes to its folder `model`.
        tokenizer: Folder of the tokenizer.
        start: Folder of a model to go on from, whose words are the tokenizer's; it has learnt to
            look things up, so all dialogues are of the whole mixture.
        data_dir: Folder that holds `safety/train`; None leaves the labelled texts out.
        steps: Optimisation steps in total, those of earlier calls included.
        dialogues: Dialogues in one step.
        peak: Learning rate of embeddings and norms; `MATRIX_SCALE` times it for the matrices.
        falling: Over how many of the last steps the rate falls; 30 % of them when not given.
        compiled: Through `torch.compile`: a third faster, where there is a C++ compiler.
        seed: Of the first weights and of all data.
        resume: Go on from the checkpoint in `run_dir`.

    Returns:
        The folder of the model, in half precision.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    words = AutoTokenizer.from_pretrained(tokenizer)
    ensure_think_tokens(words)
    model = (fresh_lm(words) if start is None else trained_lm(start, words)).to(device)
    table, told = model.get_input_embeddings().weight, torch.tensor(word_ids(words))
    # The words that clips are told in stay as they are: the abstractor can learn them meanwhile.
    table.register_hook(lambda grad: grad.index_fill(0, told.to(device), 0))
    texts = SafetyTexts.read(Path(data_dir) / "safety" / "train") if data_dir else None
    encoder = RowEncoder(words)
    optimizers = _optimizers(model, peak)
    averaged = WeightAverage(dict(model.named_parameters()), decay=0.99)
    model.train()
    speaker = Speaker(model, words, compiled=compiled)

    def step(index: int) -> dict[str, float]:
        rate = learning_rate(index, steps=steps, falling=falling)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate * peak * group.get("scale", 1.0)
        rng = Random(f"{seed} {index}")
        torch.manual_seed(rng.getrandbits(60))  # of the noise
        stage = bisect(STAGES, index) if start is None else len(STAGES)
        rows = [training_row(rng, encoder, texts, stage=stage) for _ in range(dialogues)]
        rows.sort(key=lambda row: len(row.ids))
        total = sum(sum(row.weights[:CONTEXT]) for row in rows)
        figures = {"loss": 0.0, "ktokens": sum(len(row.ids) for row in rows) / 1000}
        starts = range(0, len(rows), GROUP)
        for at in starts:
            with torch.autocast(device, torch.bfloat16), fast_attention(device):
                loss, mean = speaker.loss(rows[at : at + GROUP])
            (loss / total).backward()
            figures["loss"] += mean / len(starts)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        averaged.update(dict(model.named_parameters()))
        return figures

    stateful: dict[str, Stateful] = {"weights": model, "average": averaged}
    stateful |= {f"optimizer{at}": each for at, each in enumerate(optimizers)}
    run = Path(run_dir)
    run_steps(step, steps=steps, run_dir=run, stateful=stateful, title="Language", resume=resume)
    averaged.copy_to(dict(model.named_parameters()))
    return export_lm(model, words, run / "model")


def learning_rate(step: int, *, steps: int, falling: int | None = None, warmup: int = 60) -> float:
    """Share of the peak: a short warm-up, constant, then straight down to nothing."""
    falling = falling or max(1, int(steps * DECAY_SHARE))
    return min(1.0, (step + 1) / warmup, max(0.0, (steps - step) / falling))


class Speaker:
    """The loss of a language model on rows, with words summed in the places of clips."""

    def __init__(self, model: LlamaForCausalLM, tokenizer: Any, *, compiled: bool = False) -> None:
        self._model = model
        self._body = torch.compile(model.model, dynamic=True) if compiled else model.model
        self._pad_id = tokenizer.pad_token_id
        self._video_id = tokenizer.convert_tokens_to_ids(VIDEO_TOKEN)
        self._words = torch.tensor(word_ids(tokenizer), device=model.device)

    def loss(self, rows: Sequence[Row]) -> tuple[Tensor, float]:
        """Weighted sum of the cross-entropies, and the mean over what the assistant says."""
        batch = pad_rows(rows, pad_id=self._pad_id, video_id=self._video_id, longest=CONTEXT)
        batch = batch.to(self._model.device)
        embedded = row_embeddings(
            self._model.get_input_embeddings().weight,
            batch,
            video_id=self._video_id,
            words=self._words,
            noise=NOISE,
        )
        hidden = self._body(inputs_embeds=embedded, attention_mask=batch.mask).last_hidden_state
        weights = batch.weights[:, 1:]
        learnt = weights > 0
        logits = self._model.lm_head(hidden[:, :-1][learnt])
        losses = F.cross_entropy(logits.float(), batch.ids[:, 1:][learnt], reduction="none")
        weights = weights[learnt]
        spoken = losses.detach()[weights == 1]
        return (losses * weights).sum(), float(spoken.mean())


def export_lm(model: LlamaForCausalLM, tokenizer: Any, folder: Path) -> Path:
    """Writes a copy of the model, in half precision on the CPU, with its tokenizer."""
    deepcopy(model).cpu().half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _optimizers(model: nn.Module, peak: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers where torch has it, AdamW for the rest."""
    muon = getattr(torch.optim, "Muon", None)
    inner = [each for name, each in _named(model) if each.ndim == 2 and "layers" in name]
    rest = [each for name, each in _named(model) if each.ndim != 2 or "layers" not in name]
    adam = torch.optim.AdamW(rest, lr=peak, betas=(0.9, 0.98), weight_decay=0.0)
    if muon is None:
        slower = torch.optim.AdamW(inner, lr=peak, betas=(0.9, 0.98), weight_decay=0.05)
        return [slower, adam]
    groups = [{"params": inner, "scale": MATRIX_SCALE}]
    matrices = muon(groups, lr=peak, weight_decay=0.05, adjust_lr_fn="match_rms_adamw")
    return [matrices, adam]


def _named(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return model.named_parameters()
