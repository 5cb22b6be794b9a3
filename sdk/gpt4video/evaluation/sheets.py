"""Contact sheets of evaluation clips, to look at with one's own eyes."""

from __future__ import annotations

import random
from pathlib import Path

from gpt4video.evaluation.renderer import random_footage
from gpt4video_tools.video import read_clip, write_contact_sheet


def write_sample_sheets(
    folder: str | Path, *, n: int = 12, seed: int = 0, clips: bool = True
) -> list[Path]:
    """Film `n` clips as an evaluation does and write a PNG of the frames that the model would see.

    Args:
        folder: where they go; made if it is not there.
        n: number of clips.
        seed: of the clips.
        clips: write each mp4 beside its sheet.

    Returns:
        The sheets, named `01.png` and on; `scenes.txt` says what each one shows.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    sheets, lines = [], []
    for number in range(1, n + 1):
        footage = random_footage(rng)
        seen = read_clip(footage.mp4, num_frames=16)
        sheets.append(write_contact_sheet(target / f"{number:02}.png", seen.frames, columns=8))
        if clips:
            (target / f"{number:02}.mp4").write_bytes(footage.mp4)
        lines.append(
            f"{number:02} {footage.camera.size} px {footage.camera.fps:g} fps: "
            f"{footage.scene.prompt}\n"
        )
    (target / "scenes.txt").write_text("".join(lines), encoding="utf-8")
    return sheets
