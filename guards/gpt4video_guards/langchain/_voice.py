"""What the parts of a message are judged as: who says them, and what was said before."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.utils.utils import LC_AUTO_PREFIX

from gpt4video_guards.langchain._parts import Part, Place, Words, is_speech
from gpt4video_guards.subject import Stage, TextKind, TextSubject

_CONTEXT: Final = 8000
"""Characters of what was asked before that guards are told."""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Who speaks in a message, and so what its parts are judged as."""

    stage: Stage
    kind: TextKind
    media_stage: Stage
    context: str = ""
    video_prompts: frozenset[Place] = frozenset()

    @classmethod
    def of(
        cls, message: BaseMessage, asked: Sequence[str], video_prompts: Mapping[str, str]
    ) -> Voice:
        if isinstance(message, AIMessage):
            places = (
                ("tool_calls", at, "args", video_prompts[call["name"]])
                for at, call in enumerate(message.tool_calls)
                if call["name"] in video_prompts
            )
            return cls(
                stage="output_text",
                kind="response",
                media_stage="output_video",
                context=asked[-1][-_CONTEXT:] if asked else "",
                video_prompts=frozenset(places),
            )
        if isinstance(message, ToolMessage):
            return cls(stage="input_text", kind="tool_result", media_stage="input_video")
        context = "\n".join(text for text in asked if text.strip())[-_CONTEXT:]
        return cls(stage="input_text", kind="prompt", media_stage="input_video", context=context)

    def texts(self, parts: Sequence[Part]) -> list[Text]:
        """Each text alone, and what belongs together joined: models read the blocks of a content
        as lines, or as one text."""
        words = [part for part in parts if isinstance(part, Words) and is_speech(part)]
        found = [self._text((each,)) for each in words]
        together: dict[Place, list[Words]] = {}
        for each in words:
            if each.place[0] in ("content", "tool_calls"):
                at = each.place[: 1 if each.place[0] == "content" else 2]
                together.setdefault(at, []).append(each)
        for several in together.values():
            if len(several) > 1:
                found += [self._text(tuple(several), between) for between in ("\n", "")]
        return found

    def _text(self, words: tuple[Words, ...], between: str = "") -> Text:
        whole = between.join(each.text for each in words)
        if len(words) == 1 and words[0].place in self.video_prompts:
            subject = TextSubject(text=whole, kind="t2v_prompt", context=self.context)
            return Text("video_prompt", subject, words, between)
        subject = TextSubject(text=whole, kind=self.kind, context=self.context)
        return Text(self.stage, subject, words, between)


@dataclass(frozen=True)
class Text:
    """A text to judge, and the words that it was made of."""

    stage: Stage
    subject: TextSubject
    words: tuple[Words, ...]
    between: str

    @property
    def digest(self) -> str:
        return hash_of(self.stage, self.subject.fingerprint())


def canonical(block: Mapping[str, Any] | None) -> str:
    """A text that no other block has; but for ids that LangChain makes up anew for each call."""
    special: list[str] = []
    if block is not None and str(block.get("id")).startswith(LC_AUTO_PREFIX):
        block = {name: value for name, value in block.items() if name != "id"}

    def plain(value: object) -> str:
        special.append(type(value).__name__)  # so that bytes are no text which is like their hash
        if isinstance(value, (bytes, bytearray)):
            return hashlib.sha256(value).hexdigest()
        if isinstance(value, PurePath):
            return str(value)
        raise TypeError

    try:
        return json.dumps(block, sort_keys=True, default=plain) + ",".join(special)
    except (TypeError, ValueError):
        return secrets.token_hex(16)  # not to be known again


def hash_of(*texts: str) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()
