from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.model import tiny

from gpt4video.model import (
    GPT4VideoForConditionalGeneration,
    GPT4VideoProcessor,
    ensure_think_tokens,
    ensure_video_token,
)
from gpt4video.reasoning import (
    ClipPart,
    Conversation,
    GenerationOptions,
    Message,
    ModelReasoner,
    Reasoner,
    TextPart,
    TokenUsage,
)
from gpt4video_guards.errors import InvalidInputError

SHORT = GenerationOptions(max_new_tokens=12)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> GPT4VideoForConditionalGeneration:
    return tiny.video_llm(tiny.bases(tmp_path_factory.mktemp("bases")))


@pytest.fixture(scope="module")
def processor(model: GPT4VideoForConditionalGeneration) -> GPT4VideoProcessor:
    return tiny.processor(model)


@pytest.fixture
def reasoner(
    model: GPT4VideoForConditionalGeneration, processor: GPT4VideoProcessor
) -> ModelReasoner:
    return ModelReasoner(model, processor)


def user(*parts: str | ClipPart) -> Message:
    made = tuple(TextPart(text=p) if isinstance(p, str) else p for p in parts)
    return Message(role="user", parts=made)


def assistant(text: str) -> Message:
    return Message(role="assistant", parts=(TextPart(text=text),))


def clip(seed: int = 0) -> ClipPart:
    return ClipPart(frames=tiny.frames(seed), key=f"clip {seed}")


def talk(*messages: Message, name: str = "a") -> Conversation:
    return Conversation(id=name, messages=messages)


def answer(
    reasoner: Reasoner, conversation: Conversation, options: GenerationOptions = SHORT
) -> str:
    return "".join(piece for _, piece in reasoner.stream([conversation], options=options))


def answers(reasoner: Reasoner, conversations: list[Conversation]) -> list[str]:
    found = [""] * len(conversations)
    for index, piece in reasoner.stream(conversations, options=SHORT):
        found[index] += piece
    return found


class Counter:
    """Positions that the language model computed, and passes of the encoder."""

    def __init__(self, model: GPT4VideoForConditionalGeneration) -> None:
        self.positions: list[int] = []
        self.encoded = 0
        self._handles = [
            model.language_model.register_forward_pre_hook(self._spoke, with_kwargs=True),
            model.model.vision_tower.register_forward_pre_hook(self._saw),
        ]

    def _spoke(self, _module: Any, _args: Any, kwargs: dict[str, Any]) -> None:
        given = kwargs["input_ids"] if kwargs["inputs_embeds"] is None else kwargs["inputs_embeds"]
        self.positions.append(given.shape[1])

    def _saw(self, _module: Any, _args: Any) -> None:
        self.encoded += 1

    def stop(self) -> None:
        for handle in self._handles:
            handle.remove()


@pytest.fixture
def counter(model: GPT4VideoForConditionalGeneration) -> Iterator[Counter]:
    counted = Counter(model)
    yield counted
    counted.stop()


def test_an_answer_is_what_generate_gives(
    reasoner: ModelReasoner,
    model: GPT4VideoForConditionalGeneration,
    processor: GPT4VideoProcessor,
) -> None:
    asked = talk(user(clip(), "what is it"))
    ids = processor.encode_conversation(asked.messages, add_generation_prompt=True).input_ids
    pixels = processor.video_processor(tiny.frames())["pixel_values_videos"]
    out = model.generate(
        torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        pixel_values_videos=pixels,
        max_new_tokens=SHORT.max_new_tokens,
        do_sample=False,
        suppress_tokens=sorted(processor.control_token_ids - {processor.tokenizer.eos_token_id}),
    )
    expected = processor.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
    assert answer(reasoner, asked) == expected.lstrip().rstrip("\ufffd")


def test_the_second_answer_about_a_clip_encodes_nothing_and_reads_only_what_is_new(
    reasoner: ModelReasoner, counter: Counter
) -> None:
    first = talk(user(clip(), "what is it"))
    said = answer(reasoner, first)
    assert reasoner.usage("a").encoded_clips == 1
    before = counter.positions.copy()
    counter.positions.clear()
    second = talk(*first.messages, assistant(said), user("and now"))
    answer(reasoner, second)
    usage = reasoner.usage("a")
    assert (counter.encoded, reasoner.encoder_calls) == (1, 1)
    assert usage.encoded_clips == 0
    assert usage.reused_tokens >= before[0]
    assert counter.positions[0] == usage.prompt_tokens - usage.reused_tokens


def test_reuse_does_not_change_an_answer(
    reasoner: ModelReasoner,
    model: GPT4VideoForConditionalGeneration,
    processor: GPT4VideoProcessor,
) -> None:
    messages = [user(clip(), "what is it")]
    for words in ("and now", "why", "is it red"):
        conversation = talk(*messages)
        kept = answer(reasoner, conversation)
        assert kept == answer(ModelReasoner(model, processor), conversation)
        messages += [assistant(kept), user(words)]


def test_an_edited_past_is_computed_anew_from_the_edit(reasoner: ModelReasoner) -> None:
    first = talk(user(clip(), "what is it"))
    answer(reasoner, first)
    changed = talk(user(clip(), "what is it not"))
    fresh = answer(reasoner, talk(*changed.messages, name="b"))
    assert answer(reasoner, changed) == fresh
    reused = reasoner.usage("a").reused_tokens
    assert reasoner.tokens_per_clip < reused < reasoner.usage("a").prompt_tokens


def test_another_clip_in_the_same_place_is_not_taken_for_the_first(
    reasoner: ModelReasoner,
) -> None:
    answer(reasoner, talk(user(clip(1), "what is it")))
    other = talk(user(clip(2), "what is it"))
    fresh = answer(reasoner, talk(*other.messages, name="b"))
    assert answer(reasoner, other) == fresh
    assert reasoner.usage("a").reused_tokens < reasoner.tokens_per_clip


def test_asking_the_same_again_gives_the_same(reasoner: ModelReasoner) -> None:
    asked = talk(user(clip(), "what is it"))
    assert answer(reasoner, asked) == answer(reasoner, asked)
    usage = reasoner.usage("a")
    assert usage.reused_tokens == usage.prompt_tokens - 1


def test_a_stream_that_is_closed_leaves_nothing_behind(
    reasoner: ModelReasoner, counter: Counter
) -> None:
    asked = talk(user(clip(), "what is it"))
    stream = reasoner.stream([asked], options=SHORT)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert "a" not in reasoner._memories
    answer(reasoner, asked)
    assert reasoner.usage("a").reused_tokens == 0


def test_what_is_forgotten_is_computed_anew(reasoner: ModelReasoner) -> None:
    asked = talk(user(clip(), "what is it"))
    answer(reasoner, asked)
    reasoner.forget("a")
    reasoner.forget("nobody")
    assert reasoner.usage("a") == TokenUsage()
    reasoner.forget_clip(clip())
    answer(reasoner, asked)
    assert reasoner.usage("a").reused_tokens == 0
    assert reasoner.encoder_calls == 2


def test_several_conversations_answer_as_each_would_alone(
    reasoner: ModelReasoner,
    model: GPT4VideoForConditionalGeneration,
    processor: GPT4VideoProcessor,
) -> None:
    asked = [
        talk(user(clip(1), "what is it"), name="a"),
        talk(user("hello there, how are you today"), name="b"),
        talk(user(clip(2), clip(1), "which"), name="c"),
    ]
    alone = ModelReasoner(model, processor)
    assert answers(reasoner, asked) == [answer(alone, one) for one in asked]
    assert reasoner.encoder_calls == 2
    assert all(reasoner.usage(one.id).generated_tokens > 0 for one in asked)


def test_no_conversation_has_no_answer(reasoner: ModelReasoner) -> None:
    assert list(reasoner.stream([], options=SHORT)) == []


def test_embeddings_stay_under_their_limit(
    model: GPT4VideoForConditionalGeneration, processor: GPT4VideoProcessor
) -> None:
    one_clip = 7 * 32 * 4
    reasoner = ModelReasoner(model, processor, embedding_cache_bytes=one_clip)
    for seed in (1, 2, 2, 1):
        answer(reasoner, talk(user(clip(seed), "it"), name=f"{seed}"))
    assert reasoner.encoder_calls == 3


def test_only_the_conversations_spoken_with_last_are_held(
    model: GPT4VideoForConditionalGeneration, processor: GPT4VideoProcessor
) -> None:
    reasoner = ModelReasoner(model, processor, kept_conversations=1)
    for name in ("a", "b", "a"):
        answer(reasoner, talk(user("hello"), name=name))
    assert reasoner.usage("a").reused_tokens == 0


def test_the_end_token_ends_an_answer_and_is_not_shown(
    reasoner: ModelReasoner,
    model: GPT4VideoForConditionalGeneration,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def ends(ids: Any, mask: Any, embeds: Any, cache: Any) -> torch.Tensor:
        logits = torch.zeros(1, tiny.VOCABULARY)
        logits[0, model.generation_config.eos_token_id] = 1.0
        return logits

    monkeypatch.setattr(reasoner, "_forward", ends)
    assert answer(reasoner, talk(user("hello"))) == ""
    assert reasoner.usage("a").generated_tokens == 1


def test_what_the_model_writes_for_itself_is_never_given_out(
    model: GPT4VideoForConditionalGeneration, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = tiny.tokenizer()
    ensure_video_token(words)
    ensure_think_tokens(words)
    reasoner = ModelReasoner(model, GPT4VideoProcessor.for_model(model.config, words))
    opened, closed = reasoner.processor.think_token_ids
    thought = words(" <video> a ball", add_special_tokens=False).input_ids
    said = words(" It is", add_special_tokens=False).input_ids
    script = [opened, *thought, closed, *said, words.eos_token_id]
    forward = reasoner._forward

    def scripted(*arguments: Any) -> torch.Tensor:
        logits = forward(*arguments)
        assert logits[0, opened].isfinite()
        logits[:, script.pop(0)] = 1e9
        return logits

    monkeypatch.setattr(reasoner, "_forward", scripted)
    generous = GenerationOptions(max_new_tokens=64)
    first = talk(user("hello"))
    assert answer(reasoner, first, generous) == "It is"
    assert reasoner.usage("a").generated_tokens == len(thought) + len(said) + 3

    script += [opened, *thought]  # cut in the midst of a thought: nothing of it is said
    short = GenerationOptions(max_new_tokens=1 + len(thought))
    again = talk(user("hello"), assistant("It is"), user("so"))
    assert answer(reasoner, again, short) == ""
    assert reasoner.usage("a").reused_tokens > 0


def test_control_tokens_are_never_said(
    reasoner: ModelReasoner, processor: GPT4VideoProcessor
) -> None:
    ids = torch.tensor([[5, 6, 7]])
    logits = reasoner._forward(ids, torch.ones_like(ids), None, None)
    sayable = {processor.tokenizer.eos_token_id, *processor.think_token_ids}
    silent = processor.control_token_ids - sayable
    assert all(logits[0, token] == float("-inf") for token in silent)


def test_drawing_repeats_with_a_seed_and_varies_without(reasoner: ModelReasoner) -> None:
    def drawn(seed: int) -> str:
        options = GenerationOptions(max_new_tokens=12, temperature=2.0, seed=seed)
        return answer(reasoner, talk(user("hello")), options)

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(4)}) > 1


def test_a_long_talk_is_shortened_and_a_message_that_cannot_fit_is_refused(
    reasoner: ModelReasoner,
) -> None:
    turns = [message for n in range(40) for message in (user(f"what {n}"), assistant("A ball."))]
    answer(reasoner, talk(user(clip(), "look"), assistant("Yes."), *turns, user("and now")))
    usage = reasoner.usage("a")
    assert usage.prompt_tokens + SHORT.max_new_tokens <= 512
    assert usage.encoded_clips == 1
    with pytest.raises(InvalidInputError, match="at most 500"):
        answer(reasoner, talk(user("x" * 600)))


@pytest.mark.parametrize("messages", [(), (user("hi"), assistant("ho"))])
def test_a_conversation_that_does_not_end_with_the_user_is_refused(
    reasoner: ModelReasoner, messages: tuple[Message, ...]
) -> None:
    with pytest.raises(InvalidInputError, match="of the user"):
        answer(reasoner, talk(*messages))


def test_streaming_leaves_the_callers_own_torch_code_alone(reasoner: ModelReasoner) -> None:
    for _ in reasoner.stream([talk(user("hello"))], options=SHORT):
        assert not torch.is_inference_mode_enabled()
        assert torch.is_grad_enabled()


@pytest.mark.parametrize("family", ["gemma3_text", "mistral", "gpt2"])
def test_sliding_windows_and_absolute_positions_reuse_and_batch_rightly(
    family: str, tmp_path: Path
) -> None:
    model = tiny.video_llm(tiny.bases(tmp_path, family))
    processor = tiny.processor(model)
    reasoner = ModelReasoner(model, processor)
    first = talk(user(clip(), "what is it, and what is it not, and why"))
    said = answer(reasoner, first)
    second = talk(*first.messages, assistant(said), user("and now"))
    kept = answer(reasoner, second)
    assert reasoner.usage("a").reused_tokens > 16
    assert kept == answer(ModelReasoner(model, processor), second)
    both = [first, talk(*second.messages, name="b")]
    assert answers(ModelReasoner(model, processor), both) == [said, kept]
