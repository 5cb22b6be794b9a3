"""What a clip may cost, said before it is decoded and held to while it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

from gpt4video_guards.errors import InvalidInputError

from .clip import ClipInfo
from .errors import BudgetExceededError
from .sizes import fit

__all__ = ["ClipCost", "VideoBudget"]


@dataclass(frozen=True, kw_only=True)
class ClipCost:
    """What reading one clip costs; `None` where only decoding would tell."""

    frames: int
    """Frames kept."""
    pixels: int
    """Pixels of one picture as shown, before it is scaled down."""
    seconds: float | None
    """How long the clip is."""
    bytes: int
    """Size of the source."""
    tokens: int
    """Tokens of the language model's context."""
    memory: int
    """Bytes of the frames kept."""


@dataclass(frozen=True, kw_only=True)
class VideoBudget:
    """The ceiling for one clip. A host sets it; a request may lower it (`lowered`), never raise it.

    Every `max_` limit is inclusive. They are checked against what the file says before anything is
    decoded, and against what really comes out while decoding: a header that lies gains nothing.
    """

    max_frames: int = 512
    """Frames kept of one clip."""
    max_pixels: int = 8192 * 4320
    """Pixels of one picture, as stored."""
    max_seconds: float = 2 * 3600.0
    """How long a clip may be."""
    max_bytes: int = 2 * 1024**3
    """Size of the file."""
    max_tokens: int = 4096
    """Tokens that one clip may take in the language model's context."""
    max_decoded: int = 200_000
    """Pictures decoded on the way to those that are kept."""
    longest_side: int = 640
    """Kept frames are scaled down to it (never up); at least 1."""

    def __post_init__(self) -> None:
        for name, value in self.limits().items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise InvalidInputError(name, value, "a number")
            whole = name == "max_seconds" or isinstance(value, int)
            if not (value > 0 and whole and not math.isnan(value)):
                raise InvalidInputError(name, value, "a positive number, whole but for max_seconds")

    def limits(self) -> dict[str, float]:
        """All limits by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def lowered(self, **limits: float) -> VideoBudget:
        """This budget with some limits lowered; a value above the present one changes nothing.

        Raises:
            InvalidInputError: a name that is no limit, or a value that is not positive.
        """
        present = self.limits()
        for name in limits:
            if name not in present:
                raise InvalidInputError(name, limits[name], f"one of {', '.join(present)}")
        # An own budget of the wished values checks them before `min` could hide a wrong one.
        wished = replace(VideoBudget(), **limits)  # type: ignore[arg-type]
        lower = {name: min(present[name], getattr(wished, name)) for name in limits}
        return replace(self, **lower)

    def cost(self, info: ClipInfo, *, num_frames: int, tokens_per_clip: int = 0) -> ClipCost:
        """What reading `num_frames` frames of a probed clip would cost; nothing is decoded."""
        width, height = fit(info.width, info.height, self.longest_side)
        return ClipCost(
            frames=num_frames,
            pixels=info.width * info.height,
            seconds=info.duration,
            bytes=info.bytes,
            tokens=tokens_per_clip,
            memory=num_frames * width * height * 3,
        )

    def check(self, cost: ClipCost, *, source: str = "clip") -> None:
        """Pass if the cost is within the budget.

        Raises:
            BudgetExceededError: naming the first limit that is exceeded.
        """
        self.hold(source, "max_frames", cost.frames)
        self.hold(source, "max_pixels", cost.pixels)
        self.hold(source, "max_seconds", cost.seconds or 0.0)
        self.hold(source, "max_bytes", cost.bytes)
        self.hold(source, "max_tokens", cost.tokens)

    def hold(self, source: str, limit: str, found: float) -> None:
        """Raise `BudgetExceededError` if `found` is over the limit of that name."""
        allowed = float(getattr(self, limit))
        if found > allowed:
            raise BudgetExceededError(source, limit, allowed, found)
