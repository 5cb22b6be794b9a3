"""The language model's recipe: its tokenizer, rows with words in clips' places, a resumed run."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from gpt4video.model.prompt import PromptEncoder
from gpt4video.shapes.dialogues import (
    Dialogue,
    Turn,
    as_messages,
    random_scene,
    sample_dialogue,
    shown_scenes,
)
from gpt4video.shapes.dialogues._making import made_answer
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
from gpt4video.shapes.lm._rows import Row, pad_rows, row_embeddings
from gpt4video.shapes.telling import EMBEDDINGS, WORDS, tell, word_ids
from gpt4video.shapes.world import COLOURS

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


def test_every_special_token_is_known_and_no_text_is_unknown(tokenizer: Any) -> None:
    ids = tokenizer.convert_tokens_to_ids(list(SPECIAL_TOKENS))
    assert set(ids) == set(tokenizer.added_tokens_decoder)
    assert ids[:4] == [0, 1, 2, 3]
    assert tokenizer.unk_token is None
    assert len(tokenizer) == 4098


def test_the_words_of_the_world_are_one_token_each(tokenizer: Any) -> None:
    sentence = " a large purple star spinning on a gray background"
    assert len(tokenizer(sentence, add_special_tokens=False).input_ids) == 9


def test_a_tokenizer_can_be_trained_on_a_few_texts(tmp_path: Path) -> None:
    folder = train_tokenizer(["a red star", "a blue ring"] * 5, tmp_path / "words")
    words = AutoTokenizer.from_pretrained(folder)
    assert words.decode(words("a green cross").input_ids) == "a green cross"
    assert words.pad_token_id == 0


def row_of(dialogue: Dialogue, tokenizer: Any, *, until: int | None = None) -> Row:
    shown = shown_scenes(Random(0), dialogue, made_share=1.0)
    return RowEncoder(tokenizer).encode(dialogue, shown, until=until)


def test_a_row_is_the_prompt_of_answering(tokenizer: Any) -> None:
    rng = Random(0)
    scenes = [random_scene(rng), random_scene(rng)]
    dialogue = sample_dialogue(rng, scenes, turns=3)
    counts = [len(each) for each in shown_scenes(Random(0), dialogue, made_share=1.0)]
    encoded = PromptEncoder(tokenizer, tokens_per_clip=EMBEDDINGS).encode(
        as_messages(dialogue, clips=counts)
    )
    row = row_of(dialogue, tokenizer)
    assert row.ids == encoded.input_ids
    assert row.weights.count(1.0) == sum(encoded.labels_mask)
    assert np.array_equal(row.told, np.concatenate([tell(scene) for scene in scenes]))


def test_words_are_summed_in_the_places_of_clips(tokenizer: Any) -> None:
    rng = Random(3)
    scene = random_scene(rng)
    row = row_of(sample_dialogue(rng, [scene], turns=1), tokenizer)
    video_id = tokenizer.convert_tokens_to_ids("<|video|>")
    batch = pad_rows([row], pad_id=0, video_id=video_id, longest=1024)
    table = torch.randn(len(tokenizer), 8)
    words = torch.tensor(word_ids(tokenizer))
    embedded = row_embeddings(table, batch, video_id=video_id, words=words)[0]
    first = row.ids.index(video_id) + COLOURS.index(scene.objects[0].colour)
    thing = scene.objects[0]
    expected = sum(
        table[words[WORDS.index(each)]]
        for each in (thing.colour, thing.shape, thing.size, thing.motion)
    )
    for word, place in (("x", thing.x), ("y", thing.y)):
        expected = expected + (2 * place - 1) * table[words[WORDS.index(word)]]
    torch.testing.assert_close(embedded[first], expected)
    torch.testing.assert_close(embedded[0], table[row.ids[0]])


def test_a_made_clip_is_shown_with_the_turn_that_follows(tokenizer: Any) -> None:
    dialogue = sample_dialogue(Random(5), (), families=["make", "edit"], order=True)
    made = dialogue.turns[0].made
    assert made is not None
    (before, (shown,)) = shown_scenes(Random(0), dialogue, made_share=1.0)
    assert not before
    assert shown.prompt == made.prompt
    assert shown_scenes(Random(0), dialogue, made_share=0.0) == [[], []]
    row = row_of(dialogue, tokenizer, until=1)
    assert len(row.told) == EMBEDDINGS
    assert made_answer(made) in tokenizer.decode(row.ids)


def test_a_made_clip_is_left_out_where_it_would_change_the_users_numbers() -> None:
    scene = random_scene(Random(0))
    asked = Turn(user="Make it.", assistant="", family="make", made=scene)
    later = Turn(user="And this?", assistant="It moves.", family="motion", clips=(0,))
    dialogue = Dialogue(scenes=(scene,), turns=(asked, later))
    assert shown_scenes(Random(0), dialogue, made_share=1.0) == [[], [scene]]


def test_a_row_until_a_turn_ends_where_its_answer_begins(tokenizer: Any) -> None:
    dialogue = sample_dialogue(Random(1), (), turns=3)
    whole, part = row_of(dialogue, tokenizer).ids, row_of(dialogue, tokenizer, until=1).ids
    assert whole[: len(part)] == part
    assert tokenizer.decode(part).endswith("\nAI:")


def test_padding_counts_for_nothing(tokenizer: Any) -> None:
    rows = [row_of(sample_dialogue(Random(at), (), turns=at), tokenizer) for at in (1, 4)]
    batch = pad_rows(rows, pad_id=0, video_id=3, longest=1024)
    length = len(rows[0].ids)
    assert batch.mask[0].sum() == length
    assert batch.weights[0, length:].sum() == 0
    assert batch.ids.shape == batch.weights.shape == (2, len(rows[1].ids))
    left = pad_rows(rows, pad_id=0, video_id=3, longest=1024, left=True)
    assert left.ids[0, -length:].tolist() == rows[0].ids
    assert left.mask[0, :-length].sum() == 0


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


def test_a_run_may_go_on_from_a_model_and_keeps_the_words_that_clips_are_told_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "SIZES", TINY)
    words = train_tokenizer([f" {word}" for word in WORDS for _ in range(9)], tmp_path / "words")
    plain = AutoTokenizer.from_pretrained(words)
    first = recipe.fresh_lm(plain)
    first.save_pretrained(tmp_path / "first")
    plain.add_tokens(["<further>"], special_tokens=True)
    plain.save_pretrained(words)
    folder = train_lm(
        tmp_path / "run",
        tokenizer=words,
        start=tmp_path / "first",
        data_dir=None,
        steps=2,
        dialogues=2,
    )
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    table, before = (each.get_input_embeddings().weight for each in (model, first))
    assert len(table) == len(before) + 1
    told = word_ids(plain)
    torch.testing.assert_close(table[told], before[told], atol=1e-2, rtol=1e-2)
    assert not torch.equal(
        model.model.layers[0].mlp.up_proj.weight, first.model.layers[0].mlp.up_proj.weight
    )


def test_a_row_until_a_turn_holds_nothing_that_was_reasoned_before(tokenizer: Any) -> None:
    asked = Turn(user="Is it red?", assistant="No.", reasoning="It is blue", family="whether")
    dialogue = Dialogue(scenes=(), turns=(asked, asked))
    opened = tokenizer.convert_tokens_to_ids("<think>")
    assert row_of(dialogue, tokenizer).ids.count(opened) == 2
    assert opened not in row_of(dialogue, tokenizer, until=1).ids


def test_what_is_forgotten_is_neither_in_a_row_nor_learnt(tokenizer: Any) -> None:
    asked = Turn(user="Is it red?", assistant="No.", reasoning="It is blue", family="whether")
    dialogue = Dialogue(scenes=(), turns=(asked, asked))
    encoder = RowEncoder(tokenizer)
    row = encoder.encode(dialogue, [[], []], forgotten={0}, other_weight=0.0)
    learnt = [token for token, weight in zip(row.ids, row.weights, strict=True) if weight]
    assert tokenizer.decode(learnt) == "<think> It is blue</think> No.</s>"
    assert tokenizer.decode(row.ids).count("No.") == 2


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
