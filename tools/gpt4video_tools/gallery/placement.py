"""Where a pipeline is put, in which precision, and what is put into it. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Literal

DTypeName = Literal["auto", "float32", "float16", "bfloat16"]
OffloadName = Literal["none", "model", "sequential"]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How a pipeline is loaded; see `load_generator`."""

    device: str = "cpu"
    dtype: DTypeName = "auto"
    offload: OffloadName = "none"
    loras: Mapping[str | PathLike[str], float] = field(default_factory=dict)
