from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from tests.model import tiny
from transformers import AutoProcessor

from gpt4video.model import (
    GPT4VideoForConditionalGeneration,
    GPT4VideoProcessor,
    GPT4VideoVideoProcessor,
)
from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.video import read_clip, write_mp4

Model = GPT4VideoForConditionalGeneration


def video_processor(side: int = 16, frames: int = 4) -> GPT4VideoVideoProcessor:
    return GPT4VideoVideoProcessor(
        size={"height": side, "width": side},
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.25, 0.25, 0.25],
        num_frames=frames,
    )


def pixels(clip: Any, **settings: Any) -> torch.Tensor:
    found: torch.Tensor = video_processor(**settings)(clip)["pixel_values_videos"]
    return found


def test_frames_of_the_right_size_are_only_normalised() -> None:
    clip = tiny.frames(height=16, width=16)
    expected = (torch.from_numpy(clip).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25
    torch.testing.assert_close(pixels(clip)[0], expected)


def test_a_file_is_read_by_our_own_reader(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "clip.mp4", tiny.frames(count=8, height=16, width=16), fps=4)
    expected = read_clip(path, num_frames=4).frames
    torch.testing.assert_close(pixels(str(path)), pixels(expected))


def test_scaling_is_what_pillow_does() -> None:
    clip = tiny.frames(count=1, height=50, width=36)
    scaled = Image.fromarray(clip[0]).resize((16, 16), Image.Resampling.BICUBIC)
    expected = torch.from_numpy(np.array(scaled)).permute(2, 0, 1) / 255
    ours = pixels(clip, frames=1)[0, 0] * 0.25 + 0.5
    assert (ours - expected).abs().max() < 2.5 / 255


def test_the_middles_of_equal_segments_are_taken() -> None:
    clip = np.zeros((12, 16, 16, 3), np.uint8) + np.arange(12, dtype=np.uint8)[:, None, None, None]
    shown = (pixels(clip)[0, :, 0, 0, 0] * 0.25 + 0.5) * 255
    assert shown.round().tolist() == [1, 4, 7, 10]


def test_too_few_frames_are_repeated_in_order() -> None:
    clip = np.zeros((2, 16, 16, 3), np.uint8)
    clip[1] = 255
    assert pixels(clip)[0, :, 0, 0, 0].tolist() == [-2.0, -2.0, 2.0, 2.0]


def test_clips_of_different_sizes_and_lengths_make_one_batch() -> None:
    clips = [tiny.frames(count=9), tiny.frames(count=2, height=7, width=5)]
    assert pixels(clips).shape == (2, 4, 3, 16, 16)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 8, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.uint8),
        np.zeros((0, 8, 8, 3), np.uint8),
        np.zeros((2, 8, 8, 4), np.uint8),
        "http://example.org/a.mp4",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_clip_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="videos"):
        pixels(wrong)


def test_the_librarys_own_decoding_is_closed() -> None:
    with pytest.raises(InvalidInputError):
        video_processor().fetch_videos("clip.mp4")


def test_a_chat_becomes_what_the_model_takes(model: Model, processor: GPT4VideoProcessor) -> None:
    block = {"type": "video", "video": tiny.frames()}
    chat: list[dict[str, Any]] = [
        {"role": "user", "content": [block, {"type": "text", "text": "what is it"}]}
    ]
    plain: list[dict[str, Any]] = [{"role": "user", "content": "hi <|video|>"}]
    settings: dict[str, Any] = {
        "tokenize": True,
        "return_dict": True,
        "add_generation_prompt": True,
    }
    inputs = processor.apply_chat_template([chat, plain], **settings)
    assert inputs["pixel_values_videos"].shape == (1, tiny.FRAMES, 3, tiny.SIDE, tiny.SIDE)
    assert inputs["attention_mask"][1].tolist() == sorted(inputs["attention_mask"][1].tolist())
    assert model.generate(**inputs, max_new_tokens=3).shape[0] == 2
    expected = processor.encode_conversation(chat, add_generation_prompt=True).input_ids
    assert inputs["input_ids"][0].tolist() == expected


def test_a_chat_reads_as_the_ids_do(processor: GPT4VideoProcessor) -> None:
    chat: list[dict[str, Any]] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "video"}, {"type": "text", "text": "what is it"}]},
        {"role": "assistant", "content": "A ball."},
        {"role": "user", "content": "and now"},
    ]
    text = processor.apply_chat_template(chat, add_generation_prompt=True)
    ids = processor.encode_conversation(chat, add_generation_prompt=True).input_ids
    shown = processor.tokenizer.decode(ids)
    assert shown == text.replace(": <|video|>", ":" + "<|video|>" * processor.tokens_per_clip)


def test_assistant_masks_are_the_labels_mask(processor: GPT4VideoProcessor) -> None:
    chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "A ball."}]
    inputs = processor.apply_chat_template(
        chat, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    expected = [int(said) for said in processor.encode_conversation(chat).labels_mask]
    assert inputs["assistant_masks"][0].tolist() == expected


def test_a_trusted_string_is_expanded(processor: GPT4VideoProcessor) -> None:
    inputs = processor(
        text="Human: Video 1: <|video|> what", videos=[tiny.frames()], return_tensors="pt"
    )
    found = (inputs["input_ids"] == processor.video_token_id).sum()
    assert found == processor.tokens_per_clip
    with pytest.raises(InvalidInputError, match="one for each clip"):
        processor(text="<|video|> <|video|>", videos=[tiny.frames()])
    with pytest.raises(InvalidInputError, match="text and videos only"):
        processor(text="hi", images=[tiny.frames()[0]])
    with pytest.raises(InvalidInputError):
        processor()


def test_it_comes_back_from_its_folder(
    model: Model, processor: GPT4VideoProcessor, tmp_path: Path
) -> None:
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    chat = [{"role": "user", "content": [{"type": "video", "video": tiny.frames()}]}]
    for loaded in (
        AutoProcessor.from_pretrained(tmp_path),
        GPT4VideoProcessor.from_pretrained(tmp_path),
    ):
        assert isinstance(loaded, GPT4VideoProcessor)
        assert loaded.encode_conversation(chat) == processor.encode_conversation(chat)
        torch.testing.assert_close(
            loaded.video_processor(tiny.frames())["pixel_values_videos"],
            processor.video_processor(tiny.frames())["pixel_values_videos"],
        )


def test_a_tokenizer_with_another_placeholder_is_refused(model: Model) -> None:
    other = tiny.tokenizer()
    other.add_tokens(["<extra>"])
    with pytest.raises(InvalidInputError, match=str(model.config.video_token_id)):
        GPT4VideoProcessor.for_model(model.config, other)
