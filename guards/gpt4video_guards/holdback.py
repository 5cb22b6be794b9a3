"""Letting a stream of text out only after it was judged, behind a window that is held back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.subject import Stage
from gpt4video_guards.verdict import StageResult, Verdict, failed

_SEVERITY: Final = {"allow": 0, "flag": 1, "redact": 1, "block": 2, "error": 3}
_LONGEST_WORD: Final = 48
"""How far a judged piece reaches back to start at a word; longer unbroken runs are cut."""


class HoldBackWindow:
    """Holds back the end of a stream until it was judged together with what follows.

    Text is judged in overlapping pieces, each of them what is still held back and what came since,
    cut between words where there are any. After a piece was judged, all but its last `window`
    characters may leave. So a span of up to `window` characters that the judge blocks is seen
    whole while all of it is still here: nothing of it leaves. What left before stands as it was.
    A judge that raises or answers something else than a stage's result counts as a block.

    With the default stride each character is judged about three times, however long the stream.

    Args:
        judge: judges a text; `lambda text: pipeline.run("output_text", [TextSubject(...)])`.
        window: characters; None holds back everything until `finish`.
        stride: how many new characters are awaited before the next judging; the delay on top of
            the window. Half a window unless given.
        stage: which stage the verdict names if the judge itself fails.

    Raises:
        InvalidInputError: window or stride below 1.
    """

    def __init__(
        self,
        judge: Callable[[str], StageResult],
        *,
        window: int | None = 200,
        stride: int | None = None,
        stage: Stage = "output_text",
    ) -> None:
        for name, value in (("window", window), ("stride", stride)):
            if value is not None and value < 1:
                raise InvalidInputError(name, value, "at least 1, or None")
        self._judge = judge
        self._window = window
        self._stride = stride or max(1, (window or 2) // 2)
        self._stage = stage
        self._waiting: list[str] = []
        """What was pushed and not looked at yet; joined to the text when a judging may be due."""
        self._waiting_length = 0
        self._text = ""
        """What is held back, after a little of what left: `_text[:_left]` has left already."""
        self._left = 0
        self._judged = 0
        """`_text[:_judged]` was judged."""
        self._blocked: StageResult | None = None
        self._verdicts: dict[str, Verdict] = {}

    @property
    def blocked(self) -> StageResult | None:
        """The result that stopped the stream; None while it runs."""
        return self._blocked

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The most severe verdict of each guard so far, of equals the one with the largest score;
        guards in the order in which they were first heard."""
        return tuple(self._verdicts.values())

    def push(self, piece: str) -> str:
        """Take the next piece of the stream.

        Returns:
            What may leave now; "" while there is nothing, and always after a block.
        """
        if self._blocked is not None:
            return ""
        self._waiting.append(piece)
        self._waiting_length += len(piece)
        new = len(self._text) - self._judged + self._waiting_length
        if self._window is None or new < self._stride:
            return ""
        self._take_waiting()
        released = []
        while self._blocked is None and len(self._text) - self._judged >= self._stride:
            end = self._word_end(self._judged + self._stride, len(self._text))
            if end is None:
                break
            released.append(self._advance(end, keep=self._window))
        return "" if self._blocked else "".join(released)

    def finish(self) -> str:
        """The stream is over: judge the rest.

        Returns:
            All that was held back, or "" after a block. What `push` returned stays valid.
        """
        if self._blocked is not None:
            return ""
        self._take_waiting()
        if self._left == len(self._text):
            return ""
        if self._judged == len(self._text):  # judged whole already, only held back
            return self._release(keep=0)
        return self._advance(len(self._text), keep=0)

    def _take_waiting(self) -> None:
        self._text += "".join(self._waiting)
        self._waiting.clear()
        self._waiting_length = 0

    def _advance(self, end: int, *, keep: int) -> str:
        """Judge everything still here up to `end`, then release all but `keep` characters of it."""
        result = self._result(self._text[:end])
        for verdict in result.verdicts:
            self._note(verdict)
        if result.blocked:
            self._blocked = result
            self._text = ""
            return ""
        self._judged = end
        return self._release(keep=keep)

    def _release(self, *, keep: int) -> str:
        upto = max(self._left, self._judged - keep)
        released = self._text[self._left : upto]
        start = self._word_start(upto)
        self._text = self._text[start:]
        self._left = upto - start
        self._judged -= start
        return released

    def _result(self, text: str) -> StageResult:
        try:
            result = self._judge(text)
            if isinstance(result, StageResult):
                return result
            error = f"the judge returned {type(result).__name__}"
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        return StageResult(
            stage=self._stage, verdicts=(failed(self._stage, policy="", error=error),)
        )

    def _note(self, verdict: Verdict) -> None:
        known = self._verdicts.get(verdict.guard)
        if known is None or _weight(verdict) > _weight(known):
            self._verdicts[verdict.guard] = verdict

    def _word_end(self, least: int, most: int) -> int | None:
        """The last place in [least, most] between two words; a half word may look like another.

        None: wait for more. A run that never ends is cut rather than awaited for ever.
        """
        for end in range(most, least - 1, -1):
            if self._text[end - 1].isspace():
                return end
        return most if most - least >= _LONGEST_WORD else None

    def _word_start(self, upto: int) -> int:
        """Where the word that `upto` stands in begins."""
        for start in range(upto, max(0, upto - _LONGEST_WORD), -1):
            if self._text[start - 1].isspace():
                return start
        return max(0, upto - _LONGEST_WORD)


def _weight(verdict: Verdict) -> tuple[int, float]:
    return (_SEVERITY[verdict.decision], verdict.score)
