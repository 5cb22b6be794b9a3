"""Answers conversations with our own video LLM."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from gpt4video.model.modeling import GPT4VideoForConditionalGeneration
from gpt4video.model.processing import GPT4VideoProcessor
from gpt4video.reasoning.conversation import (
    ClipPart,
    Conversation,
    GenerationOptions,
    Message,
    TokenUsage,
)
from gpt4video.reasoning.detokenize import StreamDecoder
from gpt4video.reasoning.embeddings import EmbeddingCache, clip_identity
from gpt4video.reasoning.memory import Memory, MemoryStore, Trace, new_cache
from gpt4video.reasoning.sampling import next_tokens, seeded
from gpt4video.reasoning.thinking import Thoughts
from gpt4video.reasoning.window import fitted
from gpt4video_guards.errors import InvalidInputError

USAGES_KEPT = 1024


@dataclass(kw_only=True)
class _Prompt:
    """A conversation as the language model will read it."""

    ids: list[int]
    trace: Trace
    embeddings: Tensor | None  # [R, D], one row for each placeholder among the ids
    room: int  # tokens that an answer may have
    usage: TokenUsage


class ModelReasoner:
    """A `Reasoner` on `GPT4VideoForConditionalGeneration`.

    Each clip is encoded once per content, whichever conversation it is in, and the language model
    computes only what is new since the last turn. What the model writes for itself between
    `<think>` and `</think>` is never given out, and forgotten with the next turn. One thread at a
    time.

    Args:
        model: in evaluation mode, on the device where it is to run.
        processor: the model's.
        embedding_cache_bytes: of clip embeddings that may be held.
        kept_conversations: whose keys and values are held for the next turn.
    """

    def __init__(
        self,
        model: GPT4VideoForConditionalGeneration,
        processor: GPT4VideoProcessor,
        *,
        embedding_cache_bytes: int = 64 * 2**20,
        kept_conversations: int = 8,
    ) -> None:
        self.model = model
        self.processor = processor
        self.encoder_calls = 0
        self._embeddings = EmbeddingCache(embedding_cache_bytes)
        self._memories = MemoryStore(kept_conversations)
        self._usages: OrderedDict[str, TokenUsage] = OrderedDict()
        self._ends = _end_tokens(model, processor)
        self._never = _unsayable(model, processor, self._ends)

    @property
    def num_frames(self) -> int:
        """Frames that the model looks at in one clip."""
        return int(self.model.config.num_frames)

    @property
    def tokens_per_clip(self) -> int:
        """Positions that a clip takes in the prompt."""
        return int(self.model.config.tokens_per_clip)

    @property
    def context_tokens(self) -> int | None:
        """Tokens of prompt and answer together; None where the language model names no limit."""
        limit: int | None = getattr(self.model.config.text_config, "max_position_embeddings", None)
        return limit

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens that these messages take in a prompt, clips included."""
        return len(self._ids(tuple(messages)))

    def usage(self, conversation_id: str) -> TokenUsage:
        """What the last answer cost; zeros where there was none."""
        return self._usages.get(conversation_id, TokenUsage())

    def forget(self, conversation_id: str) -> None:
        """Drop keys, values and usage of a conversation."""
        self._memories.forget(conversation_id)
        self._usages.pop(conversation_id, None)

    def forget_clip(self, clip: ClipPart) -> None:
        """Drop the embeddings of a clip."""
        self._embeddings.forget(clip_identity(clip))

    def stream(
        self,
        conversations: Sequence[Conversation],
        *,
        options: GenerationOptions = GenerationOptions(),  # noqa: B008, frozen
    ) -> Iterator[tuple[int, str]]:
        """Yield (index, text piece) until all conversations are answered.

        One conversation uses what is known of its earlier turns; several run as one batch without.
        Closed early, the iterator leaves nothing of the unfinished turn behind.

        Raises:
            InvalidInputError: a conversation is empty, or its last message alone is too long.
        """
        if not conversations:
            return iter(())
        return self._stream(list(conversations), options)

    @torch.inference_mode()
    def _stream(
        self, conversations: list[Conversation], options: GenerationOptions
    ) -> Iterator[tuple[int, str]]:
        prompts = [self._prompt(conversation, options) for conversation in conversations]
        for conversation, prompt in zip(conversations, prompts, strict=True):
            self._note(conversation.id, prompt.usage)
        if len(prompts) > 1:
            yield from self._together(conversations, prompts, options)
        else:
            yield from self._alone(conversations[0], prompts[0], options)

    def _alone(
        self, conversation: Conversation, prompt: _Prompt, options: GenerationOptions
    ) -> Iterator[tuple[int, str]]:
        # Taken out for the turn: if it ends early, nothing half-said is ever put back.
        cache, reused = self._memories.take(conversation.id, prompt.trace)
        usage = replace(prompt.usage, reused_tokens=reused)
        known = prompt.ids[:reused].count(self.processor.video_token_id)
        rows = None if prompt.embeddings is None else prompt.embeddings[known:]
        ids = torch.tensor([prompt.ids[reused:]], device=self.model.device)
        mask = torch.ones(1, len(prompt.ids), dtype=torch.long, device=ids.device)
        said: list[list[int]] = [[]]
        for piece in self._decode(ids, mask, rows, cache, [prompt.room], options, said):
            self._note(conversation.id, replace(usage, generated_tokens=len(said[0])))
            yield piece
        self._note(conversation.id, replace(usage, generated_tokens=len(said[0])))
        # The last token was never fed back, so the cache does not hold it.
        held = [*prompt.trace, *said[0]][: cache.get_seq_length()]
        self._memories.keep(conversation.id, Memory(trace=held, cache=cache))

    def _together(
        self,
        conversations: list[Conversation],
        prompts: list[_Prompt],
        options: GenerationOptions,
    ) -> Iterator[tuple[int, str]]:
        ids = self.processor.pad([prompt.ids for prompt in prompts]).to(self.model.device)
        mask = self.processor.pad([[1] * len(p.ids) for p in prompts], value=0).to(ids.device)
        rows = [prompt.embeddings for prompt in prompts if prompt.embeddings is not None]
        joined = torch.cat(rows) if rows else None
        said: list[list[int]] = [[] for _ in prompts]
        rooms = [prompt.room for prompt in prompts]
        yield from self._decode(ids, mask, joined, new_cache(), rooms, options, said)
        for conversation, prompt, tokens in zip(conversations, prompts, said, strict=True):
            self._note(conversation.id, replace(prompt.usage, generated_tokens=len(tokens)))

    def _decode(
        self,
        ids: Tensor,
        mask: Tensor,
        rows: Tensor | None,
        cache: Any,
        rooms: list[int],
        options: GenerationOptions,
        said: list[list[int]],
    ) -> Iterator[tuple[int, str]]:
        """Fill `said` token by token, and yield the text that each adds."""
        decoders = [StreamDecoder(self.processor.tokenizer) for _ in rooms]
        thoughts = [Thoughts(self.processor.think_token_ids) for _ in rooms]
        generator = seeded(options, ids.device)
        embeds = rows[None] if rows is not None and len(rows) else None
        running = set(range(len(rooms)))
        while running:
            logits = self._forward(ids, mask, embeds, cache)
            tokens = next_tokens(logits, options, generator)
            for row, token in enumerate(tokens.tolist()):
                if row not in running:
                    continue
                said[row].append(token)
                silent = thoughts[row].hides(token) or token in self._ends
                piece = "" if silent else decoders[row].push(token)
                if token in self._ends or len(said[row]) >= rooms[row]:
                    running.discard(row)
                    piece += decoders[row].finish()
                if piece:
                    yield row, piece
            ids, embeds = tokens[:, None], None
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)

    def _forward(self, ids: Tensor, mask: Tensor, embeds: Tensor | None, cache: Any) -> Tensor:
        """Logits [B, V] of the next token."""
        positions = (mask.cumsum(dim=-1) - 1).clamp_min(0)[:, -ids.shape[1] :]
        logits: Tensor = self.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            video_embeds=embeds,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:, -1]
        return logits.index_fill(-1, self._never.to(logits.device), float("-inf"))

    def _prompt(self, conversation: Conversation, options: GenerationOptions) -> _Prompt:
        messages = conversation.messages
        if not messages or messages[-1].role != "user":
            raise InvalidInputError("conversations", conversation.id, "a last message of the user")
        limit = self.context_tokens
        # Half of the context at most is kept free for the answer.
        wanted = (
            options.max_new_tokens if limit is None else min(options.max_new_tokens, limit // 2)
        )

        def fits(candidate: tuple[Message, ...]) -> bool:
            return limit is None or len(self._ids(candidate)) + wanted <= limit

        kept = fitted(messages, fits)
        if kept is None:
            length = len(self._ids(messages[-1:]))
            raise InvalidInputError(
                "conversations",
                f"a message of {length} tokens",
                f"at most {(limit or 0) - wanted}",
            )
        return self._filled(kept, wanted)

    def _filled(self, messages: tuple[Message, ...], room: int) -> _Prompt:
        ids = self._ids(messages)
        clips = [clip for message in messages for clip in message.clips]
        calls = self.encoder_calls
        identities = [clip_identity(clip) for clip in clips]
        embeddings = [self._embedded(*pair) for pair in zip(clips, identities, strict=True)]
        names = iter([name for name in identities for _ in range(self.tokens_per_clip)])
        video = self.processor.video_token_id
        trace: Trace = [next(names) if token == video else token for token in ids]
        return _Prompt(
            ids=ids,
            trace=trace,
            embeddings=torch.cat(embeddings) if embeddings else None,
            room=room,
            usage=TokenUsage(prompt_tokens=len(ids), encoded_clips=self.encoder_calls - calls),
        )

    def _ids(self, messages: tuple[Message, ...]) -> list[int]:
        return self.processor.encode_conversation(messages, add_generation_prompt=True).input_ids

    def _embedded(self, clip: ClipPart, identity: str) -> Tensor:
        """Embeddings [K, D] of a clip, encoded only where they are not known."""
        known = self._embeddings.get(identity)
        if known is not None:
            return known
        pixels = self.processor.video_processor(clip.frames)["pixel_values_videos"]
        self.encoder_calls += 1
        features = self.model.get_video_features(pixels.to(self.model.device))
        embeddings: Tensor = features.pooler_output[0]
        self._embeddings.put(identity, embeddings)
        return embeddings

    def _note(self, conversation_id: str, usage: TokenUsage) -> None:
        self._usages[conversation_id] = usage
        self._usages.move_to_end(conversation_id)
        while len(self._usages) > USAGES_KEPT:
            self._usages.popitem(last=False)


def _end_tokens(
    model: GPT4VideoForConditionalGeneration, processor: GPT4VideoProcessor
) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(t for t in (*listed, processor.tokenizer.eos_token_id) if t is not None)


def _unsayable(
    model: GPT4VideoForConditionalGeneration, processor: GPT4VideoProcessor, ends: frozenset[int]
) -> Tensor:
    """Control tokens but for the end and thoughts: the model may not write them either."""
    size = model.config.text_config.get_text_config().vocab_size
    control = processor.control_token_ids - ends - set(processor.think_token_ids)
    return torch.tensor(sorted(t for t in control if t < size), dtype=torch.long)


__all__ = ["ModelReasoner"]
