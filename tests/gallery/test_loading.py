"""Names, folders and what is refused, before and while weights are read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import pytest

from gpt4video_guards.errors import CheckpointError, InvalidInputError, UnknownNameError
from gpt4video_tools.gallery import VideoRequest, load_generator

Checkpoint = Callable[[str], Path]


def test_an_unknown_name_lists_the_presets() -> None:
    with pytest.raises(UnknownNameError, match="zeroscope-v2-576w"):
        load_generator("zeroscope")


def test_a_name_without_separator_is_never_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownNameError):
        load_generator("mine")
    with pytest.raises(CheckpointError, match=r"model_index\.json"):
        load_generator("./mine")


@pytest.mark.parametrize("folder", ["./absent", "cerspense/zeroscope_v2_576w", Path("absent")])
def test_an_absent_folder_is_said_to_be_absent_and_never_looked_up(folder: str | Path) -> None:
    with pytest.raises(CheckpointError, match="no such folder"):
        load_generator(folder)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("{", "JSON"),
        ("[]", "_class_name"),
        ("{}", "_class_name"),
        ('{"_class_name": ["pipeline", "Mine"]}', "_class_name"),
        ('{"_class_name": "NoSuchPipeline"}', "NoSuchPipeline"),
        ('{"_class_name": "AutoencoderKL"}', "AutoencoderKL"),
        ('{"_class_name": "StableDiffusionPipeline"}', "not a text-to-video"),
        ('{"_class_name": "WanImageToVideoPipeline"}', "not a text-to-video"),
        ('{"_class_name": "VideoToVideoSDPipeline"}', "not a text-to-video"),
        ('{"_class_name": "LattePipeline"}', "cannot be loaded"),
    ],
)
def test_a_folder_of_another_kind_is_refused(tmp_path: Path, index: str, words: str) -> None:
    (tmp_path / "model_index.json").write_text(index)
    with pytest.raises(CheckpointError, match=words):
        load_generator(tmp_path)


def test_defaults_of_the_folder_are_used(checkpoint: Checkpoint, tmp_path: Path) -> None:
    folder = _copy(checkpoint("latte"), tmp_path / "mine")
    values = {"num_frames": 4, "height": 16, "width": 32, "fps": 5, "num_inference_steps": 2}
    (folder / "generation_defaults.json").write_text(json.dumps(values))
    seen: list[tuple[int, int]] = []
    video = load_generator(folder).generate(
        VideoRequest(prompt="a"), on_progress=lambda *counts: seen.append(counts)
    )
    assert video.frames.shape == (4, 16, 32, 3)
    assert (video.fps, video.generator, video.notes) == (5, "mine", ())
    assert seen == [(1, 2), (2, 2)]


@pytest.mark.parametrize("text", ["{", '{"fps": 0}', '{"fixed_size": true}', '{"frames": 3}', "[]"])
def test_broken_defaults_name_the_file(checkpoint: Checkpoint, tmp_path: Path, text: str) -> None:
    folder = _copy(checkpoint("latte"), tmp_path / "mine")
    (folder / "generation_defaults.json").write_text(text)
    with pytest.raises(CheckpointError, match=r"generation_defaults\.json"):
        load_generator(folder)


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("device", {"device": "toaster"}),
        ("dtype", {"dtype": "int8"}),
        ("offload", {"offload": "disk"}),
        ("offload", {"offload": "model"}),
        ("offload", {"offload": "sequential", "device": "cpu"}),
    ],
)
def test_what_this_device_or_any_cannot_do_names_the_argument(
    checkpoint: Checkpoint, argument: str, options: Any
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        load_generator(checkpoint("latte"), **options)
    assert caught.value.argument == argument


def test_a_folder_of_fixed_size_rounds_every_other_size_to_it(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    folder = _copy(checkpoint("latte"), tmp_path / "mine")
    values = {"height": 32, "width": 32, "num_inference_steps": 1, "fixed_size": True}
    (folder / "generation_defaults.json").write_text(json.dumps(values))
    video = load_generator(folder).generate(VideoRequest(prompt="a", height=64, num_frames=4))
    assert video.frames.shape == (4, 32, 32, 3)
    assert video.notes == (
        "a height of 64 pixels cannot be made by this generator, the nearest is 32",
    )


@pytest.mark.parametrize("name", ["zeroscope-v2-576w", "hub:nobody/nothing"])
def test_weights_that_cannot_be_fetched_are_a_checkpoint_error(name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        load_generator(name)


def test_loading_a_folder_says_nothing_and_leaves_the_libraries_as_talkative_as_before(
    checkpoint: Checkpoint, capfd: pytest.CaptureFixture[str]
) -> None:
    talk = diffusers.utils.logging
    before = (talk.get_verbosity(), talk.is_progress_bar_enabled())
    folder = checkpoint("zeroscope")
    capfd.readouterr()
    load_generator(folder)
    assert capfd.readouterr() == ("", "")
    assert (talk.get_verbosity(), talk.is_progress_bar_enabled()) == before


def test_importing_the_gallery_loads_no_model_library() -> None:
    code = (
        "import sys, gpt4video_tools, gpt4video_tools.gallery, gpt4video_tools.provenance\n"
        "heavy = {'torch', 'diffusers', 'transformers', 'langchain_core'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr


def _copy(source: Path, target: Path) -> Path:
    """The same checkpoint under another name, without copying its weights."""
    target.mkdir()
    for part in source.iterdir():
        (target / part.name).symlink_to(part)
    return target
