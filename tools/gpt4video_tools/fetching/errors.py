"""What can go wrong when a clip is fetched, beside what can be wrong with any clip."""

from __future__ import annotations

from gpt4video_tools.video import ClipError


class FetchError(ClipError):
    """A clip may not be fetched, or could not be. `source` is its host, without path or query."""
