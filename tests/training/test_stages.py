"""What a training step learns from: padded dialogues, in groups of like length."""

from __future__ import annotations

import pytest
import torch

from gpt4video.training.stages import IGNORED, Example, collate, grouped


def example(length: int, *, clips: int = 0) -> Example:
    """Learns its last two tokens; its clips and tokens are told by its length."""
    return Example(
        patches=torch.full((clips, 1, 1, 1), float(length)),
        input_ids=list(range(length, 2 * length)),
        learnt=[False] * (length - 2) + [True] * 2,
    )


def test_dialogues_are_padded_on_the_right_and_padding_is_not_learnt() -> None:
    batch = collate([example(3, clips=1), example(5, clips=2)], pad_id=9)
    assert batch.input_ids.tolist() == [[3, 4, 5, 9, 9], [5, 6, 7, 8, 9]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]
    assert batch.labels.tolist() == [
        [IGNORED, 4, 5, IGNORED, IGNORED],
        [IGNORED, IGNORED, IGNORED, 8, 9],
    ]
    assert batch.patches.flatten().tolist() == [3.0, 5.0, 5.0]
    assert batch.learnt == 4


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_groups_hold_every_dialogue_once_the_short_ones_together(count: int) -> None:
    lengths = [7, 3, 9, 4, 8, 5, 10, 6][:count]
    batches = grouped([example(length, clips=1) for length in lengths], pad_id=0, groups=4)
    assert len(batches) <= 4
    assert sum(batch.learnt for batch in batches) == 2 * count
    shown = [int(each) for batch in batches for each in batch.patches.flatten()]
    assert shown == sorted(lengths)
