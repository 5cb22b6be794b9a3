"""`gpt4video chat`: a conversation in the terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gpt4video.cli._console import fail, out, say

if TYPE_CHECKING:
    from gpt4video import Session, VideoAssistant

HELP: Final = (
    "Name a clip's path in your words to show it. "
    "/clips lists them, /reset begins anew, /quit ends."
)
_PATH: Final = re.compile(
    r"""(?:"([^"]+)"|'([^']+)'|(\S+\.(?:mp4|mov|mkv|webm|avi|gif|webp|m4v|mpg|ts)))""",
    re.IGNORECASE,
)


def split_paths(words: str) -> tuple[str, list[Path]]:
    """Words without the paths of clips in them, and those paths, as far as the files exist."""
    paths: list[Path] = []

    def taken(match: re.Match[str]) -> str:
        path = Path(next(group for group in match.groups() if group)).expanduser()
        if not path.is_file():
            return match.group()
        paths.append(path)
        return ""

    rest = _PATH.sub(taken, words)
    return " ".join(rest.split()), paths


def run_chat(assistant: VideoAssistant, clips: Sequence[Path]) -> None:
    """Read, answer, until the end of input."""
    session = assistant.session()
    waiting = list(clips)
    out.print(HELP, style="dim")
    while True:
        try:
            words = out.input("[bold]you >[/] ").strip()
        except (EOFError, KeyboardInterrupt):
            out.print()
            return
        if words in ("/quit", "/exit"):
            return
        if words == "/reset":
            session.reset()
        elif words == "/clips":
            _list_clips(session)
        elif words:
            text, named = split_paths(words)
            if _turn(session, text or "Describe the clip.", [*waiting, *named]):
                waiting = []


def _list_clips(session: Session) -> None:
    for clip in session.clips:
        frames, height, width, _ = clip.frames.shape
        out.print(f"video {clip.index}: {frames} frames of {width} x {height}")


def _turn(session: Session, text: str, clips: Sequence[Path]) -> bool:
    """One turn, told as it comes; false if it ended in an error or was interrupted."""
    from gpt4video import GPT4VideoError
    from gpt4video.events import Refused, TextDelta, VideoProgress, VideoReady

    out.print("[bold cyan]assistant >[/] ", end="")
    begun = False
    try:
        for event in session.stream(text, videos=clips):
            if isinstance(event, TextDelta):
                say(event.text, end="")
                begun = True
            elif isinstance(event, VideoProgress):
                out.print("." if event.step else " making ", end="", style="dim")
            elif isinstance(event, VideoReady):
                say(f"\n{event.video.path}", end="", style="green")
            elif isinstance(event, Refused):
                say(f"\n{event.text}" if begun else event.text, end="", style="yellow")
        return True
    except GPT4VideoError as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("the turn was stopped")
    finally:
        out.print()
    return False
