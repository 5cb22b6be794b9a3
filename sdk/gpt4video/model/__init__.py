"""The video LLM in transformers' conventions; importing it loads torch and transformers.

Importing also registers the classes, so that `AutoConfig`, `AutoProcessor` and
`AutoModelForImageTextToText` find them.
"""

from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    AutoModelForMultimodalLM,
    AutoProcessor,
    AutoVideoProcessor,
)

from gpt4video.model.abstractor import VideoAbstractor
from gpt4video.model.config import VIDEO_TOKEN, AbstractorConfig, GPT4VideoConfig, VisionConfig
from gpt4video.model.encoder import FrameEncoder, FrameFeatures
from gpt4video.model.modeling import GPT4VideoForConditionalGeneration, TrainedShare
from gpt4video.model.processing import GPT4VideoProcessor, ensure_think_tokens, ensure_video_token
from gpt4video.model.prompt import EncodedConversation
from gpt4video.model.video_processing import GPT4VideoVideoProcessor

AutoConfig.register("gpt4video", GPT4VideoConfig)
AutoVideoProcessor.register(GPT4VideoConfig, GPT4VideoVideoProcessor)
AutoProcessor.register(GPT4VideoConfig, GPT4VideoProcessor)
AutoModelForImageTextToText.register(GPT4VideoConfig, GPT4VideoForConditionalGeneration)
AutoModelForMultimodalLM.register(GPT4VideoConfig, GPT4VideoForConditionalGeneration)

__all__ = [
    "VIDEO_TOKEN",
    "AbstractorConfig",
    "EncodedConversation",
    "FrameEncoder",
    "FrameFeatures",
    "GPT4VideoConfig",
    "GPT4VideoForConditionalGeneration",
    "GPT4VideoProcessor",
    "GPT4VideoVideoProcessor",
    "TrainedShare",
    "VideoAbstractor",
    "VisionConfig",
    "ensure_think_tokens",
    "ensure_video_token",
]
