"""A scene in a few fixed words: what stands for a clip while the language model learns from text."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from gpt4video.shapes.world import Scene


def caption(scene: Scene) -> str:
    """E.g. `black; small red circle right x2 y7; large blue star spin x8 y3`.

    Digits are tenths of the frame, from the left edge and from the top.
    """
    parts: list[str] = [scene.background]
    for each in scene.objects:
        x, y = (min(9, max(0, int(value * 10))) for value in (each.x, each.y))
        parts.append(f"{each.size} {each.colour} {each.shape} {each.motion} x{x} y{y}")
    return "; ".join(parts)
