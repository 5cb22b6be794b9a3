"""Detoxify's published toxicity models as a guard, with long texts and safe loading.

The `detoxify` package builds its models from a pickled checkpoint loaded with full trust, cuts
texts at 512 tokens, and asks the hub for a base model's configuration even when files are given.
Here the checkpoint is loaded with `weights_only=True`, texts are judged in overlapping windows to
their end, and a folder that is given is the only place that is looked at.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gpt4video_guards.errors import CheckpointError, InvalidInputError, UnknownNameError
from gpt4video_guards.judgement import Evidence, Judgement
from gpt4video_guards.subject import Subject, TextSubject

NAMES: Final = ("original", "unbiased", "multilingual", "original-small", "unbiased-small")

_RENAMED: Final = {
    "toxic": "toxicity",
    "identity_hate": "identity_attack",
    "severe_toxic": "severe_toxicity",
}
"""Detoxify's own standard names for the classes of its older models."""

_MOST_TOKENS: Final = 512
_OVERLAP: Final = 64
_BATCH: Final = 8


class DetoxifyGuard:
    """Scores texts with one of Detoxify's models.

    Args:
        name: which published checkpoint to download (once, into torch hub's cache) if no
            `checkpoint` is given: `original`, `unbiased`, `multilingual` and the two `-small`.
        checkpoint: a local Detoxify checkpoint file (`.ckpt`).
        config: a local folder with `config.json` and the tokenizer's files. With it the hub is
            never asked; without it they come from the hub under the name in the checkpoint.
        device: where the model runs.
        max_tokens: tokens of one window, the model's own limit at most.

    Raises:
        UnknownNameError: no published checkpoint of that name.
        CheckpointError: a file is missing, is no Detoxify checkpoint or needs more than tensors
            and plain values to be unpickled.
    """

    def __init__(
        self,
        *,
        name: str = "original-small",
        checkpoint: str | Path | None = None,
        config: str | Path | None = None,
        device: str = "cpu",
        max_tokens: int = _MOST_TOKENS,
    ) -> None:
        if name not in NAMES:
            raise UnknownNameError("Detoxify model", name, NAMES)
        if max_tokens < 16:
            raise InvalidInputError("max_tokens", max_tokens, "at least 16")
        loaded = _load_checkpoint(Path(checkpoint)) if checkpoint else _download(name)
        self._model, self._tokenizer, self.categories = _build(
            loaded, checkpoint or name, Path(config) if config else None
        )
        self._model.to(device).eval()
        self._device = device
        self._max_tokens = min(max_tokens, _model_limit(self._model))
        self.version = Path(checkpoint).name if checkpoint else name

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        """One judgement per text: the largest score of each class over the text's windows.

        Raises:
            InvalidInputError: a subject is no text.
        """
        return [self._judge_one(subject) for subject in subjects]

    def _judge_one(self, subject: Subject) -> Judgement:
        import torch

        if not isinstance(subject, TextSubject):
            raise InvalidInputError("subjects", type(subject).__name__, "texts only")
        spans, rows = self._windows(subject.text)
        scores = []
        with torch.inference_mode():
            for start in range(0, len(rows), _BATCH):
                inputs = self._tokenizer.pad(
                    {"input_ids": rows[start : start + _BATCH]}, return_tensors="pt"
                ).to(self._device)
                scores.append(torch.sigmoid(self._model(**inputs)[0]).float().cpu())
        table = torch.cat(scores).numpy()  # [windows, classes]
        worst, where = table.max(axis=0), spans[int(table.max(axis=1).argmax())]
        return Judgement(
            scores=dict(zip(self.categories, map(float, worst), strict=True)),
            evidence=(Evidence(span=where),) if len(spans) > 1 else (),
        )

    def _windows(self, text: str) -> tuple[list[tuple[int, int]], list[list[int]]]:
        """Spans of characters and the token ids, with special tokens, of each window."""
        encoded = self._tokenizer(
            text,
            truncation=True,
            max_length=self._max_tokens,
            stride=min(_OVERLAP, self._max_tokens // 4),
            return_overflowing_tokens=True,  # each overflow is the next window
            return_offsets_mapping=True,
        )
        return [_span(offsets) for offsets in encoded["offset_mapping"]], encoded["input_ids"]


def _span(offsets: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """From the first to the last character; special tokens have no length."""
    real = [(start, end) for start, end in offsets if end > start]
    return (real[0][0], real[-1][1]) if real else (0, 0)


def _load_checkpoint(path: Path) -> Mapping[str, Any]:
    import torch

    if not path.is_file():
        raise CheckpointError(path, "no such file")
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError) as error:
        raise CheckpointError(path, f"cannot be loaded safely ({error})") from error
    return _checked(loaded, path)


def _download(name: str) -> Mapping[str, Any]:
    import torch
    from detoxify.detoxify import MODEL_URLS

    return _checked(
        torch.hub.load_state_dict_from_url(
            MODEL_URLS[name], map_location="cpu", weights_only=True, check_hash=True
        ),
        name,
    )


def _checked(loaded: Any, source: str | Path) -> Mapping[str, Any]:
    try:
        state, config = loaded["state_dict"], loaded["config"]
        complete = bool(state and config["dataset"]["args"]["classes"])
        complete = complete and bool(config["arch"]["args"]["model_name"])
    except (KeyError, TypeError, IndexError):
        complete = False
    if not complete:
        raise CheckpointError(source, "not a Detoxify checkpoint (config and state_dict)")
    return dict(loaded)


def _build(
    loaded: Mapping[str, Any], source: str | Path, config: Path | None
) -> tuple[Any, Any, tuple[str, ...]]:
    """The model and tokenizer that the checkpoint names, as Detoxify itself would build them."""
    import transformers

    arch = loaded["config"]["arch"]["args"]
    classes = loaded["config"]["dataset"]["args"]["classes"]
    try:
        model_class = getattr(transformers, arch["model_name"])
        tokenizer_class = getattr(transformers, arch["tokenizer_name"])
        place = str(config) if config else arch["model_type"]
        local = config is not None
        settings = model_class.config_class.from_pretrained(
            place, num_labels=len(classes), local_files_only=local
        )
        model = model_class(settings)
        missing, unexpected = model.load_state_dict(loaded["state_dict"], strict=False)
        tokenizer = tokenizer_class.from_pretrained(place, local_files_only=local)
    except (OSError, AttributeError, KeyError, RuntimeError, ValueError) as error:
        raise CheckpointError(source, f"cannot be built ({error})") from error
    lost = [key for key in missing if not key.endswith("position_ids")]
    alien = [key for key in unexpected if not key.endswith("position_ids")]
    if lost or alien:
        raise CheckpointError(source, f"weights do not fit: missing {lost}, unexpected {alien}")
    return model, tokenizer, tuple(_RENAMED.get(name, name) for name in classes)


def _model_limit(model: Any) -> int:
    """Tokens that the model has positions for; RoBERTa's first two numbers are taken."""
    positions = int(getattr(model.config, "max_position_embeddings", _MOST_TOKENS))
    taken = 2 if "roberta" in model.config.model_type else 0
    return min(_MOST_TOKENS, positions - taken)
