from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors import safe_open
from tests.model import tiny
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

from gpt4video.model import GPT4VideoConfig, GPT4VideoForConditionalGeneration
from gpt4video_guards.errors import CheckpointError

Model = GPT4VideoForConditionalGeneration


@pytest.fixture
def trained(tmp_path: Path) -> Model:
    """A model whose abstractor and LoRA have moved, over bases of its own in `tmp_path`."""
    tiny.bases(tmp_path)
    model = tiny.video_llm(tmp_path)
    model.add_lora(rank=2)
    model.freeze_bases()
    tiny.disturb(model)
    return model


def logits(model: Model) -> torch.Tensor:
    ids = torch.tensor([tiny.prompt(model)])
    with torch.no_grad():
        out: torch.Tensor = model(ids, pixel_values_videos=tiny.pixels()).logits
    return out


def test_what_was_trained_comes_back_over_the_same_bases(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    loaded = Model.from_pretrained(tmp_path / "model")
    torch.testing.assert_close(logits(loaded), logits(trained))
    assert not loaded.training
    assert loaded.trained_share() == trained.trained_share()


def test_the_folder_holds_what_was_trained_and_nothing_else(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    names: set[str] = set()
    for path in (tmp_path / "model").rglob("*.safetensors"):
        with safe_open(path, "pt") as file:
            names |= set(file.keys())
    assert {n for n in names if "lora_" not in n} == set(trained.model.abstractor.state_dict())


def test_the_group_of_folders_can_move(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    before = logits(trained)
    saved = json.loads((tmp_path / "model" / "config.json").read_text())
    assert (saved["vision_config"]["pretrained"], saved["text_pretrained"]) == ("../clip", "../lm")
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for name in ("clip", "lm", "model"):
        shutil.move(tmp_path / name, moved / name)
    torch.testing.assert_close(logits(Model.from_pretrained(moved / "model")), before)


def test_no_path_of_this_machine_is_written(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    trained.merge(tmp_path / "merged")
    written = [*(tmp_path / "model").rglob("*.json"), *(tmp_path / "merged").rglob("*.json")]
    assert len(written) > 3
    assert not [path for path in written if str(tmp_path) in path.read_text()]


def test_bases_elsewhere_are_named_as_they_are_or_as_one_says(
    trained: Model, tmp_path: Path
) -> None:
    far = tmp_path / "far" / "away"
    trained.save_pretrained(far)
    assert GPT4VideoConfig.from_pretrained(far).bases["text"] == str(tmp_path / "lm")
    trained.save_pretrained(far, bases={"vision": "../../clip", "text": "../../lm"})
    torch.testing.assert_close(logits(Model.from_pretrained(far)), logits(trained))


@pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
)  # of PEFT
def test_peft_alone_can_read_the_adapter(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "lm")
    adapted = PeftModel.from_pretrained(plain, tmp_path / "model" / "adapter").eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    torch.testing.assert_close(adapted(ids).logits, trained(ids).logits)


def test_a_merged_folder_stands_alone_and_the_model_is_untouched(
    trained: Model, tmp_path: Path
) -> None:
    before = logits(trained)
    trained.merge(tmp_path / "whole")
    torch.testing.assert_close(logits(trained), before)
    shutil.rmtree(tmp_path / "clip")
    shutil.rmtree(tmp_path / "lm")
    whole = Model.from_pretrained(tmp_path / "whole")
    torch.testing.assert_close(logits(whole), before, atol=1e-5, rtol=1e-4)
    assert not whole.has_lora
    assert whole.config.bases == {}
    whole.save_pretrained(tmp_path / "again")
    torch.testing.assert_close(logits(Model.from_pretrained(tmp_path / "again")), logits(whole))


@pytest.mark.parametrize("family", ["qwen2", "gemma2", "gpt2"])
def test_tied_heads_survive_merging(family: str, tmp_path: Path) -> None:
    tiny.clip_folder(tmp_path / "clip")
    tiny.language_model(family, tie_word_embeddings=True).save_pretrained(tmp_path / "lm")
    model = tiny.video_llm(tmp_path)
    model.add_lora(rank=2)
    tiny.disturb(model)
    model.merge(tmp_path / "whole")
    whole = Model.from_pretrained(tmp_path / "whole")
    assert whole.get_output_embeddings().weight is whole.get_input_embeddings().weight
    torch.testing.assert_close(logits(whole), logits(model), atol=1e-4, rtol=1e-3)


def test_half_precision_on_disk_is_full_precision_in_memory_unless_asked(
    trained: Model, tmp_path: Path
) -> None:
    trained.save_pretrained(tmp_path / "model", dtype=torch.float16)
    trained.merge(tmp_path / "whole", dtype=torch.float16)
    for form in ("model", "whole"):
        kinds = {w.dtype for w in Model.from_pretrained(tmp_path / form).parameters()}
        assert kinds == {torch.float32}
        loaded = Model.from_pretrained(tmp_path / form, dtype=torch.bfloat16)
        assert {w.dtype for w in loaded.parameters()} == {torch.bfloat16}
        as_saved = Model.from_pretrained(tmp_path / form, dtype="auto")
        assert {w.dtype for w in as_saved.parameters()} == {torch.float16}


def test_auto_classes_find_both_forms(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    trained.merge(tmp_path / "whole")
    for form in ("model", "whole"):
        assert isinstance(AutoConfig.from_pretrained(tmp_path / form), GPT4VideoConfig)
        found = AutoModelForImageTextToText.from_pretrained(tmp_path / form)
        assert isinstance(found, Model)


def test_training_goes_on_after_loading(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    loaded = Model.from_pretrained(tmp_path / "model")
    ids = torch.tensor([tiny.prompt(loaded)])
    loaded(ids, pixel_values_videos=tiny.pixels(), labels=ids).loss.backward()
    reached = {n for n, w in loaded.named_parameters() if w.grad is not None and w.grad.any()}
    assert any("abstractor" in name for name in reached)
    assert any("lora_A" in name for name in reached)


def test_a_self_contained_model_with_lora_points_to_merge(trained: Model, tmp_path: Path) -> None:
    trained.config.vision_config.pretrained = trained.config.text_pretrained = None
    with pytest.raises(CheckpointError, match="merge"):
        trained.save_pretrained(tmp_path / "model")


def test_what_is_missing_is_named(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    (tmp_path / "lm").rename(tmp_path / "gone")
    with pytest.raises(CheckpointError, match=r"\.\./lm.*not there"):
        Model.from_pretrained(tmp_path / "model")
    (tmp_path / "gone").rename(tmp_path / "lm")
    (tmp_path / "model" / "abstractor.safetensors").unlink()
    with pytest.raises(CheckpointError, match="abstractor"):
        Model.from_pretrained(tmp_path / "model")
    with pytest.raises(CheckpointError, match="no such folder"):
        Model.from_pretrained(tmp_path / "nothing")


def test_a_folder_of_another_kind_is_refused(trained: Model, tmp_path: Path) -> None:
    trained.save_pretrained(tmp_path / "model")
    with pytest.raises(CheckpointError, match="LlamaConfig"):
        Model.from_pretrained(tmp_path / "model", config=trained.config.text_config)
    trained.config.abstractor_config.hidden_size = 32
    trained.config.save_pretrained(tmp_path / "model")
    with pytest.raises(CheckpointError, match="does not fit"):
        Model.from_pretrained(tmp_path / "model")
