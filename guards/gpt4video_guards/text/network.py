"""The classifier's numbers: a hashed embedding table and a small network, in plain numpy.

For one window with n distinct features and a kind of text:

    e = sum of the features' rows / sqrt(n)                              [width]
    h = relu([e, one-hot kind] @ hidden_weight + hidden_bias)            [hidden]
    logits = h @ head_weight + e @ skip_weight + head_bias               [heads]

The `unsafe` logit is then scaled and shifted per kind, as calibrated. The score of a long text is
the largest of its windows' scores, head by head.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from gpt4video_guards.errors import CheckpointError
from gpt4video_guards.subject import TextKind
from gpt4video_guards.text.features import Features, features

Floats = npt.NDArray[np.float32]

KINDS: Final[tuple[TextKind, ...]] = ("comment", "prompt", "t2v_prompt", "response", "tool_result")
"""Kinds that the network knows; words read off frames are judged as comments."""

HEADS: Final = (
    "unsafe",
    "violence",
    "sexual",
    "hate",
    "harassment",
    "self_harm",
    "illicit",
    "weapons",
    "privacy",
    "misinformation",
    "jailbreak",
    "injection",
    "other",
)

_LABEL: Final = "text_classifier"
_LAYOUT: Final[dict[str, object]] = {"heads": list(HEADS), "kinds": list(KINDS)}
"""What weights must say about themselves: one entry, since several come in no fixed order."""

_TENSORS: Final = (
    "table",
    "table_scale",
    "hidden_weight",
    "hidden_bias",
    "head_weight",
    "head_bias",
    "skip_weight",
    "calibration",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class TextNetwork:
    """Weights as float32, but for the table: int8 rows with one float per row."""

    table: npt.NDArray[np.int8]
    """[buckets, width]; buckets is a power of two."""
    table_scale: Floats
    """[buckets]"""
    hidden_weight: Floats
    hidden_bias: Floats
    head_weight: Floats
    head_bias: Floats
    skip_weight: Floats
    calibration: Floats
    """[kinds, 2]: slope and intercept of the `unsafe` logit."""
    version: str = "0"

    @property
    def buckets(self) -> int:
        return len(self.table)

    def logits(self, bags: Sequence[Features], kind: TextKind) -> Floats:
        """Calibrated logits [windows, heads] of bags of features."""
        kind_index = kind_number(kind)
        pooled = np.stack([self._pool(bag) for bag in bags])  # [windows, width]
        code = np.zeros((len(bags), len(KINDS)), dtype=np.float32)
        code[:, kind_index] = 1
        hidden = np.concatenate((pooled, code), axis=1) @ self.hidden_weight + self.hidden_bias
        logits = np.maximum(hidden, 0) @ self.head_weight + self.head_bias
        logits = logits + pooled @ self.skip_weight
        slope, intercept = self.calibration[kind_index]
        logits[:, 0] = logits[:, 0] * slope + intercept
        return cast(Floats, logits)

    def scores(self, texts: Sequence[str], kind: TextKind) -> Floats:
        """Probabilities [windows, heads] of texts that fit into a window each."""
        bags = [features(text, buckets=self.buckets) for text in texts]
        return cast(Floats, 1 / (1 + np.exp(-np.clip(self.logits(bags, kind), -60, 60))))

    def _pool(self, bag: Features) -> Floats:
        rows = self.table[bag].astype(np.float32) * self.table_scale[bag, None]
        return cast(Floats, rows.sum(axis=0) / np.sqrt(len(bag)))

    def save(self, path: Path) -> None:
        """One safetensors file; small tensors as float16."""
        from safetensors.numpy import save_file

        tensors = {name: np.asarray(getattr(self, name)) for name in _TENSORS}
        for name in _TENSORS[1:-1]:
            tensors[name] = tensors[name].astype(np.float16)
        save_file(
            {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()},
            str(path),
            metadata={_LABEL: json.dumps(_LAYOUT | {"version": self.version}, sort_keys=True)},
        )

    @classmethod
    def load(cls, path: Path) -> TextNetwork:
        """Read what `save` wrote.

        Raises:
            CheckpointError: no such file, a broken one, or one of another layout.
        """
        from safetensors import SafetensorError, safe_open

        if not path.is_file():
            raise CheckpointError(path, "no such file")
        try:
            with safe_open(str(path), framework="numpy") as file:
                labels = json.loads((file.metadata() or {}).get(_LABEL, "{}"))
                tensors = {name: file.get_tensor(name) for name in _TENSORS}
        except (SafetensorError, OSError, ValueError) as error:
            raise CheckpointError(
                path, f"not the weights of a text classifier ({error})"
            ) from error
        if any(labels.get(name) != value for name, value in _LAYOUT.items()):
            raise CheckpointError(path, "weights for other categories or kinds of text")
        return cls(
            **{name: tensors[name].astype(np.float32) for name in _TENSORS if name != "table"},
            table=tensors["table"],
            version=labels.get("version", "0"),
        )


def kind_number(kind: TextKind) -> int:
    """The network's number of a kind of text."""
    return KINDS.index("comment" if kind == "ocr" else kind)
