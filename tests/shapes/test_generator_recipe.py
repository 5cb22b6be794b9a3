"""The embedded generator: its latent space, its decoder, its training, and what is shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gpt4video.shapes.generator.components import GeneratorSize, Parts, build_parts, load_parts
from gpt4video.shapes.generator.decoder import sample_pixels
from gpt4video.shapes.generator.denoiser import embed, noise_levels, sample_clips
from gpt4video.shapes.generator.factors import (
    LATENT_CHANNELS,
    OFFSET,
    PRESENCE,
    factor_maps,
    object_channels,
)
from gpt4video.shapes.generator.painter import Painter, enlarge, extract, install
from gpt4video.shapes.generator.recipe import export_generator, train_generator
from gpt4video.shapes.generator.stage import Step
from gpt4video.shapes.generator.wording import build_tokenizer, word_prompt
from gpt4video.shapes.layout import frame_boxes, sample_words
from gpt4video.shapes.render import frame_times, sample_scene
from gpt4video.shapes.world import Scene, SceneObject
from gpt4video_guards.errors import InvalidInputError

SHIPPED = Path(__file__).parents[2] / "sdk/gpt4video/pretrained/shapes/generator"
TINY = GeneratorSize(
    width=32,
    heads=2,
    layers=1,
    text_width=32,
    text_layers=1,
    decoder_channels=48,
    decoder_blocks=(1, 1),
    encoder_channels=8,
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of a run of one step."""
    folder = tmp_path_factory.mktemp("run")
    return train_generator(folder, steps=1, size=TINY, batch=3, show_progress=False)


def tiny_painter() -> Painter:
    alone, together = TINY.decoder_blocks
    return Painter(TINY.decoder_channels, alone=alone, together=together)


def frames_of(parts: Parts, prompt: str, *, seed: int, **options: Any) -> np.ndarray[Any, Any]:
    pipeline = parts.pipeline()
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline(
        prompt,
        num_inference_steps=options.pop("num_inference_steps", 2),
        guidance_scale=options.pop("guidance_scale", 1.0),
        video_length=16,
        height=64,
        width=64,
        clean_caption=False,
        output_type="np",
        generator=torch.Generator().manual_seed(seed),
    )
    frames: np.ndarray[Any, Any] = np.asarray(made.frames[0])
    return frames


def weight_types(folder: Path) -> set[torch.dtype]:
    files = list(folder.rglob("*.safetensors"))
    assert len(files) == 3
    return {tensor.dtype for path in files for tensor in load_file(path).values()}


def test_an_offset_map_is_zero_at_the_centre_of_its_object() -> None:
    drawing = sample_scene(np.random.default_rng(1), num_objects=2, motions=["left"])
    times = frame_times(4)
    maps = factor_maps(drawing, times)
    for index in range(2):
        x, y, _ = frame_boxes(drawing, times)[2, index]
        across, down = maps[2, object_channels(index)][OFFSET]
        cells = (np.arange(8) + 0.5) / 8
        assert np.interp(0.0, across[0], cells) == pytest.approx(x, abs=1e-3)
        assert np.interp(0.0, down[:, 0], cells) == pytest.approx(y, abs=1e-3)


def test_presence_follows_a_blinking_object_and_is_off_for_one_that_is_not_there() -> None:
    drawing = sample_scene(np.random.default_rng(2), num_objects=1, motions=["blink"])
    times = frame_times(16)
    maps = factor_maps(drawing, times)
    seen = frame_boxes(drawing, times)[:, 0, 2] > 0
    assert np.array_equal(maps[:, object_channels(0).start + PRESENCE, 3, 3] > 0, seen)
    assert (maps[:, object_channels(1).start + PRESENCE] == -1.0).all()


def test_the_tokenizer_reads_canonical_and_casual_words_alike() -> None:
    tokenizer = build_tokenizer()
    canonical = tokenizer("a small gray ring spinning and a large red star moving left")
    casual = tokenizer(
        "Please show me a TINY grey ring that rotates and one big red star going left!"
    )
    assert canonical["input_ids"] == casual["input_ids"]
    assert len(canonical["input_ids"]) == 10


def test_every_word_of_a_canonical_prompt_is_told_apart() -> None:
    tokenizer, rng = build_tokenizer(), np.random.default_rng(0)
    scenes = {sample_words(rng, num_objects=1).prompt for _ in range(300)}
    assert len({tuple(tokenizer(each)["input_ids"]) for each in scenes}) == len(scenes)


def test_a_loose_prompt_says_nothing_that_is_not_in_its_scene() -> None:
    rng = np.random.default_rng(0)
    thing = SceneObject(colour="red", shape="star", size="small", motion="left")
    scene = Scene(background="white", objects=(thing,))
    tokenizer = build_tokenizer()
    allowed = {"small", "red", "star", "left", "white", "shape", "</s>"}
    for _ in range(50):
        prompt = word_prompt(scene, rng, canonical=0.0)
        assert set(tokenizer.convert_ids_to_tokens(tokenizer(prompt)["input_ids"])) <= allowed


def test_an_installed_painter_paints_whole_frames_as_it_paints_single_pixels() -> None:
    torch.manual_seed(0)
    vae, painter = build_parts(TINY).vae, tiny_painter()
    install(painter, vae)
    latents = torch.from_numpy(
        factor_maps(sample_scene(np.random.default_rng(3), num_objects=2), frame_times(2))
    )
    scaling = vae.config.scaling_factor
    with torch.no_grad():
        frames = vae.decode(latents / scaling).sample
        pixels = painter(enlarge(latents, scaling).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
    assert torch.allclose(frames, pixels * 2 - 1, atol=1e-3)


def test_a_painter_comes_back_out_of_the_decoder_it_was_installed_in() -> None:
    vae, before, after = build_parts(TINY).vae, tiny_painter(), tiny_painter()
    install(before, vae)
    extract(vae, after)
    for one, other in zip(before.parameters(), after.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_sampled_pixels_carry_the_factors_at_their_own_place() -> None:
    factors, colours = sample_pixels(np.random.default_rng(0), 2.0)
    assert factors.shape == (len(colours), LATENT_CHANNELS)
    assert colours.min() >= 0.0 and colours.max() <= 1.0
    backdrop = factors[:, :3] * 2.0 * 127.5 + 127.5  # nearly linear near the middle
    gray = (backdrop - 110).abs().amax(1) < 25
    things = [factors[:, object_channels(index)] for index in range(2)]
    away = [(each[:, OFFSET].norm(dim=1) > 0.6) | (each[:, PRESENCE] < 0) for each in things]
    plain = colours[gray & away[0] & away[1]] * 255
    assert len(plain) > 50
    assert (plain - 110).abs().amax(1).median() < 8


def test_noise_levels_lean_towards_much_noise() -> None:
    levels = noise_levels(np.random.default_rng(0), 4000)
    assert levels.min() > 0.0 and levels.max() < 1.0
    assert 0.75 < np.median(levels) < 0.95


def test_padding_is_hidden_and_an_unprompted_clip_sees_as_many_positions_as_its_prompt() -> None:
    parts = build_parts(TINY)
    prompts = ["two shapes", "a small red circle moving left on a black background"]
    text, hidden = embed(parts, prompts, [False, True], torch.device("cpu"))
    assert text.shape[:2] == (2, 6)
    assert (hidden[0, 0, 3:] < -1e3).all() and (hidden[1] == 0).all()
    other, _ = embed(
        parts,
        ["two shapes", "a large blue star spinning on a white background"],
        [False, True],
        torch.device("cpu"),
    )
    assert torch.allclose(text[1], other[1], atol=1e-6)


def test_clips_of_a_batch_cover_the_words_of_the_world() -> None:
    clips = sample_clips(np.random.default_rng(0), 150, num_objects=1)
    assert clips.latents.shape == (150, LATENT_CHANNELS, 16, 8, 8)
    everything = " ".join(clips.prompts)
    for word in ("red", "pink", "circle", "cross", "small", "large", "spin", "blink", "white"):
        assert word in everything


def test_training_exports_a_standard_pipeline_in_half_precision(trained: Path) -> None:
    index = json.loads((trained / "model_index.json").read_text())
    assert index["_class_name"] == "LattePipeline"
    assert (trained / "README.md").read_text().startswith("---\nlicense: apache-2.0")
    defaults = json.loads((trained / "generation_defaults.json").read_text())
    assert (defaults["num_frames"], defaults["height"], defaults["fps"]) == (16, 64, 8)
    assert weight_types(trained) == {torch.float16}


@pytest.mark.parametrize("guidance", [1.0, 2.5])
def test_the_same_prompt_and_seed_give_the_same_frames(trained: Path, guidance: float) -> None:
    parts, prompt = load_parts(trained), "a small red circle moving right on a black background"
    first, again, other = (
        frames_of(parts, prompt, seed=seed, guidance_scale=guidance) for seed in (1, 1, 2)
    )
    assert first.shape == (16, 64, 64, 3)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_training_goes_on_where_it_stopped_and_a_larger_budget_trains_on(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def note(step: Step, parts: Parts) -> None:
        seen.append((step.stage, step.step))

    def train(steps: int) -> None:
        train_generator(
            tmp_path, steps=steps, size=TINY, batch=3, show_progress=False, on_step=note
        )

    train(1)
    train(1)
    assert seen == [("decoder", 1), ("denoiser", 1), ("encoder", 1)]
    train(2)
    assert seen[3:] == [("decoder", 2), ("denoiser", 2), ("encoder", 2)]


def test_training_can_start_from_exported_weights(trained: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"steps": 1, "size": TINY, "batch": 3, "show_progress": False}
    again = train_generator(tmp_path, start=trained, stages=["denoiser"], **options)
    before, after = load_parts(trained), load_parts(again)
    for one, other in zip(before.vae.parameters(), after.vae.parameters(), strict=True):
        assert torch.allclose(one, other, atol=2e-2)
    changed = zip(before.transformer.parameters(), after.transformer.parameters(), strict=True)
    assert any(not torch.equal(one, other) for one, other in changed)


def test_a_budget_in_both_minutes_and_steps_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="minutes"):
        train_generator(tmp_path, minutes=1, steps=1)


def test_an_export_replaces_what_was_there_and_names_the_figures(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").touch()
    folder = export_generator(build_parts(TINY), tmp_path / "out", figures={"colour": "98 %"})
    assert not (folder / "old").exists()
    assert "| colour | 98 % |" in (folder / "README.md").read_text()


def test_the_shipped_generator_is_small_and_in_half_precision() -> None:
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 25_000_000
    assert {path.suffix for path in files} <= {".json", ".safetensors", ".md"}
    assert weight_types(SHIPPED) == {torch.float16}


def test_the_shipped_generator_paints_what_its_prompt_says() -> None:
    parts = load_parts(SHIPPED)
    frames = frames_of(
        parts,
        "a large red square standing still on a black background",
        seed=3,
        num_inference_steps=12,
    )
    red = (frames[..., 0] > 0.6) & (frames[..., 1] < 0.35)
    assert 0.07 < red.mean() < 0.25
    assert (np.median(frames, axis=(1, 2)) < 0.15).all()
