"""The recipe of the embedded text classifier: some minutes on one core, so there is no resuming.

Labelled rows and synthetic ones become windows of hashed features once; then an embedding bag and
a small network learn on whole texts (the largest window of a text carries its loss), with features
dropped at random and the weights averaged over the last epochs. Calibration and thresholds are
fitted on the `dev` part only. torch is needed here, and only here.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.evaluation.rows import Row, read_rows
from gpt4video_guards.text.calibration import Bags, calibrated, measured
from gpt4video_guards.text.features import Features, features, windows
from gpt4video_guards.text.network import HEADS, KINDS, TextNetwork, kind_number
from gpt4video_guards.text.synthetic import asked_for, disguised, synthetic_rows

if TYPE_CHECKING:
    import torch
    from rich.progress import Progress

WEIGHTS_FILE: Final = "classifier.safetensors"

_KIND_SHARE: Final = {
    "comment": 1.0,
    "prompt": 1.4,
    "t2v_prompt": 1.0,
    "response": 0.7,
    "tool_result": 0.5,
}
"""How much of the loss each kind of text carries, however many rows it has."""


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """Sizes and steps of the recipe."""

    buckets: int = 1 << 17
    width: int = 24
    hidden: int = 64
    epochs: int = 7
    batch: int = 512
    learning_rate: float = 6e-3
    weight_decay: float = 0.02
    feature_dropout: float = 0.5
    category_weight: float = 0.3
    disguised_share: float = 0.06
    captions_as_requests: int = 5000
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class TrainingReport:
    """What came out."""

    weights: Path
    thresholds: dict[str, float]
    """Per kind of text, as fixed on dev."""
    dev: dict[str, dict[str, float]]
    """Per kind, and `all`: rows, auprc, f1, fpr, recall, recall_at_1_fpr."""


def train(
    data_dir: str | Path,
    out_dir: str | Path,
    *,
    options: TrainingOptions = TrainingOptions(),
    progress: Progress | None = None,
) -> TrainingReport:
    """Train, calibrate and write the classifier.

    Args:
        data_dir: a folder with `train` and `dev` folders of labelled JSON lines.
        out_dir: gets `classifier.safetensors` and `report.json`.
        options: sizes and steps.
        progress: a started rich progress display to draw on; None shows one of its own.

    Raises:
        InvalidInputError: no labelled rows where they should be.
    """
    if progress is None:
        from rich.progress import Progress

        with Progress() as shown:
            return train(data_dir, out_dir, options=options, progress=shown)
    data_dir, out_dir = Path(data_dir), Path(out_dir)
    train_rows = [*read_rows(data_dir / "train"), *synthetic_rows(seed=options.seed)]
    dev_rows = list(read_rows(data_dir / "dev"))
    train_rows = _extended(train_rows, options)
    bags = _bags(train_rows, options, progress, "Reading train")
    network = _fit(bags, options, progress)
    dev = _bags(dev_rows, options, progress, "Reading dev")
    network = calibrated(network, dev)
    thresholds, figures = measured(network, dev)
    out_dir.mkdir(parents=True, exist_ok=True)
    weights = out_dir / WEIGHTS_FILE
    network.save(weights)
    report = TrainingReport(weights=weights, thresholds=thresholds, dev=figures)
    content = {"options": asdict(options), "thresholds": thresholds, "dev": figures}
    (out_dir / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return report


def _extended(rows: list[Row], options: TrainingOptions) -> list[Row]:
    """Plus injections and captions seen as requests, and a share of all rows in disguise."""
    draw = random.Random(options.seed)
    short = [row for row in rows if row.kind == "tool_result" and row.source != "bipia"]
    more = [row.model_copy(update={"kind": "prompt"}) for row in short]
    captions = [row for row in rows if row.kind == "t2v_prompt" and len(row.text) < 200]
    for row in draw.sample(captions, min(options.captions_as_requests, len(captions))):
        asked = {"kind": "prompt", "text": asked_for(row.text, draw)}
        more.append(row.model_copy(update=asked))
    eligible = [row for row in rows if len(row.text) < 400]
    for row in draw.sample(eligible, int(options.disguised_share * len(eligible))):
        more.append(row.model_copy(update={"text": disguised(row.text, draw)}))
    return rows + more


def _row_weights(rows: Sequence[Row]) -> npt.NDArray[np.float32]:
    """Within a kind, a source counts by the square root of its size; each kind has its share."""
    sources = Counter((row.kind, row.source) for row in rows)
    kind_mass: Counter[str] = Counter()
    for (kind, _), size in sources.items():
        kind_mass[kind] += math.sqrt(size)  # type: ignore[assignment]
    total_share = sum(_KIND_SHARE[kind] for kind in kind_mass)
    return np.array(
        [
            _KIND_SHARE[row.kind]
            / total_share
            * (1 / math.sqrt(sources[row.kind, row.source]))
            / kind_mass[row.kind]
            * len(rows)
            for row in rows
        ],
        dtype=np.float32,
    )


def _bags(rows: Sequence[Row], options: TrainingOptions, progress: Progress, title: str) -> Bags:
    if not rows:
        raise InvalidInputError("data_dir", "no rows", "labelled rows in train and dev")
    bags: list[Features] = []
    first = [0]
    for row in progress.track(rows, description=title):
        for start, end in windows(row.text):
            bags.append(features(row.text[start:end], buckets=options.buckets))
        first.append(len(bags))
    targets = np.zeros((len(rows), len(HEADS)), dtype=np.float32)
    for index, row in enumerate(rows):
        if row.unsafe:
            targets[index, 0] = 1
            if row.category in HEADS:
                targets[index, HEADS.index(row.category)] = 1
    return Bags(
        flat=np.concatenate(bags),
        starts=np.concatenate(([0], np.cumsum([len(bag) for bag in bags]))),
        first=np.array(first),
        kinds=np.array([kind_number(row.kind) for row in rows]),
        targets=targets,
        weights=_row_weights(rows),
    )


def _fit(bags: Bags, options: TrainingOptions, progress: Progress) -> TextNetwork:
    import torch

    torch.manual_seed(options.seed)
    draw = np.random.default_rng(options.seed)
    weights = _initial(options)
    optimizer = torch.optim.AdamW(
        weights.values(), lr=options.learning_rate, weight_decay=options.weight_decay, fused=True
    )
    batches = math.ceil(len(bags.kinds) / options.batch)
    steps = options.epochs * batches
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / 50) * max(0.05, 1 - step / steps)
    )
    averaged = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    averages = 0
    bar = progress.add_task("Training", total=steps)
    for epoch in range(options.epochs):
        order = draw.permutation(len(bags.kinds))
        for number in range(batches):
            chosen = order[number * options.batch : (number + 1) * options.batch]
            loss = _loss(weights, bags, chosen, draw, options)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            progress.update(bar, advance=1, description=f"Training, loss {loss.item():.3f}")
            if epoch >= options.epochs - 2 and number % 10 == 0:
                averages += 1
                for name, weight in weights.items():
                    averaged[name] += (weight.detach() - averaged[name]) / averages
    return _quantised(averaged)


def _initial(options: TrainingOptions) -> dict[str, torch.Tensor]:
    import torch

    inputs = options.width + len(KINDS)
    weights = {
        "table": torch.randn(options.buckets, options.width) * 0.1,
        "hidden_weight": torch.randn(inputs, options.hidden) / math.sqrt(inputs),
        "hidden_bias": torch.zeros(options.hidden),
        "head_weight": torch.randn(options.hidden, len(HEADS)) / math.sqrt(options.hidden),
        "head_bias": torch.full((len(HEADS),), -1.0),
        "skip_weight": torch.randn(options.width, len(HEADS)) / math.sqrt(options.width),
    }
    return {name: weight.requires_grad_() for name, weight in weights.items()}


def _loss(
    weights: dict[str, torch.Tensor],
    bags: Bags,
    chosen: npt.NDArray[np.int64],
    draw: np.random.Generator,
    options: TrainingOptions,
) -> torch.Tensor:
    """Weighted cross entropy of the texts' largest windows."""
    import torch
    import torch.nn.functional as F

    window_ids = np.concatenate([np.arange(bags.first[t], bags.first[t + 1]) for t in chosen])
    owners = np.repeat(np.arange(len(chosen)), bags.first[chosen + 1] - bags.first[chosen])
    pieces = [bags.flat[bags.starts[w] : bags.starts[w + 1]] for w in window_ids]
    lengths = np.array([len(piece) for piece in pieces])
    flat = np.concatenate(pieces)
    kept = draw.random(len(flat), dtype=np.float32) >= options.feature_dropout
    kept[np.cumsum(lengths) - 1] = True  # no window is left empty
    counts = np.add.reduceat(kept, np.concatenate(([0], np.cumsum(lengths)[:-1])), dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum(counts)[:-1]))
    pooled = F.embedding_bag(
        torch.from_numpy(flat[kept]).long(),
        weights["table"],
        torch.from_numpy(offsets),
        mode="sum",
    ) / torch.from_numpy(np.sqrt(counts).astype(np.float32)).unsqueeze(1)
    code = F.one_hot(torch.from_numpy(bags.kinds[chosen][owners]), len(KINDS)).float()
    hidden = torch.cat((pooled, code), dim=1) @ weights["hidden_weight"] + weights["hidden_bias"]
    logits = F.relu(hidden) @ weights["head_weight"] + weights["head_bias"]
    logits = logits + pooled @ weights["skip_weight"]
    index = torch.from_numpy(owners).unsqueeze(1).expand_as(logits)
    largest = torch.full((len(chosen), len(HEADS)), -1e9).scatter_reduce(0, index, logits, "amax")
    losses = F.binary_cross_entropy_with_logits(
        largest, torch.from_numpy(bags.targets[chosen]), reduction="none"
    )
    per_text = losses[:, 0] + options.category_weight * losses[:, 1:].sum(dim=1)
    return (per_text * torch.from_numpy(bags.weights[chosen])).mean()


def _quantised(weights: dict[str, torch.Tensor]) -> TextNetwork:
    arrays: dict[str, Any] = {name: weight.detach().numpy() for name, weight in weights.items()}
    table = arrays.pop("table")
    scale = np.maximum(np.abs(table).max(axis=1), 1e-6) / 127
    scale = np.maximum(scale.astype(np.float16), np.float16(1e-7)).astype(np.float32)
    identity = np.tile(np.array([1.0, 0.0], dtype=np.float32), (len(KINDS), 1))
    return TextNetwork(
        table=np.clip(np.rint(table / scale[:, None]), -127, 127).astype(np.int8),
        table_scale=scale,
        calibration=identity,
        version="1",
        **arrays,
    )
