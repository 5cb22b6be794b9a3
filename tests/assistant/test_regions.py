"""The frame guard that names patches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from gpt4video._regions import RegionConceptGuard, holds_for
from gpt4video_guards import FramesSubject, TextSubject
from gpt4video_guards.errors import InvalidInputError

NAMES = ("a red star", "a blue star", "a red ring", "a black background")
GROUND, STAR = NAMES.index("a black background"), NAMES.index("a red star")


def guard(concept: str, patches: np.ndarray) -> RegionConceptGuard:
    def texts(words: Sequence[str]) -> np.ndarray:
        return np.eye(8)[: len(words)]

    return RegionConceptGuard(
        {"blocked": (concept,)},
        names=NAMES,
        encode_patches=lambda frames: np.eye(8)[patches],
        encode_texts=texts,
        logit_scale=30.0,
    )


def score(concept: str, patches: np.ndarray) -> float:
    frames = np.zeros((len(patches), 8, 8, 3), dtype=np.uint8)
    subject = FramesSubject(frames=frames, times=tuple(float(t) for t in range(len(patches))))
    (judgement,) = guard(concept, patches).judge([subject])
    return judgement.scores["blocked"]


def shown(patches: int, frames: int) -> np.ndarray:
    """Six frames of 16 patches, the star on some patches of some frames."""
    grid = np.full((6, 16), GROUND)
    grid[:frames, :patches] = STAR
    return grid


@pytest.mark.parametrize("concept", ["a red star", "a star", "something red", "a red thing"])
def test_a_concept_is_found_in_every_name_for_which_it_holds(concept: str) -> None:
    assert score(concept, shown(4, 3)) > 0.9


@pytest.mark.parametrize("concept", ["a blue star", "a ring", "a unicorn"])
def test_other_concepts_are_not_found(concept: str) -> None:
    assert score(concept, shown(4, 3)) < 0.1


@pytest.mark.parametrize(("patches", "frames"), [(2, 6), (4, 1)])
def test_single_patches_and_single_frames_do_not_count(patches: int, frames: int) -> None:
    assert score("a red star", shown(patches, frames)) < 0.1


def test_only_words_that_count_must_be_there() -> None:
    assert holds_for("Something red!", "a red star") and not holds_for("a thing", "a red star")


def test_texts_are_not_for_this_guard() -> None:
    with pytest.raises(InvalidInputError, match="frames only"):
        guard("a star", shown(4, 3)).judge([TextSubject(text="x", kind="prompt")])
