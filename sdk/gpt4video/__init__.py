"""gpt4video: an assistant that watches clips, talks about them and makes new ones, under guard.

    from gpt4video import VideoAssistant

    assistant = VideoAssistant.from_pretrained()
    print(assistant.chat("What is moving here?", videos=["clip.mp4"]).text)

Importing this package loads nothing else: each name is fetched when it is first used, and torch
when an assistant is loaded. Events live in `gpt4video.events`, doubles for tests in
`gpt4video.testing`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpt4video import events
    from gpt4video.assistant import VideoAssistant
    from gpt4video.reply import Reply, VideoResult
    from gpt4video.session import Session
    from gpt4video_guards import Policy
    from gpt4video_guards.errors import GPT4VideoError, InvalidInputError
    from gpt4video_tools.gallery import VideoRequest
    from gpt4video_tools.video import Clip, VideoBudget

    __version__: str
else:
    _HOMES = {
        "Clip": "gpt4video_tools.video",
        "GPT4VideoError": "gpt4video_guards.errors",
        "InvalidInputError": "gpt4video_guards.errors",
        "Policy": "gpt4video_guards",
        "Reply": "gpt4video.reply",
        "Session": "gpt4video.session",
        "VideoAssistant": "gpt4video.assistant",
        "VideoBudget": "gpt4video_tools.video",
        "VideoRequest": "gpt4video_tools.gallery",
        "VideoResult": "gpt4video.reply",
    }

    def __getattr__(name):
        if name == "__version__":
            from importlib.metadata import version

            return version("gpt4video")
        from importlib import import_module

        if name == "events":
            return import_module("gpt4video.events")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)

    def __dir__():
        return sorted([*globals(), *__all__])


__all__ = [
    "Clip",
    "GPT4VideoError",
    "InvalidInputError",
    "Policy",
    "Reply",
    "Session",
    "VideoAssistant",
    "VideoBudget",
    "VideoRequest",
    "VideoResult",
    "__version__",
    "events",
]
