"""The one setting for how clips are marked: what every clip carries besides its sidecar."""

from __future__ import annotations

from dataclasses import dataclass

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.provenance.signer import ClipSigner
from gpt4video_tools.provenance.watermark import Watermark


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How made clips say where they come from. The sidecar is always written; the rest is off
    unless given here."""

    signer: ClipSigner | None = None
    """Signs each mp4 (C2PA); a clip that cannot be signed does not appear."""
    watermark: Watermark | None = None
    """Marks the frames before they are judged, so that what was judged is what is written."""

    def __post_init__(self) -> None:
        if self.signer is not None and not isinstance(self.signer, ClipSigner):
            raise InvalidInputError("signer", self.signer, "a ClipSigner")
        if self.watermark is not None and not isinstance(self.watermark, Watermark):
            raise InvalidInputError("watermark", self.watermark, "a Watermark: embed and detect")
