from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tests.model import tiny
from torch.nn import functional
from transformers import TextIteratorStreamer

from gpt4video.model import GPT4VideoConfig, GPT4VideoForConditionalGeneration, VisionConfig
from gpt4video_guards.errors import InvalidInputError

Model = GPT4VideoForConditionalGeneration


def around(language_model: Any) -> Model:
    """A video LLM that holds exactly this language model."""
    config = GPT4VideoConfig(
        vision_config=VisionConfig(model_cfg=tiny.CLIP_CFG, image_size=tiny.SIDE),
        abstractor_config=tiny.abstractor_config(),
        text_config=language_model.config,
        video_token_id=tiny.VOCABULARY,
    )
    model = Model(config)
    model.eval()
    model.language_model.load_state_dict(language_model.state_dict())
    return model


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_without_a_clip_it_is_the_plain_language_model(family: str) -> None:
    plain = tiny.language_model(family)
    model = around(plain)
    ids = torch.randint(3, 200, (2, 24), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[0, :5] = 0
    ours, theirs = (m(input_ids=ids, attention_mask=mask, labels=ids) for m in (model, plain))
    torch.testing.assert_close(ours.logits, theirs.logits)
    torch.testing.assert_close(ours.loss, theirs.loss)
    settings: dict[str, Any] = {"max_new_tokens": 12, "do_sample": False, "attention_mask": mask}
    assert torch.equal(model.generate(ids, **settings), plain.generate(ids, **settings))


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_a_clip_reaches_the_words_of_every_family(family: str) -> None:
    model = around(tiny.language_model(family))
    model.calibrate_abstractor()
    ids = torch.tensor([tiny.prompt(model)])
    one, other = (model(ids, pixel_values_videos=tiny.pixels(seed=s)).logits for s in (1, 2))
    after = tiny.prompt(model).index(30)
    assert (one - other)[:, after:].abs().max() > 0
    torch.testing.assert_close(one[:, :2], other[:, :2])
    with_cache, without = (
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            pixel_values_videos=tiny.pixels(),
            max_new_tokens=20,
            do_sample=False,
            use_cache=cached,
        )
        for cached in (True, False)
    )
    assert torch.equal(with_cache, without)


def test_frames_and_their_embeddings_give_the_same(model: Model) -> None:
    ids = torch.tensor([tiny.prompt(model)])
    frames = tiny.pixels()
    features = model.get_video_features(frames)
    assert features.pooler_output.shape == (1, model.config.tokens_per_clip, 32)
    torch.testing.assert_close(
        model(ids, pixel_values_videos=frames).logits,
        model(ids, video_embeds=features.pooler_output).logits,
    )
    settings: dict[str, Any] = {
        "attention_mask": torch.ones_like(ids),
        "max_new_tokens": 6,
        "do_sample": False,
    }
    by_frames = model.generate(ids, pixel_values_videos=frames, **settings)
    by_embeds = model.generate(ids, video_embeds=features.pooler_output, **settings)
    assert torch.equal(by_frames, by_embeds)


def test_several_clips_land_in_the_order_of_their_places_over_the_batch(model: Model) -> None:
    embeds = model.get_video_features(tiny.pixels(3)).pooler_output
    two, one = tiny.prompt(model, 2), tiny.prompt(model, 1)
    pad = len(two) - len(one)
    ids = torch.tensor([two, [2] * pad + one])
    mask = torch.tensor([[1] * len(two), [0] * pad + [1] * len(one)])
    seen: list[torch.Tensor] = []
    handle = model.language_model.register_forward_pre_hook(
        lambda _module, _args, kwargs: seen.append(kwargs["inputs_embeds"]), with_kwargs=True
    )
    model(ids, attention_mask=mask, video_embeds=embeds)
    handle.remove()
    torch.testing.assert_close(seen[0][ids == model.config.video_token_id], embeds.flatten(0, 1))


def test_beams_keep_each_rows_own_clips(model: Model) -> None:
    embeds = model.get_video_features(tiny.pixels(3)).pooler_output
    two, one = tiny.prompt(model, 2), tiny.prompt(model, 1)
    pad = len(two) - len(one)
    ids = torch.tensor([two, [2] * pad + one])
    mask = torch.tensor([[1] * len(two), [0] * pad + [1] * len(one)])
    settings: dict[str, Any] = {"max_new_tokens": 5, "num_beams": 3, "do_sample": False}
    both = model.generate(ids, attention_mask=mask, video_embeds=embeds, **settings)
    first = model.generate(ids[:1], attention_mask=mask[:1], video_embeds=embeds[:2], **settings)
    assert torch.equal(both[:1, : first.shape[1]], first)


def test_the_loss_is_that_of_the_labelled_tokens_alone(model: Model) -> None:
    ids = torch.tensor([tiny.prompt(model)])
    labels = torch.full_like(ids, -100)
    labels[:, -2:] = ids[:, -2:]
    out = model(ids, pixel_values_videos=tiny.pixels(), labels=labels)
    expected = functional.cross_entropy(out.logits[0, -3:-1], ids[0, -2:])
    torch.testing.assert_close(out.loss, expected)


def test_pieces_stream_while_it_generates(model: Model) -> None:
    ids = torch.tensor([tiny.prompt(model)])
    streamer = TextIteratorStreamer(tiny.tokenizer(), skip_prompt=True)
    settings: dict[str, Any] = {"max_new_tokens": 8, "do_sample": False}
    arguments = {"attention_mask": torch.ones_like(ids), "pixel_values_videos": tiny.pixels()}
    whole = model.generate(ids, **arguments, **settings)
    thread = Thread(
        target=model.generate, args=(ids,), kwargs={**arguments, **settings, "streamer": streamer}
    )
    thread.start()
    text = "".join(streamer)
    thread.join()
    assert text == tiny.tokenizer().decode(whole[0, ids.shape[1] :])


def test_a_cache_carries_a_clip_into_the_next_turn(model: Model) -> None:
    first, then = tiny.prompt(model), [60, 61, 62]
    embeds = model.get_video_features(tiny.pixels()).pooler_output
    known = model(torch.tensor([first]), video_embeds=embeds, use_cache=True).past_key_values
    ongoing = model(torch.tensor([then]), past_key_values=known).logits
    at_once = model(torch.tensor([first + then]), video_embeds=embeds).logits
    torch.testing.assert_close(ongoing, at_once[:, -3:], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("clips", "places"), [(1, 2), (2, 1), (1, 0)], ids=["too few", "too many", "none wanted"]
)
def test_clips_that_do_not_match_their_places_are_refused(
    model: Model, clips: int, places: int
) -> None:
    ids = torch.tensor([tiny.prompt(model, places)])
    with pytest.raises(InvalidInputError, match="placeholders"):
        model(ids, pixel_values_videos=tiny.pixels(clips))


def test_places_without_a_clip_and_clips_given_twice_are_refused(model: Model) -> None:
    ids = torch.tensor([tiny.prompt(model)])
    with pytest.raises(InvalidInputError, match="no clip"):
        model(ids)
    embeds = model.get_video_features(tiny.pixels()).pooler_output
    with pytest.raises(InvalidInputError, match="pixel_values_videos and video_embeds"):
        model(ids, pixel_values_videos=tiny.pixels(), video_embeds=embeds)
    with pytest.raises(InvalidInputError, match="input_ids"):
        model(inputs_embeds=torch.zeros(1, 3, 32), video_embeds=embeds)


def test_the_placeholder_may_lie_outside_of_the_vocabulary() -> None:
    plain = tiny.language_model()
    model = around(plain)
    model.config.video_token_id = plain.config.vocab_size + 5
    ids = torch.tensor([tiny.prompt(model)])
    assert model(ids, pixel_values_videos=tiny.pixels()).logits.isfinite().all()


def test_only_the_abstractor_and_lora_are_trained(bases: Path) -> None:
    model = tiny.video_llm(bases)
    model.add_lora(rank=2)
    model.freeze_bases()
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert {name for name in trained if "lora_" not in name} == {
        f"model.abstractor.{name}" for name, _ in model.model.abstractor.named_parameters()
    }
    layers = {name.split(".")[-4] for name in trained if "lora_A" in name}
    attention, mlp = "q_proj k_proj v_proj o_proj", "gate_proj up_proj down_proj"
    assert layers == set(f"{attention} {mlp}".split())
    share = model.trained_share()
    assert share.trained == sum(w.numel() for w in model.parameters() if w.requires_grad)
    assert 0 < share.share < 1


def test_a_fresh_lora_adapter_changes_nothing_and_there_is_only_one(bases: Path) -> None:
    model = tiny.video_llm(bases)
    ids = torch.tensor([tiny.prompt(model)])
    before = model(ids, pixel_values_videos=tiny.pixels()).logits
    model.add_lora(rank=2)
    torch.testing.assert_close(model(ids, pixel_values_videos=tiny.pixels()).logits, before)
    with pytest.raises(InvalidInputError, match="no LoRA adapter yet"):
        model.add_lora(rank=2)


@pytest.mark.filterwarnings(
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
)  # of PEFT
def test_pefts_own_wrapper_works_on_the_whole_model(bases: Path) -> None:
    model = tiny.video_llm(bases)
    config = LoraConfig(
        r=2, target_modules=["q_proj", "v_proj"], modules_to_save=["abstractor"], bias="none"
    )
    wrapped = get_peft_model(model, config)
    ids = torch.tensor([tiny.prompt(model)])
    wrapped(input_ids=ids, pixel_values_videos=tiny.pixels(), labels=ids).loss.backward()
    reached = {n for n, w in wrapped.named_parameters() if w.grad is not None and w.grad.any()}
    assert any("abstractor.modules_to_save" in name for name in reached)
    assert any("lora_B" in name for name in reached)
    assert not any("vision_tower" in name for name in reached)


def test_one_step_of_training_lowers_the_loss_and_spares_the_bases(bases: Path) -> None:
    model = tiny.video_llm(bases)
    model.add_lora(rank=4)
    model.freeze_bases()
    frozen = {n: w.clone() for n, w in model.named_parameters() if not w.requires_grad}
    optimizer = torch.optim.AdamW([w for w in model.parameters() if w.requires_grad], lr=1e-2)
    ids = torch.tensor([tiny.prompt(model)])
    losses = []
    for _ in range(8):
        loss = model(ids, pixel_values_videos=tiny.pixels(), labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(torch.equal(w, frozen[n]) for n, w in model.named_parameters() if n in frozen)
