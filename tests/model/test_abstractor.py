from __future__ import annotations

import pytest
import torch
from tests.model.tiny import abstractor_config
from torch.nn import functional

from gpt4video.model import VideoAbstractor
from gpt4video_guards.errors import InvalidInputError


@pytest.fixture(scope="module")
def abstractor() -> VideoAbstractor:
    torch.manual_seed(0)
    return VideoAbstractor(abstractor_config(), patch_width=8, num_patches=9, output_width=24)


def patches(clips: int = 2, frames: int = 5) -> torch.Tensor:
    return torch.randn(clips, frames, 9, 8, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("frames", [1, 2, 16])
def test_the_number_of_tokens_is_fixed_whatever_the_length(
    abstractor: VideoAbstractor, frames: int
) -> None:
    assert abstractor(patches(3, frames)).shape == (3, abstractor.config.num_tokens, 24)
    assert abstractor.config.num_tokens == 3 + 3 + 1


def test_clips_of_a_batch_do_not_touch_each_other(abstractor: VideoAbstractor) -> None:
    both = patches(2)
    torch.testing.assert_close(abstractor(both)[1:], abstractor(both[1:]))


def test_the_order_of_frames_matters_to_the_temporal_tokens(abstractor: VideoAbstractor) -> None:
    clip = patches(1)
    forwards, backwards = abstractor(clip)[0, 3:6], abstractor(clip.flip(1))[0, 3:6]
    assert (forwards - backwards).abs().mean() > 0.05 * forwards.std()


def test_the_place_in_the_frame_matters_to_the_spatial_tokens(abstractor: VideoAbstractor) -> None:
    clip = patches(1)
    here, there = abstractor(clip)[0, :3], abstractor(clip.roll(1, dims=2))[0, :3]
    assert (here - there).abs().mean() > 0.05 * here.std()


def test_the_output_starts_at_the_scale_it_is_calibrated_to(abstractor: VideoAbstractor) -> None:
    abstractor.calibrate(0.5)
    assert abstractor(patches(8)).std().item() == pytest.approx(0.5, rel=0.25)
    abstractor.calibrate(0.02)
    assert abstractor(patches(8)).std().item() == pytest.approx(0.02, rel=0.25)
    with pytest.raises(InvalidInputError, match="scale"):
        abstractor.calibrate(0.0)


def test_every_weight_is_reached_by_training(abstractor: VideoAbstractor) -> None:
    abstractor(patches()).square().sum().backward()
    still = [name for name, weight in abstractor.named_parameters() if not weight.grad.any()]  # type: ignore[union-attr]
    abstractor.zero_grad()
    assert still == []


def test_patches_of_another_shape_are_refused(abstractor: VideoAbstractor) -> None:
    with pytest.raises(InvalidInputError, match=r"\[clips, frames, 9, 8\]"):
        abstractor(torch.zeros(1, 2, 9, 7))


def test_it_learns_from_scratch_which_way_a_thing_moves() -> None:
    torch.manual_seed(0)
    thing = torch.randn(8)
    abstractor = VideoAbstractor(
        abstractor_config(hidden_size=32), patch_width=8, num_patches=16, output_width=16
    )
    head = torch.nn.Linear(7 * 16, 2)
    weights = [*abstractor.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=3e-3)

    def batch(size: int) -> tuple[torch.Tensor, torch.Tensor]:
        rightwards = torch.randint(0, 2, (size,))
        row = torch.randint(0, 4, (size, 1)) * 4
        steps = torch.arange(4).expand(size, 4)
        columns = torch.where(rightwards[:, None] == 1, steps, 3 - steps)
        clip = 0.3 * torch.randn(size, 4, 16, 8)
        places = (row + columns)[..., None, None].expand(size, 4, 1, 8)
        return clip.scatter_add(2, places, thing.expand(size, 4, 1, 8)), rightwards

    for _ in range(100):
        clip, rightwards = batch(16)
        logits = head(50 * abstractor(clip).flatten(1))
        optimizer.zero_grad()
        functional.cross_entropy(logits, rightwards).backward()
        optimizer.step()
    clip, rightwards = batch(200)
    right = head(50 * abstractor(clip).flatten(1)).argmax(-1) == rightwards
    assert right.float().mean() > 0.95


@pytest.mark.parametrize("broken", [{"num_heads": 3}, {"num_spatial_tokens": 0}])
def test_a_configuration_that_cannot_be_built_is_refused(broken: dict[str, int]) -> None:
    with pytest.raises(InvalidInputError, match=next(iter(broken))):
        abstractor_config(**broken)
