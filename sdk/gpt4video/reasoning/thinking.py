"""What a language model writes for itself before it answers, told from what it says."""

from __future__ import annotations

from collections.abc import Sequence


class Thoughts:
    """Follows one answer token by token.

    Args:
        think_token_ids: of the tokens that open and close a thought; empty where there are none.
    """

    def __init__(self, think_token_ids: Sequence[int]) -> None:
        self._marks = tuple(think_token_ids)
        self._inside = False

    def hides(self, token: int) -> bool:
        """Whether this next token is part of a thought, its marks included."""
        if token not in self._marks:
            return self._inside
        self._inside = token == self._marks[0]
        return True

    def spoken(self, tokens: Sequence[int]) -> list[int]:
        """Those of the next tokens that are said."""
        return [token for token in tokens if not self.hides(token)]


__all__ = ["Thoughts"]
