"""The shape of a video LLM as numbers: an open_clip encoder, an abstractor, a causal language
model.

The configuration is complete by itself: it holds the encoder's open_clip configuration and the
language model's own, so that a model can be built (also on the meta device) without any other file.
Where the frozen weights live is told by `vision_config.pretrained` and `text_pretrained`; both are
None in a self-contained folder.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig
from transformers.configuration_utils import SubConfigSpec

from gpt4video_guards.errors import InvalidInputError

THINK_TOKENS = ("<think>", "</think>")
"""Around what a language model writes for itself before an answer, as Qwen3 and others do."""
VIDEO_TOKEN = "<|video|>"
"""Placeholder of one clip embedding; never accepted from user text."""

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)


@strict
class VisionConfig(PreTrainedConfig):
    """Which open_clip model looks at the frames, and which of its layers is read.

    Attributes:
        model_name: name in open_clip's registry; used where `model_cfg` is None.
        model_cfg: open_clip's own configuration (`embed_dim`, `vision_cfg`, `text_cfg`,
            `quick_gelu`, ...).
        pretrained: a folder with `open_clip_config.json` and `open_clip_model.safetensors`
            (relative to the checkpoint's folder), an open_clip tag such as "openai", a hub name
            "hf-hub:owner/name", or None where the weights are part of the checkpoint.
        layer: -1 for the last layer (normed as open_clip does), -2 for the last but one (as it is),
            ...
        image_size: side in pixels of the square that a frame is scaled to.
        mean, std: of the three colour channels in [0, 1].
        text_tower: keep the text tower too, so that frames can be compared with words.
    """

    model_type = "gpt4video_vision"
    base_config_key = "vision_config"

    model_name: str | None = "ViT-L-14-quickgelu"
    model_cfg: dict[str, Any] | None = None
    pretrained: str | None = None
    layer: int = -2
    image_size: int = 224
    mean: list[float] | tuple[float, ...] = OPENAI_MEAN
    std: list[float] | tuple[float, ...] = OPENAI_STD
    text_tower: bool = False

    def __post_init__(self, **kwargs: Any) -> None:
        if self.model_cfg is None and self.model_name is None:
            raise InvalidInputError(
                "model_cfg", None, "an open_clip configuration, or a model_name"
            )
        if self.layer >= 0:
            raise InvalidInputError(
                "layer", self.layer, "a negative number, -1 being the last layer"
            )
        super().__post_init__(**kwargs)


@strict
class AbstractorConfig(PreTrainedConfig):
    """Size of the abstractor, whose learnable tokens condense a clip into a fixed number of
    embeddings.

    Attributes:
        hidden_size: width of tokens inside the abstractor.
        num_heads: attention heads; divides `hidden_size`.
        intermediate_size: inner width of the gated feed-forward; None for 8/3 of the hidden size.
        num_spatial_tokens: what is where; also the number of slots that look at each frame.
        num_temporal_tokens: what changes.
        num_frame_layers: blocks that read a frame's patches into the slots.
        num_track_layers: blocks in which a slot attends to itself over time; may be 0.
        num_temporal_layers: blocks in which the temporal tokens read all slots of all frames.
        end_token: whether one learned embedding closes the clip.
        dropout: inside the blocks, in [0, 1).
        output_scale: standard deviation of the output at the start of training; that of the
            language model's input embeddings serves best (see `VideoAbstractor.calibrate`).
    """

    model_type = "gpt4video_abstractor"
    base_config_key = "abstractor_config"

    hidden_size: int = 1024
    num_heads: int = 16
    intermediate_size: int | None = None
    num_spatial_tokens: int = 32
    num_temporal_tokens: int = 32
    num_frame_layers: int = 2
    num_track_layers: int = 1
    num_temporal_layers: int = 2
    end_token: bool = True
    dropout: float = 0.0
    output_scale: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        if self.hidden_size % self.num_heads:
            raise InvalidInputError("num_heads", self.num_heads, f"a divisor of {self.hidden_size}")
        if min(self.num_spatial_tokens, self.num_temporal_tokens) < 1:
            counts = (self.num_spatial_tokens, self.num_temporal_tokens)
            raise InvalidInputError(
                "num_spatial_tokens, num_temporal_tokens", counts, "at least 1 each"
            )
        super().__post_init__(**kwargs)

    @property
    def num_tokens(self) -> int:
        """Embeddings per clip."""
        return self.num_spatial_tokens + self.num_temporal_tokens + int(self.end_token)

    @property
    def feed_forward_size(self) -> int:
        """Inner width of the feed-forward, a multiple of 32."""
        return self.intermediate_size or -(-self.hidden_size * 8 // (3 * 32)) * 32


@strict
class GPT4VideoConfig(PreTrainedConfig):
    """Configuration of `GPT4VideoForConditionalGeneration`.

    Attributes:
        vision_config, abstractor_config, text_config: the three parts; the last is of any causal
            language model that transformers knows (LLaMA by default).
        video_token_id: id of the placeholder token in the language model's vocabulary.
        num_frames: frames that the model looks at in one clip.
        text_pretrained: folder (relative to the checkpoint's) or hub id of the frozen language
            model, None where its weights are part of the checkpoint.
    """

    model_type = "gpt4video"
    sub_configs_defaults: ClassVar[dict[str, SubConfigSpec]] = {
        "vision_config": SubConfigSpec(config_class=VisionConfig),
        "abstractor_config": SubConfigSpec(config_class=AbstractorConfig),
        "text_config": SubConfigSpec(config_class=AutoConfig, model_type="llama"),
    }

    vision_config: Any = None
    abstractor_config: Any = None
    text_config: Any = None
    video_token_id: int = 0
    num_frames: int = 8
    text_pretrained: str | None = None
    tie_word_embeddings: bool = False
    initializer_range: float = 0.02

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)
        if self.num_frames < 1:
            raise InvalidInputError("num_frames", self.num_frames, "at least 1")
        # The language model is kept whole and ties its own head; transformers asks the outer
        # configuration.
        self.tie_word_embeddings = bool(getattr(self.text_config, "tie_word_embeddings", False))

    @property
    def tokens_per_clip(self) -> int:
        """Embeddings, and therefore placeholders in the prompt, per clip."""
        tokens: int = self.abstractor_config.num_tokens
        return tokens

    @property
    def bases(self) -> dict[Literal["vision", "text"], str]:
        """Where the frozen weights come from; empty for a self-contained checkpoint."""
        named: dict[Literal["vision", "text"], str | None] = {
            "vision": self.vision_config.pretrained,
            "text": self.text_pretrained,
        }
        return {part: source for part, source in named.items() if source is not None}


__all__ = [
    "OPENAI_MEAN",
    "OPENAI_STD",
    "THINK_TOKENS",
    "VIDEO_TOKEN",
    "AbstractorConfig",
    "GPT4VideoConfig",
    "VisionConfig",
]
