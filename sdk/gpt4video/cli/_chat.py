"""`gpt4video chat`: a conversation in the terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gpt4video.cli._console import busy, fail, out

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


def run_chat(clips: Sequence[Path], *, model: str, policy: str, into: Path | None) -> None:
    """Read, answer, until the end of input."""
    from gpt4video import VideoAssistant

    with busy("loading the models"):
        assistant = VideoAssistant.from_pretrained(model, policy=policy, output_dir=into)
    with assistant:
        session = assistant.session()
        out.print(HELP, style="dim")
        waiting = list(clips)
        while True:
            try:
                words = out.input("[bold]you >[/] ").strip()
            except EOFError:
                return
            if words in ("/quit", "/exit"):
                return
            if words == "/reset":
                session.reset()
            elif words == "/clips":
                for number, clip in enumerate(session.clips, start=1):
                    out.print(f"video {number}: {clip.name}", markup=False)
            elif words:
                text, named = split_paths(words)
                _turn(session, text or "Describe the clip.", [*waiting, *named])
                waiting = []


def _turn(session: object, text: str, clips: Sequence[Path]) -> None:
    from gpt4video import GPT4VideoError, Refused, Session, TextDelta, VideoProgress, VideoReady

    assert isinstance(session, Session)
    out.print("[bold cyan]assistant >[/] ", end="")
    try:
        for event in session.stream(text, videos=list(clips)):
            if isinstance(event, TextDelta):
                out.print(event.text, end="", markup=False)
            elif isinstance(event, VideoProgress):
                out.print("." if event.step else "", end="", style="dim")
            elif isinstance(event, VideoReady):
                out.print(f"\n{event.video.path}", markup=False, style="green")
            elif isinstance(event, Refused):
                out.print(event.text, markup=False, style="yellow")
    except GPT4VideoError as error:
        fail(str(error))
    out.print()
