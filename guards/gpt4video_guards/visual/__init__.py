"""Guards for frames."""

from gpt4video_guards.visual.concepts import NEUTRAL, STANDARD_CONCEPTS, ConceptGuard

__all__ = ["NEUTRAL", "STANDARD_CONCEPTS", "ConceptGuard"]
