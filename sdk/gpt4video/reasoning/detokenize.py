"""Token by token back to text, never in the middle of a character."""

from __future__ import annotations

from typing import Any

UNFINISHED = "\ufffd"  # what decoding gives for bytes that are not a character yet


class StreamDecoder:
    """Gives the text that each further token adds.

    Tokens may hold part of a character, and a tokenizer may write a token otherwise depending on
    its neighbours. So a short run of tokens is decoded with and without the new one, and text goes
    out when it is whole.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._ids: list[int] = []
        self._start = 0  # of the run that is decoded
        self._read = 0  # tokens whose text went out already
        self._began = False

    def push(self, token: int) -> str:
        """The text that may go out now; empty while a character is unfinished."""
        self._ids.append(token)
        text = self._new_text()
        if text.endswith(UNFINISHED):
            return ""
        return self._release(text)

    def finish(self) -> str:
        """What was held back, unfinished characters left out."""
        return self._release(self._new_text().rstrip(UNFINISHED))

    def _release(self, text: str) -> str:
        self._start, self._read = self._read, len(self._ids)
        if not self._began:  # the space after "AI:"
            text = text.lstrip()
            self._began = bool(text)
        return text

    def _new_text(self) -> str:
        before = self._decode(self._ids[self._start : self._read])
        return self._decode(self._ids[self._start :])[len(before) :]

    def _decode(self, ids: list[int]) -> str:
        return str(
            self.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        )


__all__ = ["StreamDecoder"]
