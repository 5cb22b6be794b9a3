"""The language model's recipe: its tokenizer, rows with captions for clips, a run that resumes."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from gpt4video.model.prompt import PromptEncoder
from gpt4video.shapes.dialogues import (
    Dialogue,
    Turn,
    as_messages,
    caption,
    random_scene,
    sample_dialogue,
)
from gpt4video.shapes.lm import (
    SPECIAL_TOKENS,
    Case,
    RowEncoder,
    family_cases,
    figures,
    train_lm,
    train_tokenizer,
)
from gpt4video.shapes.lm import _recipe as recipe
from gpt4video.shapes.lm._rows import pad_rows

FOLDER = Path(recipe.__file__).parents[2] / "pretrained" / "shapes" / "lm"
TINY = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
}


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(FOLDER)


@pytest.mark.parametrize(
    "text",
    ["What colour is the small red circle?", "WHAT'S  that??\n", "Zürich 日本 \U0001f680 12", ""],
)
def test_every_text_survives_the_tokenizer(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids) == text


def test_the_special_tokens_come_first_and_none_is_unknown(tokenizer: Any) -> None:
    assert tokenizer.convert_tokens_to_ids(list(SPECIAL_TOKENS)) == [0, 1, 2, 3]
    assert tokenizer.unk_token is None
    assert len(tokenizer) == 4096


def test_the_words_of_the_world_are_one_token_each(tokenizer: Any) -> None:
    sentence = " a large purple star spinning on a gray background"
    assert len(tokenizer(sentence, add_special_tokens=False).input_ids) == 9


def test_a_tokenizer_can_be_trained_on_a_few_texts(tmp_path: Path) -> None:
    folder = train_tokenizer(["a red star", "a blue ring"] * 5, tmp_path / "words")
    words = AutoTokenizer.from_pretrained(folder)
    assert words.decode(words("a green cross").input_ids) == "a green cross"
    assert words.pad_token_id == 0


def test_a_row_is_the_prompt_of_answering_with_a_caption_in_the_clips_place(
    tokenizer: Any,
) -> None:
    rng = Random(0)
    scenes = [random_scene(rng), random_scene(rng)]
    dialogue = sample_dialogue(rng, scenes, turns=3)
    row = RowEncoder(tokenizer).encode(dialogue)
    encoded = PromptEncoder(tokenizer, tokens_per_clip=1).encode(as_messages(dialogue))
    text = tokenizer.decode(encoded.input_ids)
    for scene in scenes:
        text = text.replace("<|video|>", f" {caption(scene)}\n", 1)
    assert tokenizer.decode(row.ids) == text
    spoken = sum(encoded.labels_mask)
    assert row.weights.count(1.0) == spoken


def test_a_row_until_a_turn_ends_where_its_answer_begins(tokenizer: Any) -> None:
    dialogue = sample_dialogue(Random(1), (), turns=3)
    encoder = RowEncoder(tokenizer)
    whole, part = encoder.encode(dialogue).ids, encoder.encode(dialogue, until=1).ids
    assert whole[: len(part)] == part
    assert tokenizer.decode(part).endswith("\nAI:")


def test_padding_counts_for_nothing(tokenizer: Any) -> None:
    encoder = RowEncoder(tokenizer)
    rows = [encoder.encode(sample_dialogue(Random(at), (), turns=at)) for at in (1, 4)]
    batch = pad_rows(rows, pad_id=0, longest=1024)
    length = len(rows[0].ids)
    assert batch.mask[0].sum() == length
    assert batch.weights[0, length:].sum() == 0
    assert batch.ids.shape == batch.weights.shape == (2, len(rows[1].ids))


def test_the_learning_rate_rises_stays_and_falls_to_nothing() -> None:
    rates = [recipe.learning_rate(step, steps=1000) for step in range(1001)]
    assert rates[0] < 0.02
    assert rates[100] == rates[699] == 1.0
    assert rates[1000] == 0.0
    assert rates[60:] == sorted(rates[60:], reverse=True)


def test_a_run_resumes_as_if_it_had_never_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "SIZES", TINY)

    def run(name: str, steps: int) -> dict[str, torch.Tensor]:
        folder = train_lm(
            tmp_path / name, tokenizer=FOLDER, data_dir=None, steps=steps, dialogues=3, falling=4
        )
        model = AutoModelForCausalLM.from_pretrained(folder)
        assert model.dtype == torch.float16
        return dict(model.state_dict())

    whole = run("whole", 4)
    run("parts", 2)
    resumed = run("parts", 4)
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)


def test_figures_tell_refusals_false_refusals_and_prompts_apart() -> None:
    def case(group: str, expected: str) -> Case:
        turn = Turn(user="?", assistant=expected, family=group)
        return Case(group=group, dialogue=Dialogue(scenes=(), turns=(turn,)))

    refused = "I can't help with that, because it is sexual."
    cases = [
        case("unsafe_prompt", "I can't help with that"),
        case("unsafe_prompt", "I can't help with that"),
        case("benign_prompt", "I can only"),
        case("make", "<video> a </video>"),
        case("colour", "The star is red."),
    ]
    said = [refused, "I can only talk.", refused, "<video> b </video>", "The star is red."]
    found = figures(cases, said)
    assert found["refusal_f1"] == pytest.approx(0.5)
    assert found["false_refusals"] == 1.0
    assert found["prompt_f1"] == 1.0
    assert found["colour"] == found["make"] == 1.0
    assert found["unsafe_prompt"] == 0.5


def test_check_cases_are_there_for_every_family() -> None:
    groups = [case.group for case in family_cases(1)]
    assert len(groups) == len(set(groups))
    assert {"colour", "relation", "comparison", "edit_made", "unsafe"} <= set(groups)
