"""From a conversation to token ids, by one function for training and for answering.

    <bos>system words
    Human: Video 1: <|video|>... What moves here?
    AI: A red ball.<eos>
    Human: Is it blue?
    AI:<think> The ball is red</think> No, the ball is red.<eos>

Each piece is encoded by itself, so the ids of turns 1..n are a prefix of those of turns 1..n+1 and
a cache of the earlier turns stays right. Words never become control tokens, whoever wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gpt4video.model.config import THINK_TOKENS, VIDEO_TOKEN
from gpt4video.model.turns import ClipMark, Turn, as_turns
from gpt4video.reasoning.conversation import Message

HEADERS = {"user": "Human:", "assistant": "AI:"}

CHAT_TEMPLATE = (
    "{%- set ns = namespace(clips=0, started=false) -%}"
    "{{- bos_token if bos_token is defined and bos_token else '' -}}"
    "{%- for message in messages -%}"
    "{%- if ns.started -%}{{- '\\n' -}}{%- endif -%}{%- set ns.started = true -%}"
    "{%- if message.role == 'user' -%}{{- 'Human:' -}}"
    "{%- elif message.role == 'assistant' -%}{{- 'AI:' -}}"
    "{%- if message.reasoning_content -%}"
    "{{- '<think> ' + message.reasoning_content + '</think>' -}}{%- endif -%}{%- endif -%}"
    "{%- set space = '' if message.role == 'system' else ' ' -%}"
    "{%- if message.content is string -%}{{- space + message.content -}}"
    "{%- else -%}{%- for block in message.content -%}"
    "{%- if block.type == 'video' -%}"
    "{%- set ns.clips = block.index if block.index else ns.clips + 1 -%}"
    "{{- ' Video ' ~ ns.clips ~ ': <|video|>' -}}"
    "{%- elif block.type == 'text' -%}{{- space + block.text -}}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{%- if message.role == 'assistant' -%}{{- eos_token -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '\\nAI:' -}}{%- endif -%}"
)
"""The same conversation as one string, for reading; ids come from `PromptEncoder`."""

_ROLE_AT_LINE_START = re.compile(r"(?mi)(?<=\n)(?=[ \t]*(?:human|ai)[ \t]*:)")


@dataclass(frozen=True, kw_only=True)
class EncodedConversation:
    """A conversation as the language model reads it."""

    input_ids: list[int]
    """Token ids, `tokens_per_clip` placeholders for each clip."""
    labels_mask: list[bool]
    """True on what the assistant said and is to be learnt, its closing token included."""
    num_clips: int
    """Clips among the ids, in their order."""

    @property
    def labels(self) -> list[int]:
        """`input_ids` where the assistant speaks, -100 elsewhere."""
        pairs = zip(self.input_ids, self.labels_mask, strict=True)
        return [token if spoken else -100 for token, spoken in pairs]


class PromptEncoder:
    """Builds token ids with one tokenizer.

    Args:
        tokenizer: of transformers, with `<|video|>` among its special tokens and an end token. What
            an assistant reasoned is left out where it has no `<think>` and `</think>`.
        tokens_per_clip: placeholders for each clip.
    """

    def __init__(self, tokenizer: Any, *, tokens_per_clip: int) -> None:
        self.tokenizer = tokenizer
        self.tokens_per_clip = tokens_per_clip
        self.video_token_id: int = tokenizer.convert_tokens_to_ids(VIDEO_TOKEN)
        self.control = _control_tokens(tokenizer)
        known = {name: index for index, name in self.control.items()}
        pair = tuple(known[name] for name in THINK_TOKENS if name in known)
        self.think_token_ids = pair if len(pair) == len(THINK_TOKENS) else ()
        # Tokenizers of the sentencepiece kind put a space before the first word by themselves.
        first = tokenizer.convert_ids_to_tokens(self.plain_ids("Human"))[0]
        self._space = "" if first.startswith("▁") else " "
        self._known: dict[str, list[int]] = {}

    def encode(
        self,
        messages: Sequence[Message | Mapping[str, Any] | Turn],
        *,
        add_generation_prompt: bool = False,
    ) -> EncodedConversation:
        """Ids and label mask of a conversation.

        Args:
            messages: `Message`s, dictionaries of transformers' chat format, or turns.
            add_generation_prompt: end with the words after which the assistant speaks.
        """
        turns = _numbered(messages)
        ids: list[int] = []
        mask: list[bool] = []
        if self.tokenizer.bos_token_id is not None:
            ids.append(self.tokenizer.bos_token_id)
        mask += [False] * len(ids)
        for place, turn in enumerate(turns):
            opening = ("\n" if place else "") + HEADERS.get(turn.role, "")
            head, said = self._literal(opening), self._said(turn)
            ids += head + said
            learnt = turn.role == "assistant" and turn.learnt
            mask += [False] * len(head) + [learnt] * len(said)
        if add_generation_prompt:
            prompt = self._literal("\n" + HEADERS["assistant"])
            ids += prompt
            mask += [False] * len(prompt)
        clips = sum(isinstance(part, ClipMark) for turn in turns for part in turn.parts)
        return EncodedConversation(input_ids=ids, labels_mask=mask, num_clips=clips)

    def plain_ids(self, text: str) -> list[int]:
        """Ids of words, none of which is a control token whatever the words are."""
        ids = self._split_ids(text)
        if not self.control.keys() & set(ids):
            return ids
        # This tokenizer matches some control token all the same: cut the words inside of each.
        names = sorted(self.control.values(), key=len, reverse=True)
        parts = re.split(
            "|".join(f"(?<={re.escape(n[0])})(?={re.escape(n[1:])})" for n in names), text
        )
        cut = [token for part in parts for token in self._split_ids(part)]
        return [token for token in cut if token not in self.control]

    def _said(self, turn: Turn) -> list[int]:
        space = "" if turn.role == "system" else self._space
        ids: list[int] = []
        if turn.role == "assistant" and turn.reasoning and self.think_token_ids:
            opened, closed = self.think_token_ids
            ids = [opened, *self.plain_ids(space + turn.reasoning), closed]
        fresh = ""  # "\n" where the parts so far end in a line with no word on it
        for part in turn.parts:
            if isinstance(part, ClipMark):
                fresh = ""
                ids += self._literal(f"{self._space}Video {part.index}:")
                ids += [self.video_token_id] * self.tokens_per_clip
            elif part:
                words = part
                if turn.role == "user":
                    words = _ROLE_AT_LINE_START.sub("> ", fresh + part).removeprefix(fresh)
                    fresh = "\n" if re.search(r"\n[ \t]*\Z", fresh + part) else ""
                ids += self.plain_ids(space + words)
        if turn.role == "assistant":
            ids.append(self.tokenizer.eos_token_id)
        return ids

    def _literal(self, text: str) -> list[int]:
        """Ids of words of our own, which come again and again."""
        if text not in self._known:
            self._known[text] = self.plain_ids(text) if text else []
        return self._known[text]

    def _split_ids(self, text: str) -> list[int]:
        encoded = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return list(encoded["input_ids"])


def _control_tokens(tokenizer: Any) -> dict[int, str]:
    """Ids and strings of every token that steers rather than says something."""
    added = {index: str(token.content) for index, token in tokenizer.added_tokens_decoder.items()}
    special = zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True)
    found = added | {index: str(token) for index, token in special}
    found.pop(tokenizer.unk_token_id, None)  # stands for rare characters too
    return {index: name for index, name in found.items() if len(name) > 1}


def _numbered(messages: Sequence[Message | Mapping[str, Any] | Turn]) -> list[Turn]:
    turns = [message for message in messages if isinstance(message, Turn)]
    if len(turns) == len(messages):
        return turns
    return as_turns([message for message in messages if not isinstance(message, Turn)])


__all__ = ["CHAT_TEMPLATE", "EncodedConversation", "PromptEncoder"]
