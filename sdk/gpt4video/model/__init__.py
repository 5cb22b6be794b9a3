"""The video LLM in transformers' conventions. Importing this package loads torch and transformers."""

from gpt4video.model.abstractor import VideoAbstractor
from gpt4video.model.config import VIDEO_TOKEN, AbstractorConfig, GPT4VideoConfig, VisionConfig
from gpt4video.model.encoder import FrameEncoder, FrameFeatures
from gpt4video.model.modeling import GPT4VideoForConditionalGeneration, TrainedShare

__all__ = [
    "VIDEO_TOKEN",
    "AbstractorConfig",
    "FrameEncoder",
    "FrameFeatures",
    "GPT4VideoConfig",
    "GPT4VideoForConditionalGeneration",
    "TrainedShare",
    "VideoAbstractor",
    "VisionConfig",
]
