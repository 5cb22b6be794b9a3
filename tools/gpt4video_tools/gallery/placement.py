"""Where a pipeline is put, in which precision, and what is put into it. No torch here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gpt4video_tools.gallery.loras import Loras

DTypeName = Literal["auto", "float32", "float16", "bfloat16"]
OffloadName = Literal["none", "model", "sequential"]


@dataclass(frozen=True, kw_only=True)
class Placement:
    """How a pipeline is loaded; see `load_generator`."""

    device: str = "cpu"
    dtype: DTypeName = "auto"
    offload: OffloadName = "none"
    loras: Loras = field(default_factory=dict[str, float])
