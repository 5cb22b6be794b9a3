"""What the chat model does next in an agent's loop, by plain rules.

The embedded language model answers, and asks for clips by `<video> prompt </video>`. It was never
taught to call tools, so the rest is decided here, and it is all there is:

1. The user's words name a clip by address, and the question tool is bound: the question tool is
   called with that address. (A clip in a content block needs no tool: the model sees it.)
2. The user asks for a clip and then, in later sentences, puts questions, and both tools are bound:
   the model is given the words up to the request. When the clip is there, the question tool is
   called with the questions and the clip's address.
3. A tool of ours has answered and nothing is left to ask: its words are the answer.
4. A tool has to be called (`tool_choice`): the generation tool gets the model's prompt or else the
   user's own words; the question tool gets the user's words and the last clip that has an address.
5. Anything else, results of other tools included, goes to the language model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from gpt4video.langchain._content import addresses_in
from gpt4video.langchain._dialogue import Dialogue, Tools

LOOK: Final = "What happens in this video?"
"""Asked where a clip is named without a question."""

_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_MAKING: Final = re.compile(
    r"\b(?:make|create|generate|draw|animate|render|produce|film)\b", flags=re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Think:
    """The language model answers."""

    words: str | None = None
    """The part of the user's words that it is given; None for all."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """The question tool is called."""

    words: str
    """The user's; the question is what remains of them without addresses."""
    address: str


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """The answer is what the tools said."""

    text: str


Step: TypeAlias = Think | Ask | Repeat


def next_step(dialogue: Dialogue, tools: Tools) -> Step:
    """What follows, by the rules above."""
    done = dialogue.outcomes
    if not done:
        return _first_step(dialogue, tools)
    last = done[-1]
    _, questions = request_and_questions(dialogue.wish)
    if last.role == "make" and last.clips and tools.ask is not None and questions:
        return Ask(words=questions, address=last.clips[-1])
    if last.role == "other":
        return Think()
    return Repeat(text=last.text)


def request_and_questions(words: str) -> tuple[str, str]:
    """The sentences up to the last that asks for a clip, and the questions after it.

    Without such a request all words are the first part; without questions the second is empty.
    """
    sentences = [part for part in _SENTENCES.split(words.strip()) if part]
    requests = [at for at, part in enumerate(sentences) if _MAKING.search(part)]
    end = requests[-1] + 1 if requests else len(sentences)
    if not any(part.endswith("?") for part in sentences[end:]):
        return words, ""
    return " ".join(sentences[:end]), " ".join(sentences[end:])


def _first_step(dialogue: Dialogue, tools: Tools) -> Step:
    wish, shown = dialogue.wish, dialogue.open.clips
    named = addresses_in(wish)
    if tools.forced == "ask":
        named = named or _addressed_before(dialogue)
    if tools.ask is not None and tools.forced != "make" and named and not shown:
        return Ask(words=wish, address=named[-1])
    if tools.ask is not None and tools.make is not None:
        request, questions = request_and_questions(wish)
        if questions and len(dialogue.open.asked) == 1:
            return Think(words=request)
    return Think()


def _addressed_before(dialogue: Dialogue) -> list[str]:
    """Addresses of the conversation's clips, data in place aside."""
    exchanges = (*dialogue.past, dialogue.open)
    found = [clip for each in exchanges for clip in (*each.brought, *each.clips, *each.made)]
    return [clip for clip in found if not clip.startswith("data:")]
