"""A chat in the console that shows words as they come, each judged before it is shown.

python examples/console_chat.py [CLIP ...]
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from gpt4video import Session, VideoAssistant
from gpt4video.events import Refused, TextDelta, VideoProgress, VideoReady


def talk(session: Session, lines: Iterable[str], clips: Sequence[str] = ()) -> None:
    """Answer each line; the clips are shown with the first one."""
    shown = list(clips)
    for line in lines:
        for event in session.stream(line, videos=shown):
            if isinstance(event, TextDelta):
                print(event.text, end="", flush=True)
            elif isinstance(event, VideoProgress):
                print(f"\rmaking a clip: {event.step} of {event.total}", end="", flush=True)
            elif isinstance(event, VideoReady):
                print(f"\n{event.video.path}")
            elif isinstance(event, Refused):
                print(f"\r{event.text}")
        print()
        shown = []


def main(arguments: Sequence[str] | None = None) -> None:
    """Talk to the embedded assistant until the end of the input."""
    clips = sys.argv[1:] if arguments is None else arguments
    with VideoAssistant.from_pretrained() as assistant:
        talk(assistant.session(), (line.strip() for line in sys.stdin), clips)


if __name__ == "__main__":
    main()
