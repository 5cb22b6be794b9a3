"""Reading `<video> prompt </video>` out of the assistant's own words, while they are still coming.

The tags are plain text, so they may arrive split over any pieces, and a language model may forget,
repeat or nest them. What this parser promises, however the text is split:

* the text it lets through never holds a tag, and a turn cut inside a tag shows nothing of it;
* a prompt is complete and not empty, and there is at most one in a turn: the first;
* everything else between tags is dropped, and a `PromptDropped` says why;
* it keeps at most one prompt of bounded length, whatever the model writes.

Only the exact words `<video>` and `</video>` count, in any mixture of upper and lower case;
`< video >` or `<video0>` is ordinary text. A tag inside a prompt is left out of it. Blanks around
the text are trimmed, and those on both sides of a tag become those before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

OPEN = "<video>"
CLOSE = "</video>"
MAX_PROMPT_CHARS = 1000

_TAGS = (OPEN, CLOSE)
_BEGINNINGS = frozenset(tag[:end] for tag in _TAGS for end in range(1, len(tag)))

DropReason = Literal["empty", "unclosed", "too_long", "extra"]
"""Why words between tags were dropped.

empty: nothing but blanks stood between the tags.
unclosed: the turn ended before the closing tag.
too_long: more than the parser's limit of characters came before the closing tag.
extra: the turn already had its prompt.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class TextOut:
    """Words of the assistant that stand outside of tags."""

    text: str
    """Not empty, and free of tags."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptDone:
    """The turn's video prompt, complete."""

    prompt: str
    """Not empty; runs of blanks are single spaces."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptDropped:
    """Words between tags that start no generation."""

    reason: DropReason
    """Why."""


Parsed = TextOut | PromptDone | PromptDropped


def wrap_prompt(prompt: str) -> str:
    """The prompt as the assistant writes it: `<video> prompt </video>`."""
    return f"{OPEN} {prompt} {CLOSE}"


class TagParser:
    """The state machine: `push` every piece of a turn, then `finish`.

    Args:
        max_prompt_chars: prompts longer than this are dropped, at least 1.
    """

    def __init__(self, *, max_prompt_chars: int = MAX_PROMPT_CHARS) -> None:
        self._max_prompt_chars = max_prompt_chars
        self._scanner = _Scanner()
        self._text = _TrimmedText()
        self._prompt: str | None = None  # what came since the opening tag, blanks squeezed
        self._done = False

    def push(self, piece: str) -> list[Parsed]:
        """Take the next piece of the turn and give what it completed, in order."""
        parsed: list[Parsed] = []
        for found in self._scanner.push(piece):
            if found in _TAGS:
                parsed += self._take_tag(found)
            elif self._prompt is not None:
                self._extend_prompt(found)
            elif text := self._text.push(found):
                parsed.append(TextOut(text=text))
        return parsed

    def finish(self) -> list[Parsed]:
        """The turn is over: a prompt still open, or half a tag, is dropped."""
        self._scanner = _Scanner()
        if self._prompt is None:
            return []
        self._prompt = None
        return [PromptDropped(reason="unclosed")]

    def _take_tag(self, tag: str) -> list[Parsed]:
        self._text.join()
        if tag == OPEN:
            if self._prompt is None:
                self._prompt = ""
            return []
        if self._prompt is None:  # a closing tag that nothing opened
            return []
        prompt, self._prompt = self._prompt.strip(), None
        if len(prompt) > self._max_prompt_chars:
            return [PromptDropped(reason="too_long")]
        if not prompt:
            return [PromptDropped(reason="empty")]
        if self._done:
            return [PromptDropped(reason="extra")]
        self._done = True
        return [PromptDone(prompt=prompt)]

    def _extend_prompt(self, text: str) -> None:
        assert self._prompt is not None
        # Two more characters than allowed are enough to know, and to stay, too long.
        room = self._max_prompt_chars + 2 - len(self._prompt)
        for char in text:
            if room <= 0:
                return
            blank = char.isspace()
            if blank and (not self._prompt or self._prompt[-1] == " "):
                continue
            self._prompt += " " if blank else char
            room -= 1


class _Scanner:
    """Splits a stream into tags (in lower case) and the text between them.

    What may still become a tag is held back. Beginnings of tags that stand directly before a tag
    are dropped with it, or taking the tag out could join its neighbours to a new one.
    """

    def __init__(self) -> None:
        self._held = ""
        self._beginning = ""  # the end of what is held, in lower case

    def push(self, piece: str) -> Iterator[str]:
        """The texts and tags that this piece completes; neighbouring characters stay together."""
        text = ""
        for char in piece:
            longer = self._beginning + char.lower()
            if longer in _TAGS:
                self._held = self._beginning = ""
                if text:
                    yield text
                text = ""
                yield longer
            elif longer in _BEGINNINGS:
                self._held += char
                self._beginning = longer
            elif char == "<":  # what was held is a beginning that stopped, and here is another
                self._held += char
                self._beginning = char
            else:
                text += self._held + char
                self._held = self._beginning = ""
        if text:
            yield text


class _TrimmedText:
    """Text without the blanks at its two ends, which are known only when more of it comes."""

    def __init__(self) -> None:
        self._blanks = ""
        self._skips = True  # blanks that come now are dropped

    def push(self, text: str) -> str:
        """What may leave: everything up to the last character that is no blank."""
        if self._skips:
            text = text.lstrip()
        if not text:
            return ""
        kept = text.rstrip()
        if not kept:
            self._blanks += text
            return ""
        out = self._blanks + kept
        self._blanks = text[len(kept) :]
        self._skips = False
        return out

    def join(self) -> None:
        """A tag was taken out here: the blanks before it are enough."""
        self._skips = self._skips or bool(self._blanks)
