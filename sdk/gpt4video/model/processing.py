"""Words and clips in, tensors out: what stands before the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from transformers import BatchFeature, ProcessorMixin

from gpt4video.model.config import THINK_TOKENS, VIDEO_TOKEN, GPT4VideoConfig
from gpt4video.model.prompt import CHAT_TEMPLATE, EncodedConversation, PromptEncoder
from gpt4video.model.turns import Turn, as_turns, clip_sources
from gpt4video.model.video_processing import GPT4VideoVideoProcessor, flat_clips
from gpt4video.reasoning.conversation import Message
from gpt4video_guards.errors import InvalidInputError

Side = Literal["left", "right"]


class GPT4VideoProcessor(ProcessorMixin):
    """A tokenizer and a video processor.

    `apply_chat_template` and `encode_conversation` are the doors for conversations: user text
    cannot write control tokens there. Calling the processor with a finished string is the low-level
    door for trusted text, in which `<|video|>` stands for a clip.

    Args:
        video_processor: of `GPT4VideoVideoProcessor`.
        tokenizer: of the language model; `<|video|>` is added where it is missing.
        tokens_per_clip: placeholders for each clip, as the model's configuration says.
        chat_template: by default our own Human / AI format.
    """

    def __init__(
        self,
        video_processor: GPT4VideoVideoProcessor,
        tokenizer: Any,
        tokens_per_clip: int = 65,
        chat_template: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(video_processor, tokenizer, chat_template=chat_template or CHAT_TEMPLATE)
        self.tokens_per_clip = tokens_per_clip
        self.video_token = VIDEO_TOKEN
        self.video_token_id = ensure_video_token(tokenizer)
        self._encoder = PromptEncoder(tokenizer, tokens_per_clip=tokens_per_clip)

    @classmethod
    def for_model(cls, config: GPT4VideoConfig, tokenizer: Any) -> GPT4VideoProcessor:
        """The processor of a model with this configuration.

        Raises:
            InvalidInputError: the tokenizer's placeholder is not the configuration's.
        """
        processor = cls(
            GPT4VideoVideoProcessor.for_model(config),
            tokenizer,
            tokens_per_clip=config.tokens_per_clip,
        )
        if processor.video_token_id != config.video_token_id:
            got = f"one with {VIDEO_TOKEN} at {processor.video_token_id}"
            raise InvalidInputError("tokenizer", got, f"one with it at {config.video_token_id}")
        return processor

    def encode_conversation(
        self,
        messages: Sequence[Message | Mapping[str, Any] | Turn],
        *,
        add_generation_prompt: bool = False,
    ) -> EncodedConversation:
        """Token ids and label mask; the one function that training and answering share.

        The ids of the first turns are a prefix of the ids of more turns.
        """
        return self._encoder.encode(messages, add_generation_prompt=add_generation_prompt)

    def pad(
        self, rows: Sequence[Sequence[int]], *, side: Side = "left", value: int | None = None
    ) -> torch.Tensor:
        """Rows of ids, or labels with value=-100, as one tensor [B, L]."""
        fill = self.pad_token_id if value is None else value
        length = max(len(row) for row in rows)
        left = side == "left"
        blanks = [[fill] * (length - len(row)) for row in rows]
        padded = [b + list(r) if left else list(r) + b for r, b in zip(rows, blanks, strict=True)]
        return torch.tensor(padded, dtype=torch.long)

    @property
    def control_token_ids(self) -> frozenset[int]:
        """Ids of tokens that steer rather than say something; words never become one of them."""
        return frozenset(self._encoder.control)

    @property
    def think_token_ids(self) -> tuple[int, ...]:
        """Ids of the tokens around what the assistant writes for itself; empty without them."""
        return self._encoder.think_token_ids

    @property
    def pad_token_id(self) -> int:
        """The tokenizer's padding, or its end token where it has none."""
        pad = self.tokenizer.pad_token_id
        return int(self.tokenizer.eos_token_id if pad is None else pad)

    def apply_chat_template(
        self,
        conversation: Sequence[Any],
        chat_template: str | None = None,
        *,
        add_generation_prompt: bool = False,
        tokenize: bool = False,
        return_dict: bool = False,
        return_assistant_tokens_mask: bool = False,
        **kwargs: Any,
    ) -> Any:
        """As in transformers. As ids, control tokens in the messages come out as plain text.

        The string that `tokenize=False` gives holds the messages as they are: it is for reading,
        and must not be tokenised with its control tokens understood.

        Args:
            conversation: messages, or a list of such lists.
            chat_template: another template, for rendering to a string only.
            add_generation_prompt: end with the words after which the assistant speaks.
            tokenize: ids instead of a string.
            return_dict: `input_ids`, `attention_mask` and, with clips, `pixel_values_videos`.
            return_assistant_tokens_mask: `assistant_masks` too, 1 on what the assistant said.
            **kwargs: as in transformers, for rendering to a string only.

        Raises:
            InvalidInputError: messages of a wrong form, or a clip by url.
        """
        if not tokenize:
            return super().apply_chat_template(
                conversation, chat_template, add_generation_prompt=add_generation_prompt, **kwargs
            )
        batched = bool(conversation) and isinstance(conversation[0], list | tuple)
        dialogues = [as_turns(c) for c in (conversation if batched else [conversation])]
        encoded = [
            self.encode_conversation(turns, add_generation_prompt=add_generation_prompt)
            for turns in dialogues
        ]
        rows = [one.input_ids for one in encoded]
        data: dict[str, Any] = {
            "input_ids": self.pad(rows),
            "attention_mask": self.pad([[1] * len(row) for row in rows], value=0),
        }
        if return_assistant_tokens_mask:
            masks = [[int(spoken) for spoken in one.labels_mask] for one in encoded]
            data["assistant_masks"] = self.pad(masks, value=0)
        sources = [source for turns in dialogues for source in clip_sources(turns)]
        if any(source is not None for source in sources):
            data |= self.video_processor(sources)
        return BatchFeature(data) if return_dict else data["input_ids"]

    def replace_video_token(self, video_inputs: Any, video_idx: int, **kwargs: Any) -> str:
        """The placeholders of one clip."""
        return VIDEO_TOKEN * self.tokens_per_clip

    def validate_inputs(
        self, images: Any = None, text: Any = None, videos: Any = None, **kwargs: Any
    ) -> None:
        """Refuse placeholders that do not match the clips."""
        if text is None and videos is None:
            raise InvalidInputError("text", None, "text, videos, or both")
        if text is None:
            return
        places = sum(
            sample.count(VIDEO_TOKEN) for sample in ([text] if isinstance(text, str) else text)
        )
        clips = 0 if videos is None else len(videos)
        if places != clips:
            raise InvalidInputError(
                "text", f"{places} times {VIDEO_TOKEN}", f"{clips}, one for each clip"
            )

    def prepare_inputs_layout(
        self,
        images: Any = None,
        text: Any = None,
        videos: Any = None,
        audio: Any = None,
        **kwargs: Any,
    ) -> tuple[Any, Any, Any, Any]:
        """Text as a list and clips as a flat list; nothing is fetched."""
        if images is not None or audio is not None:
            raise InvalidInputError("images, audio", "one of them", "text and videos only")
        texts = [text] if isinstance(text, str) else None if text is None else list(text)
        return None, texts, None if videos is None else flat_clips(videos), None

    def _process_videos(self, videos: Any, **kwargs: Any) -> tuple[Any, list[str]]:
        processed = self.video_processor(videos, num_frames=kwargs.get("num_frames"))
        places = [self.replace_video_token(processed, place) for place in range(len(videos))]
        return processed, places


def ensure_video_token(tokenizer: Any) -> int:
    """Id of `<|video|>`, added to the tokenizer as a special token where it is missing."""
    if VIDEO_TOKEN not in tokenizer.get_vocab():
        _add_special(tokenizer, [VIDEO_TOKEN])
    return int(tokenizer.convert_tokens_to_ids(VIDEO_TOKEN))


def ensure_think_tokens(tokenizer: Any) -> None:
    """Adds `<think>` and `</think>` as special tokens where they are missing."""
    missing = [name for name in THINK_TOKENS if name not in tokenizer.get_vocab()]
    if missing:
        _add_special(tokenizer, missing)


def _add_special(tokenizer: Any, names: list[str]) -> None:
    tokenizer.add_special_tokens(
        {"additional_special_tokens": names}, replace_extra_special_tokens=False
    )


__all__ = ["GPT4VideoProcessor", "ensure_think_tokens", "ensure_video_token"]
