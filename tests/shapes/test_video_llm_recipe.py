"""The video LLM's recipe: a pool that grows, dialogues about its clips, stages that resume."""

from __future__ import annotations

import random
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.model import tiny
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, AutoTokenizer

from gpt4video.loading import PRESETS
from gpt4video.model import GPT4VideoForConditionalGeneration, GPT4VideoProcessor
from gpt4video.model.video_processing import GPT4VideoVideoProcessor
from gpt4video.shapes.dialogues import Dialogue, Turn
from gpt4video.shapes.layout import sample_scene
from gpt4video.shapes.video_llm import pool as pools
from gpt4video.shapes.video_llm import reading, recipe
from gpt4video.shapes.video_llm.film import compressed, film, sampled_times
from gpt4video.shapes.video_llm.pool import ClipPool, fill_pool
from gpt4video.shapes.world import Scene
from gpt4video.training import stages
from gpt4video.training.loop import run_steps

WORDS = PRESETS["shapes"] / "lm"
ABSTRACTOR = {
    "hidden_size": 16,
    "num_heads": 2,
    "num_spatial_tokens": 21,
    "num_temporal_tokens": 10,
    "end_token": False,
    "num_frame_layers": 1,
    "num_track_layers": 1,
    "num_temporal_layers": 1,
}


class InterruptedRunError(Exception):
    """What a key press does to a run."""


class MeanColours(nn.Module):
    """Stands in for the frozen encoder: one patch per frame, its mean colour."""

    def __init__(self, *, fails_at: int = -1) -> None:
        super().__init__()
        self.calls = 0
        self.fails_at = fails_at

    def forward(self, pixels: Tensor) -> Tensor:
        if self.calls == self.fails_at:
            raise InterruptedRunError
        self.calls += 1
        return pixels.mean((-1, -2))[:, :, None]


def filled(folder: Path, clips: int, encoder: MeanColours | None = None) -> ClipPool:
    processor = GPT4VideoVideoProcessor(size={"height": 8, "width": 8}, num_frames=2)
    return fill_pool(folder, encoder or MeanColours(), processor, clips=clips, seed=3, device="cpu")


@pytest.fixture(autouse=True)
def saving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after each step, so that a run may break anywhere."""
    for module in (pools, reading, stages):
        monkeypatch.setattr(module, "run_steps", partial(run_steps, save_every_seconds=-1))


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`clip` and `lm`, tiny and random, with the shipped tokenizer."""
    folder = tmp_path_factory.mktemp("bases")
    tiny.clip_folder(folder / "clip")
    words = AutoTokenizer.from_pretrained(WORDS)
    ids = {f"{name}_token_id": getattr(words, f"{name}_token_id") for name in ("pad", "bos", "eos")}
    tiny.language_model(vocab_size=len(words), **ids).save_pretrained(folder / "lm")
    words.save_pretrained(folder / "lm")
    return folder


@pytest.fixture
def train(bases: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The recipe at a size for tests: 8 clips of 4 frames, 2 steps of each stage."""
    monkeypatch.setattr(recipe, "ABSTRACTOR", ABSTRACTOR)
    monkeypatch.setattr(recipe, "NUM_FRAMES", 4)
    monkeypatch.setattr(recipe, "LORA_RANK", 2)
    return partial(
        recipe.train_video_llm,
        clip=bases / "clip",
        lm=bases / "lm",
        data_dir=None,
        clips=8,
        reading_steps=2,
        alignment_steps=2,
        instruction_steps=2,
        batch=1,
    )


def loaded(run: Path, bases: Path) -> dict[str, Tensor]:
    """All weights of a run's model, its bases put beside it as the command line does."""
    shutil.copytree(bases, run, dirs_exist_ok=True)
    model = GPT4VideoForConditionalGeneration.from_pretrained(run / "model")
    return dict(model.named_parameters())


def test_a_run_that_broke_in_every_stage_ends_as_if_it_had_never_stopped(
    train: Any, bases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(tmp_path / "whole")
    loss = stages.dialogue_loss
    calls: list[int] = []

    def breaking(*arguments: Any) -> Tensor:
        calls.append(len(calls))
        if len(calls) in (2, 4, 6):  # in alignment, before instruction tuning, and within it
            raise InterruptedRunError
        return loss(*arguments)

    monkeypatch.setattr(stages, "dialogue_loss", breaking)
    for _ in range(3):
        with pytest.raises(InterruptedRunError):
            train(tmp_path / "parts")
    train(tmp_path / "parts")
    assert len(calls) == 7
    whole, parts = (loaded(tmp_path / name, bases) for name in ("whole", "parts"))
    assert any("lora_" in name for name in whole)
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)

    language_model = AutoModelForCausalLM.from_pretrained(bases / "lm")
    for name, weight in language_model.named_parameters():
        tuned = f"language_model.{name}"
        kept = whole.get(tuned, whole.get(tuned.replace(".weight", ".base_layer.weight")))
        assert kept is not None
        assert torch.equal(kept.to(weight.dtype), weight.to(kept.dtype).to(weight.dtype)), name


def test_a_run_may_go_on_from_the_abstractor_of_a_checkpoint(
    train: Any, bases: Path, tmp_path: Path
) -> None:
    train(tmp_path / "first")
    first = loaded(tmp_path / "first", bases)
    start = tmp_path / "first" / "model"
    train(tmp_path / "further", start=start, instruction_steps=1)
    assert not (tmp_path / "further" / "reading").exists()
    assert not (tmp_path / "further" / "alignment").exists()
    further = loaded(tmp_path / "further", bases)
    learnt = [name for name in first if "abstractor" in name and first[name].ndim == 2]
    moved = [(further[name] - first[name]).norm() / first[name].norm() for name in learnt]
    assert learnt
    assert max(moved) < 0.1  # one step away from where it began


def test_a_pool_that_broke_off_is_filled_up_as_if_it_had_not(tmp_path: Path) -> None:
    whole = filled(tmp_path / "whole", 16)
    with pytest.raises(InterruptedRunError):
        filled(tmp_path / "parts", 16, MeanColours(fails_at=1))
    encoder = MeanColours()
    parts = filled(tmp_path / "parts", 16, encoder)
    assert encoder.calls == 1
    assert parts.scenes == whole.scenes
    assert np.array_equal(parts.patches, whole.patches)


def test_a_pool_that_grows_keeps_its_clips(tmp_path: Path) -> None:
    before = filled(tmp_path / "grown", 5)
    kept = np.array(before.patches)
    assert len(before) == len(kept) == 8
    grown = filled(tmp_path / "grown", 15)
    assert len(grown) == len(grown.patches) == 16
    assert np.array_equal(grown.patches[:8], kept)
    assert grown.scenes == filled(tmp_path / "at_once", 16).scenes
    assert float(np.abs(np.asarray(grown.patches, np.float32)).sum(axis=(1, 2, 3)).min()) > 0


def test_clips_are_taken_with_their_scenes(tmp_path: Path) -> None:
    pool = filled(tmp_path, 8)
    taken = pool.take([3, 1])
    assert taken.shape == (2, 2, 1, 3)
    assert torch.equal(taken[1], torch.from_numpy(np.array(pool.patches[1])))
    prompt = pool.scenes[3].prompt
    assert 3 in pool.by_prompt[prompt]


def test_films_have_the_asked_frames_at_rising_moments() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        times = sampled_times(rng, 16)
        assert len(times) == 16
        assert 0.0 <= times[0] <= times[-1] <= 1.0
        assert list(times) == sorted(times)
    frames = film(sample_scene(rng), rng, 4)
    assert frames.shape == (4, frames.shape[1], frames.shape[1], 3)
    assert frames.dtype == np.uint8


def test_compression_changes_pixels_a_little() -> None:
    rng = np.random.default_rng(5)
    frames = np.repeat(rng.integers(60, 200, (1, 4, 4, 3), dtype=np.uint8), 16, axis=1)
    clip = np.repeat(np.repeat(frames, 16, axis=2), 4, axis=0)
    after = compressed(clip)
    assert after.shape == clip.shape
    difference = np.abs(after.astype(int) - clip.astype(int)).mean()
    assert 0 < difference < 12


def made_then_asked(made: Scene) -> Dialogue:
    making = Turn(user="Make it.", assistant="Here it is.", family="make", made=made)
    asking = Turn(user="And now?", assistant="It moves.", family="make")
    return Dialogue(scenes=(), turns=(making, asking))


def test_a_made_clip_is_stood_for_by_one_with_its_prompt(tmp_path: Path) -> None:
    pool = filled(tmp_path, 8)
    dialogue = made_then_asked(pool.scenes[5])
    seen = {
        str(recipe._shown_numbers(random.Random(seed), dialogue, [], pool)) for seed in range(20)
    }
    assert seen == {"[[], [5]]", "[[], []]"}


def test_a_made_clip_without_its_like_in_the_pool_is_left_out(tmp_path: Path) -> None:
    pool = filled(tmp_path, 8)
    pool.by_prompt.clear()
    dialogue = made_then_asked(pool.scenes[5])
    for seed in range(20):
        assert recipe._shown_numbers(random.Random(seed), dialogue, [], pool) == [[], []]


def test_examples_learn_the_assistants_words_alone(
    bases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "ABSTRACTOR", ABSTRACTOR)
    monkeypatch.setattr(recipe, "NUM_FRAMES", 4)
    model, processor = recipe.fresh_model(bases / "clip", bases / "lm")
    pool = filled(tmp_path, 8)
    (batch,), (again,) = (
        recipe._batch(pool, processor, recipe.alignment_dialogue, "1", 1, 0) for _ in range(2)
    )
    assert torch.equal(batch.input_ids, again.input_ids)
    assert len(batch.patches) == 1
    places = batch.input_ids == model.config.video_token_id
    assert int(places.sum()) == model.config.tokens_per_clip
    assert not bool((batch.labels[places] != stages.IGNORED).any())
    said = batch.labels[0][batch.labels[0] != stages.IGNORED]
    text = tokens_as_text(processor, said)
    assert "Human" not in text
    assert text.strip()


def test_embeddings_that_say_what_a_clip_shows_lose_nothing(tmp_path: Path) -> None:
    pool = filled(tmp_path, 8)
    told = reading.told_of(pool, [0, 5])
    words = torch.randn(told.shape[2], 64, generator=torch.manual_seed(0))
    said = reading.reading_losses(told @ words, words, told)
    assert all(value < 0.2 for name, value in said.items() if not name.endswith("right"))
    assert all(value == 1 for name, value in said.items() if name.endswith("right"))
    torch.testing.assert_close(reading.said_words(told @ words, words), told, atol=1e-3, rtol=0)
    other = reading.reading_losses(told.roll(1, 0) @ words, words, told)
    assert other["error"] > 10 * said["error"]
    assert other["present"] > said["present"]


def tokens_as_text(processor: GPT4VideoProcessor, tokens: Tensor) -> str:
    text: str = processor.tokenizer.decode(tokens)
    return text
