from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gpt4video.cli import _recipes
from gpt4video.testing import tiny_random_model

Invoke = Callable[..., Result]


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, _recipes.Run]]:
    """Recipes that write a tiny random model instead of training one; gives the runs."""
    runs: list[tuple[str, _recipes.Run]] = []
    tiny = tiny_random_model(tmp_path / "tiny")
    (tiny / "generator").mkdir()
    (tiny / "generator" / "model_index.json").write_text("{}")

    def recipe(name: str) -> Callable[[_recipes.Run], Path]:
        def train(run: _recipes.Run) -> Path:
            runs.append((name, run))
            return tiny / _recipes.NAMES[name]

        return train

    monkeypatch.setattr(_recipes, "_RECIPES", {name: recipe(name) for name in _recipes.NAMES})
    return runs


def test_all_parts_come_together_as_one_assistant_that_can_move(
    gpt4video: Invoke, recipes: list[tuple[str, _recipes.Run]], tmp_path: Path
) -> None:
    from gpt4video import VideoAssistant

    result = gpt4video(
        "train", "shapes", "--run-dir", tmp_path / "runs", "--data-dir", _data(tmp_path)
    )
    assert result.exit_code == 0, result.output
    assert [name for name, _ in recipes] == ["clip", "lm", "video-llm", "generator"]
    moved = (tmp_path / "runs" / "shapes").rename(tmp_path / "moved")
    config = json.loads((moved / "model" / "config.json").read_text())
    assert config["vision_config"]["pretrained"] == "../clip"
    assert config["text_pretrained"] == "../lm"
    (moved / "generator" / "model_index.json").unlink()
    (moved / "generator").rmdir()
    with VideoAssistant.from_pretrained(moved, policy="off", device="cpu") as assistant:
        assert assistant.reasoner.num_frames == 4


def test_options_reach_the_recipe(
    gpt4video: Invoke, recipes: list[tuple[str, _recipes.Run]], tmp_path: Path
) -> None:
    data = _data(tmp_path)
    gpt4video(
        "train", "shapes", "clip", "--run-dir", tmp_path / "runs", "--steps", 7, "--fresh",
        "--data-dir", data,
    )  # fmt: skip
    ((name, run),) = recipes
    assert name == "clip"
    assert (run.steps, run.resume, run.data_dir) == (7, False, data)


def test_without_labelled_texts_training_says_so_and_goes_on(
    gpt4video: Invoke,
    recipes: list[tuple[str, _recipes.Run]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.delenv("GPT4VIDEO_DATA", raising=False)
    result = gpt4video("train", "shapes", "lm")
    assert result.exit_code == 0, result.output
    assert recipes[0][1].data_dir is None
    assert "without labelled texts" in result.stderr


def test_named_data_that_is_not_there_is_an_error(
    gpt4video: Invoke, recipes: list[tuple[str, _recipes.Run]], tmp_path: Path
) -> None:
    result = gpt4video("train", "shapes", "lm", "--data-dir", tmp_path / "nowhere")
    assert result.exit_code == 1
    assert recipes == []


@pytest.mark.parametrize("further", [False, True])
@pytest.mark.parametrize(
    ("part", "home", "name"),
    [
        ("clip", "gpt4video.shapes.clip.recipe", "train_clip"),
        ("lm", "gpt4video.shapes.lm", "train_lm"),
        ("video-llm", "gpt4video.shapes.video_llm.recipe", "train_video_llm"),
        ("generator", "gpt4video.shapes.generator", "train_generator"),
    ],
)
def test_every_recipe_takes_what_it_is_given(
    part: str, home: str, name: str, further: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib
    import inspect

    module = importlib.import_module(home)
    real = getattr(module, name)
    if name == "train_generator":  # the package's own only hands over to the recipe
        real = importlib.import_module("gpt4video.shapes.generator.recipe").train_generator
    given: list[inspect.BoundArguments] = []

    def train(*args: Any, **options: Any) -> Path:
        given.append(inspect.signature(real).bind(*args, **options))
        return tmp_path

    monkeypatch.setattr(module, name, train)
    run = _recipes.Run(
        folder=tmp_path, data_dir=None, steps=None, minutes=3.0, resume=True, further=further
    )
    assert _recipes._RECIPES[part](run) == tmp_path
    assert Path(given[0].arguments["run_dir"]).parent == tmp_path


@pytest.mark.parametrize(("part", "folder"), [("lm", "lm"), ("video-llm", "model")])
def test_training_further_begins_with_the_shipped_part(
    part: str, folder: str, recipes: list[tuple[str, _recipes.Run]], gpt4video: Invoke
) -> None:
    result = gpt4video("train", "shapes", part, "--further")
    assert result.exit_code == 0, result.output
    ((_, run),) = recipes
    options = run.start(part)
    assert options["start"] == _recipes.SHIPPED / folder
    assert options["start"].is_dir()


@pytest.mark.parametrize("part", ["clip", "generator", "all"])
def test_what_has_no_recipe_to_go_on_is_refused(
    part: str, recipes: list[tuple[str, _recipes.Run]], gpt4video: Invoke
) -> None:
    result = gpt4video("train", "shapes", part, "--further")
    assert result.exit_code == 1
    assert "lm or video-llm" in result.output
    assert recipes == []


def test_an_unknown_part_is_a_wrong_call(gpt4video: Invoke) -> None:
    result = gpt4video("train", "shapes", "everything")
    assert result.exit_code == 2


def test_the_guard_is_trained_on_the_labelled_texts(
    gpt4video: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gpt4video.guard_training as recipe

    calls: list[tuple[Path, recipe.GuardOptions, bool]] = []

    def train_guard(
        run_dir: Path, data_dir: Path, *, options: recipe.GuardOptions, resume: bool
    ) -> recipe.GuardReport:
        calls.append((data_dir, options, resume))
        figures = {"f1": 0.9, "auprc": 0.9, "fpr": 0.1, "recall": 0.9}
        return recipe.GuardReport(
            weights=run_dir / "classifier", thresholds={}, dev={"prompt": figures}, int8={}
        )

    monkeypatch.setattr(recipe, "train_guard", train_guard)
    result = gpt4video("train", "guard", "--data-dir", _data(tmp_path), "--run-dir", tmp_path)
    assert result.exit_code == 0, result.output
    assert calls == [(tmp_path / "data" / "safety", recipe.GuardOptions(), True)]
    assert "0.900" in result.stdout
    assert "classifier" in result.stdout


def _data(folder: Path) -> Path:
    (folder / "data" / "safety" / "train").mkdir(parents=True, exist_ok=True)
    return folder / "data"
