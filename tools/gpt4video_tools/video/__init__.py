"""Clips: reading, sampling and writing them. The only room that knows PyAV and Pillow.

    from gpt4video_tools.video import VideoBudget, read_clip

    clip = read_clip("holiday.mp4", num_frames=8, budget=VideoBudget(max_seconds=60))

Values and errors are here at once; whatever needs PyAV is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .budget import ClipCost, VideoBudget
from .clip import Clip, ClipInfo
from .errors import BudgetExceededError, ClipError, TruncatedClipError, UnreadableClipError
from .isolation import Isolation
from .sampling import uniform_times

if TYPE_CHECKING:
    from .reading import VideoSource, probe_clip, read_clip
    from .sheet import write_contact_sheet
    from .writing import encode_mp4, write_mp4
else:
    _LATER = {
        "VideoSource": "reading",
        "probe_clip": "reading",
        "read_clip": "reading",
        "write_contact_sheet": "sheet",
        "encode_mp4": "writing",
        "write_mp4": "writing",
    }

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_LATER[name]}", __name__), name)


__all__ = [
    "BudgetExceededError",
    "Clip",
    "ClipCost",
    "ClipError",
    "ClipInfo",
    "Isolation",
    "TruncatedClipError",
    "UnreadableClipError",
    "VideoBudget",
    "VideoSource",
    "encode_mp4",
    "probe_clip",
    "read_clip",
    "uniform_times",
    "write_contact_sheet",
    "write_mp4",
]
