"""For tests of apps that use gpt4video, and for our own: scripted parts and a tiny random model.

Everything here but `tiny_random_model` works without torch, in milliseconds.

    assistant = scripted_assistant("Sure! <video> a red star </video>", blocked_words=["bomb"])
    reply = assistant.chat("make me a star")
    assert reply.video is not None
"""

from gpt4video.testing.assistant import flat_clip, flat_mp4, scripted_assistant
from gpt4video.testing.generator import ScriptedGenerator
from gpt4video.testing.guards import ScriptedGuard, scripted_pipeline
from gpt4video.testing.model import tiny_random_model
from gpt4video.testing.reasoner import ScriptedReasoner

__all__ = [
    "ScriptedGenerator",
    "ScriptedGuard",
    "ScriptedReasoner",
    "flat_clip",
    "flat_mp4",
    "scripted_assistant",
    "scripted_pipeline",
    "tiny_random_model",
]
