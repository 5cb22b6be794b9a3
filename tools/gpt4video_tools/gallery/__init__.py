"""Makers of clips: the request, the one-method protocol, diffusers' pipelines, presets by name,
and the guarded way from a prompt to a file. Nothing heavy is imported before a model is loaded.
"""

from typing import TYPE_CHECKING

from gpt4video_tools.gallery.defaults import GenerationDefaults
from gpt4video_tools.gallery.errors import GenerationCancelledError, GenerationError
from gpt4video_tools.gallery.guarded import (
    GenerationBlocked,
    GenerationEvent,
    GenerationJudged,
    GenerationProgress,
    GenerationReady,
    StageJudge,
    generate_guarded,
)
from gpt4video_tools.gallery.loading import load_generator, named_preset
from gpt4video_tools.gallery.presets import PRESETS, VideoPreset
from gpt4video_tools.gallery.request import GeneratedVideo, VideoGenerator, VideoRequest

if TYPE_CHECKING:
    from gpt4video_tools.gallery.diffusers_generator import DiffusersVideoGenerator
    from gpt4video_tools.gallery.remote import RemoteVideoGenerator
    from gpt4video_tools.gallery.upscaling import UpscalingVideoGenerator
else:
    _HEAVY = {
        "DiffusersVideoGenerator": "diffusers_generator",
        "RemoteVideoGenerator": "remote",
        "UpscalingVideoGenerator": "upscaling",
    }

    def __getattr__(name):
        if name not in _HEAVY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)


__all__ = [
    "PRESETS",
    "DiffusersVideoGenerator",
    "GeneratedVideo",
    "GenerationBlocked",
    "GenerationCancelledError",
    "GenerationDefaults",
    "GenerationError",
    "GenerationEvent",
    "GenerationJudged",
    "GenerationProgress",
    "GenerationReady",
    "RemoteVideoGenerator",
    "StageJudge",
    "UpscalingVideoGenerator",
    "VideoGenerator",
    "VideoPreset",
    "VideoRequest",
    "generate_guarded",
    "load_generator",
    "named_preset",
]
