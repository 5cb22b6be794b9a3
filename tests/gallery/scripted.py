"""A generator and a judge that do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from gpt4video_guards import Policy, Stage, StageResult, Subject, Verdict
from gpt4video_tools.gallery import GeneratedVideo, GenerationCancelledError, VideoRequest


@dataclass
class ScriptedGenerator:
    """Grey frames after some steps; fails with `error` after `fails_after` steps."""

    steps: int = 3
    level: int = 200
    error: Exception | None = None
    fails_after: int = 1
    answer: object = None
    """Handed back instead of a video, where set."""
    name: str = "scripted"
    seen: list[VideoRequest] = field(default_factory=list)
    stopped: bool = False

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        self.seen.append(request)
        for step in range(1, self.steps + 1):
            if on_progress is not None:
                on_progress(step, self.steps)
            if self.error is not None and step >= self.fails_after:
                raise self.error
            if cancelled is not None and cancelled():
                self.stopped = True
                raise GenerationCancelledError(self.name)
        if self.answer is not None:
            return self.answer  # type: ignore[return-value]
        frames = np.full((4, 16, 16, 3), self.level, dtype=np.uint8)
        return GeneratedVideo(frames=frames, fps=8, seed=request.seed or 0, generator=self.name)


@dataclass
class EndlessGenerator:
    """Works until it is cancelled."""

    name: str = "endless"
    stopped: bool = False

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        assert cancelled is not None
        assert on_progress is not None
        on_progress(1, 2)
        while not cancelled():
            pass
        self.stopped = True
        raise GenerationCancelledError(self.name)


@dataclass
class ScriptedJudge:
    """Decides per stage: `allow` unless told otherwise. Remembers what it was shown."""

    decisions: dict[Stage, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy.preset("off"))
    shown: list[tuple[Stage, tuple[Subject, ...]]] = field(default_factory=list)

    def run(self, stage: Stage, subjects: Sequence[Subject]) -> StageResult:
        self.shown.append((stage, tuple(subjects)))
        decision = self.decisions.get(stage, "allow")
        verdict = Verdict(
            stage=stage,
            decision=decision,  # type: ignore[arg-type]
            category="violence",
            score=0.1 if decision == "allow" else 0.9,
            threshold=0.5,
            reason="inner words of the guard" if decision == "error" else "Too much violence.",
            guard="scripted",
            guard_version="1",
            policy=self.policy.id,
            error="it broke" if decision == "error" else "",
        )
        return StageResult(stage=stage, verdicts=(verdict,))

    @property
    def stages(self) -> list[Stage]:
        return [stage for stage, _ in self.shown]
