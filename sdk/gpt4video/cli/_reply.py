"""A reply as JSON can hold it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpt4video.reply import Reply, VideoResult
    from gpt4video_guards import Verdict


def reply_as_dict(reply: Reply) -> dict[str, Any]:
    """What a script wants to know of a turn."""
    return {
        "text": reply.text,
        "refused": reply.refused,
        "stage": reply.stage,
        "reason": reply.reason,
        "video": None if reply.video is None else _video(reply.video),
        "verdicts": verdicts_as_dicts(reply.verdicts),
        "tokens": {
            "prompt": reply.usage.prompt_tokens,
            "reused": reply.usage.reused_tokens,
            "generated": reply.usage.generated_tokens,
        },
        "seconds": {
            "first_words": round(reply.timings.first_words, 3),
            "total": round(reply.timings.total, 3),
        },
        "notes": list(reply.notes),
    }


def verdicts_as_dicts(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """Who judged what, without the judged words."""
    return [
        {
            "stage": each.stage,
            "guard": each.guard,
            "decision": each.decision,
            "category": each.category,
            "score": each.score,
            "threshold": each.threshold,
            "milliseconds": each.milliseconds,
        }
        for each in verdicts
    ]


def _video(video: VideoResult) -> dict[str, Any]:
    return {
        "path": str(video.path),
        "prompt": video.prompt,
        "frames": video.frame_count,
        "height": video.height,
        "width": video.width,
        "fps": video.fps,
        "seed": video.seed,
        "generator": video.generator,
        "notes": list(video.notes),
    }
