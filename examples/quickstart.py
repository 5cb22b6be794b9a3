"""The assistant in an app: watch a clip, talk about it, make one.

Run it with a clip of your own, or with none to have it make one first:

    python examples/quickstart.py [CLIP]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from gpt4video import VideoAssistant


def describe(assistant: VideoAssistant, clips: Sequence[str]) -> list[str]:
    """What the assistant says about the clips, or about one that it makes itself."""
    session = assistant.session()
    if not clips:
        made = session.chat("Make a video of a large red star spinning on a white background.")
        told = [made.text]
        if made.video:
            told.append(f"made {made.video.path} from {made.video.prompt!r}")
        return told
    answers = [session.chat("Describe the clip.", videos=clips).text]
    answers.append(session.chat("How many objects are there?").text)
    return answers


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the embedded assistant and print its answers."""
    with VideoAssistant.from_pretrained() as assistant:
        for line in describe(assistant, sys.argv[1:] if arguments is None else arguments):
            print(line)


if __name__ == "__main__":
    main()
