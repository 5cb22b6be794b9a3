"""What the assistant answers: words, perhaps a clip, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gpt4video.reasoning import TokenUsage
    from gpt4video_guards import Stage, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoResult:
    """A clip that the assistant made; it was judged before the file appeared."""

    path: Path
    """The mp4 file (H.264)."""
    prompt: str
    """The words between the tags, as they went to the generator."""
    frame_count: int
    """How many frames it has."""
    height: int
    """Pixels."""
    width: int
    """Pixels."""
    fps: float
    """Frames per second."""
    seed: int
    """With the same prompt and generator it gives the same frames."""
    generator: str
    """Name of the generator."""
    index: int
    """Its number in the conversation: users may speak of "video 2"."""
    notes: tuple[str, ...] = ()
    """What the generator had to change about the request."""

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frame_count / self.fps


@dataclass(frozen=True, kw_only=True, slots=True)
class Timings:
    """Seconds that the parts of a turn took; 0.0 for a part that did not happen."""

    reading: float = 0.0
    """Decoding the clips."""
    judging: float = 0.0
    """All guards, except those of the made clip (they count as `making`)."""
    first_words: float = 0.0
    """From the beginning of the turn to the first words that reached the caller."""
    reasoning: float = 0.0
    """The language model, encoding of clips included."""
    making: float = 0.0
    """Generating, judging and writing the clip."""
    total: float = 0.0
    """The whole turn, without the time the caller took between events."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The outcome of one turn.

    A refusal by the guards is a normal reply with `refused` set; a refusal in the model's own words
    is just a reply.
    """

    text: str
    """The assistant's words without tags; of a refused turn, only the refusal."""
    video: VideoResult | None = None
    """The clip that was made, if one was."""
    prompt: str | None = None
    """The judged prompt of a clip that the caller is to make, where the turn was asked that way."""
    verdicts: tuple[Verdict, ...] = ()
    """Everything the guards said about this turn, in order."""
    usage: TokenUsage
    """Tokens read and written."""
    timings: Timings = field(default_factory=Timings)
    """Where the time went."""
    refused: bool = False
    """A guard blocked the turn, or could not judge it; nothing of the turn was kept."""
    stage: Stage | None = None
    """Where it was blocked."""
    reason: str = ""
    """Why it was blocked, in a sentence for the caller."""
    notes: tuple[str, ...] = ()
    """What the caller should know: turns left out for want of room, a second clip asked for ..."""
