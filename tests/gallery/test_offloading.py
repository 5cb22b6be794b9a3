"""Parts that wait in the CPU's memory. The hooks are real; their device here is the CPU as well,
so what is saved cannot be seen, but all that moves parts to and fro does run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery import (
    DiffusersVideoGenerator,
    GenerationCancelledError,
    VideoRequest,
    load_generator,
)
from gpt4video_tools.gallery.pipelines import check_offload, put
from gpt4video_tools.gallery.placement import OffloadName

REQUEST = VideoRequest(
    prompt="a red circle", num_frames=5, height=32, width=32, num_inference_steps=2, seed=5
)
CPU = torch.device("cpu")


@pytest.mark.parametrize("family", ["wan", "animatediff"])
def test_an_offloaded_pipeline_makes_the_same_clip_also_after_a_cancellation(
    family: str, checkpoint: Callable[[str], Path]
) -> None:
    pipeline = diffusers.DiffusionPipeline.from_pretrained(checkpoint(family))
    put(pipeline, CPU, "model")
    generator = DiffusersVideoGenerator(pipeline, name=family)
    staying = diffusers.DiffusionPipeline.from_pretrained(checkpoint(family))
    if family == "animatediff":  # frame by frame as well: at once, the sums are rounded otherwise
        staying.vae.enable_slicing()
    whole = DiffusersVideoGenerator(staying, name=family).generate(REQUEST)
    np.testing.assert_array_equal(generator.generate(REQUEST).frames, whole.frames)
    seen: list[int] = []
    with pytest.raises(GenerationCancelledError):
        generator.generate(
            REQUEST, on_progress=lambda step, _: seen.append(step), cancelled=lambda: bool(seen)
        )
    np.testing.assert_array_equal(generator.generate(REQUEST).frames, whole.frames)


def test_frames_of_an_offloaded_pipeline_are_decoded_in_pieces(
    checkpoint: Callable[[str], Path],
) -> None:
    wan = diffusers.WanPipeline.from_pretrained(checkpoint("wan"))
    animated = diffusers.AnimateDiffPipeline.from_pretrained(checkpoint("animatediff"))
    for pipeline in (wan, animated):
        put(pipeline, CPU, "model")
    assert wan.vae.use_tiling
    assert animated.vae.use_slicing
    assert not animated.vae.use_tiling


def test_offloading_needs_a_device_to_offload_from() -> None:
    check_offload("model", torch.device("cuda"))
    check_offload("none", CPU)
    with pytest.raises(InvalidInputError, match="memory of a GPU"):
        check_offload("model", CPU)
    with pytest.raises(InvalidInputError, match="none, model, sequential"):
        check_offload("all", torch.device("cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
@pytest.mark.parametrize("offload", ["none", "model", "sequential"])
def test_a_gpu_makes_clips_however_it_is_offloaded(
    offload: OffloadName, checkpoint: Callable[[str], Path]
) -> None:
    generator = load_generator(checkpoint("wan"), device="cuda", offload=offload)
    assert generator.generate(REQUEST).frames.shape == (5, 32, 32, 3)
