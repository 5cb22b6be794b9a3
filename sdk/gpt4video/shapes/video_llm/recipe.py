"""Train the embedded video LLM: encode a pool of clips, align the abstractor, tune on dialogues."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from transformers import AutoTokenizer

from gpt4video.model import (
    AbstractorConfig,
    GPT4VideoForConditionalGeneration,
    GPT4VideoProcessor,
)
from gpt4video.model.processing import ensure_video_token
from gpt4video.shapes.dialogues import (
    WATCHING,
    Dialogue,
    SafetyTexts,
    as_messages,
    sample_dialogue,
    shown_scenes,
    some_forgotten,
)
from gpt4video.shapes.lm import (
    MADE_SHARE,
    PAIR_FAMILIES,
    REQUEST_FAMILIES,
    TWO_CLIP_FAMILIES,
    VERDICT_FAMILIES,
)
from gpt4video.shapes.telling import SPATIAL, TEMPORAL, word_ids
from gpt4video.shapes.video_llm.pool import ClipPool, fill_pool
from gpt4video.shapes.video_llm.reading import train_reading
from gpt4video.shapes.world import Scene
from gpt4video.training.loop import Prefetched
from gpt4video.training.stages import Batch, Example, grouped, train_stage

ABSTRACTOR: Final[dict[str, Any]] = {
    "hidden_size": 128,
    "num_heads": 4,
    "num_spatial_tokens": SPATIAL,
    "num_temporal_tokens": TEMPORAL,
    "end_token": False,
    "num_frame_layers": 2,
    "num_track_layers": 1,
    "num_temporal_layers": 2,
}
NUM_FRAMES: Final = 16
LORA_RANK: Final = 32
REQUESTS_SHARE: Final = 0.2
"""The share of the dialogues of instruction tuning that are full of such requests."""


def train_video_llm(
    run_dir: Path,
    *,
    clip: Path,
    lm: Path,
    data_dir: Path | None,
    start: Path | None = None,
    clips: int = 14_000,
    reading_steps: int = 1_500,
    alignment_steps: int = 200,
    instruction_steps: int = 1_500,
    batch: int = 24,
    seed: int = 0,
    resume: bool = True,
) -> Path:
    """Run all stages and write the checkpoint `run_dir/model`; resumable at every part.

    Args:
        run_dir: for checkpoints and the pool of encoded clips (0.4 MB each).
        clip: folder of the frozen open_clip model.
        lm: folder of the frozen language model and its tokenizer.
        data_dir: folder that holds `safety/train`; None leaves the safety-aligned part out.
        start: checkpoint whose abstractor to go on from, so that it need not learn to read and be
            aligned; `lm` must have the embeddings of `telling.WORDS` that it was trained for.
        clips: size of the pool.
        reading_steps: of the abstractor alone, before the language model takes part.
        alignment_steps: of the abstractor alone, on descriptions and single questions.
        instruction_steps: of the abstractor and LoRA, on dialogues of all kinds.
        batch: dialogues in one step.
        seed: of everything that is drawn.
        resume: go on from the checkpoints in `run_dir`; the pool is kept in any case.
    """
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(seed)
    model, processor = fresh_model(clip, lm)
    model.to(device)
    pool = fill_pool(
        run_dir / "pool",
        model.model.vision_tower,
        processor.video_processor,
        clips=clips,
        seed=seed,
        device=device,
    )
    if start is None:
        model.calibrate_abstractor()
        table: Any = model.get_input_embeddings().weight
        train_reading(
            model.model.abstractor,
            table[word_ids(processor.tokenizer)],
            pool,
            run_dir=run_dir / "reading",
            steps=reading_steps,
            seed=seed,
            resume=resume,
        )
        align = partial(_batch, pool, processor, alignment_dialogue, f"{seed} alignment", batch)
        train_stage(
            model,
            Prefetched(align, steps=alignment_steps),
            run_dir=run_dir / "alignment",
            steps=alignment_steps,
            peak=1e-3,
            title="Alignment",
            resume=resume,
        )
    else:
        trained = GPT4VideoForConditionalGeneration.from_pretrained(start, dtype=torch.float32)
        model.model.abstractor.load_state_dict(trained.model.abstractor.state_dict())
    texts = SafetyTexts.read(data_dir / "safety" / "train") if data_dir else None
    torch.manual_seed(seed)  # the same adapter to begin with, whether or not a run was resumed
    model.add_lora(rank=LORA_RANK)
    model.freeze_bases()
    dialogue = partial(instruction_dialogue, texts=texts)
    instruct = partial(_batch, pool, processor, dialogue, f"{seed} instruction", batch)
    train_stage(
        model,
        Prefetched(instruct, steps=instruction_steps),
        run_dir=run_dir / "instruction",
        steps=instruction_steps,
        peak=1e-3,
        title="Instruction tuning",
        resume=resume,
    )
    folder = run_dir / "model"
    model.save_pretrained(folder, dtype=torch.float16, bases={"vision": "../clip", "text": "../lm"})
    processor.save_pretrained(folder)
    return folder


def fresh_model(
    clip: Path, lm: Path
) -> tuple[GPT4VideoForConditionalGeneration, GPT4VideoProcessor]:
    """The embedded video LLM before its first stage, with its processor."""
    tokenizer = AutoTokenizer.from_pretrained(lm)
    model = GPT4VideoForConditionalGeneration.from_bases(
        vision=clip,
        text=lm,
        abstractor=AbstractorConfig(**ABSTRACTOR),
        video_token_id=ensure_video_token(tokenizer),
        num_frames=NUM_FRAMES,
        layer=-1,
        text_tower=True,
    )
    return model, GPT4VideoProcessor.for_model(model.config, tokenizer)


def alignment_dialogue(rng: random.Random, scenes: Sequence[Scene]) -> Dialogue:
    """One clip, told in full or asked about from many sides."""
    if rng.random() < 0.4:
        return sample_dialogue(rng, scenes[:1], turns=rng.choice((1, 2)), families=("description",))
    families = [name for name in WATCHING if name not in ("comparison", "follow_up")]
    return sample_dialogue(rng, scenes[:1], turns=rng.randint(4, 8), families=families)


def instruction_dialogue(
    rng: random.Random, scenes: Sequence[Scene], texts: SafetyTexts | None
) -> Dialogue:
    """No clip, one or two, any family, with safety-aligned turns among them.

    In a third of those with clips all turns are of the kinds that take two looks or a verdict.
    """
    clips = rng.choices((0, 1, 2), (0.25, 0.45, 0.3))[0]
    if not clips and texts is not None and rng.random() < 0.5:
        return sample_dialogue(rng, (), turns=rng.randint(1, 4), safety=texts, safety_share=1.0)
    if rng.random() < REQUESTS_SHARE:
        among = ("colour", "motion", "count", "description", "existence") if clips else ("unsafe",)
        families = (*REQUEST_FAMILIES, *among)
        turns = rng.randint(2, 6)
        return sample_dialogue(rng, scenes[:clips], turns=turns, families=families)
    turns = rng.randint(4, 8) if clips else rng.randint(1, 5)
    if clips and rng.random() < 0.35:
        hard = rng.choice((VERDICT_FAMILIES, PAIR_FAMILIES))
        families = hard if clips == 1 else TWO_CLIP_FAMILIES
        return sample_dialogue(rng, scenes[:clips], turns=turns, families=families)
    share = 0.1 if texts is not None else 0.0
    return sample_dialogue(rng, scenes[:clips], turns=turns, safety=texts, safety_share=share)


def _batch(
    pool: ClipPool,
    processor: GPT4VideoProcessor,
    make: Callable[[random.Random, Sequence[Scene]], Dialogue],
    seed: str,
    count: int,
    step: int,
) -> list[Batch]:
    rng = random.Random(f"{seed} {step}")
    examples = [_example(pool, processor, make, rng) for _ in range(count)]
    return grouped(examples, pad_id=processor.pad_token_id)


def _example(
    pool: ClipPool,
    processor: GPT4VideoProcessor,
    make: Callable[[random.Random, Sequence[Scene]], Dialogue],
    rng: random.Random,
) -> Example:
    numbers = rng.sample(range(len(pool)), 2)
    dialogue = make(rng, [pool.scenes[each] for each in numbers])
    shown = _shown_numbers(rng, dialogue, numbers, pool)
    counts, forgotten = [len(each) for each in shown], some_forgotten(rng, dialogue)
    encoded = processor.encode_conversation(
        as_messages(dialogue, clips=counts, forgotten=forgotten)
    )
    return Example(
        patches=pool.take([number for turn in shown for number in turn]),
        input_ids=encoded.input_ids,
        learnt=encoded.labels_mask,
    )


def _shown_numbers(
    rng: random.Random, dialogue: Dialogue, numbers: Sequence[int], pool: ClipPool
) -> list[list[int]]:
    """The clips of the pool that each turn shows.

    A made clip is stood for by one with the same prompt, and left out where there is none.
    """
    shown = [[numbers[clip] for clip in turn.clips] for turn in dialogue.turns]
    for at, scenes in enumerate(shown_scenes(rng, dialogue, made_share=MADE_SHARE)):
        for made in scenes[len(shown[at]) :]:
            same = pool.by_prompt.get(made.prompt)
            if same:
                shown[at].append(rng.choice(same))
    return shown
