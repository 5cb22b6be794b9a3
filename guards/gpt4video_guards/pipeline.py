"""Running a stage: the policy's guards judge the subjects, and what is not judged does not pass."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gpt4video_guards._cache import JudgementCache
from gpt4video_guards._decide import rule_on
from gpt4video_guards._seat import Question, Seat
from gpt4video_guards._views import View, merged, views
from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_guards.judgement import Guard, Judgement
from gpt4video_guards.policy import GuardSpec, Policy, Rule, load_policy
from gpt4video_guards.registry import HOST, PROVIDERS
from gpt4video_guards.subject import STAGES, FramesSubject, Medium, Stage, Subject, TextSubject
from gpt4video_guards.verdict import StageResult, Verdict, failed, sentence

logger = logging.getLogger(__name__)


class GuardPipeline:
    """The guards of a policy, ready to judge.

    The guards of one stage run at the same time, each under its own deadline, and only on what
    they have not judged before. A guard that raises, hangs, answers nonsense or is not there ends
    in a verdict `error`, which blocks unless the policy opens that guard on errors.

    Args:
        policy: who stands where.
        guards: guards by their names in the policy, instead of the ones that it describes. Names
            that the policy does not use are left out, with a warning.
        cache_size: how many judgements are kept.
    """

    def __init__(
        self,
        policy: Policy,
        guards: Mapping[str, Guard] | None = None,
        *,
        cache_size: int = 4096,
    ) -> None:
        self.policy = policy
        given = dict(guards or {})
        self._seats = {
            name: Seat(name=name, medium=spec.medium, build=_builder(name, spec, given))
            for name, spec in policy.guards.items()
        }
        self._cache = JudgementCache(cache_size)
        unused = sorted(set(given) - set(policy.guards))
        if unused and not policy.is_off:
            logger.warning(
                "policy '%s' has no place for guards %s: they judge nothing", policy.name, unused
            )

    @classmethod
    def from_policy(
        cls, policy: str | Path | Policy = "standard", guards: Mapping[str, Guard] | None = None
    ) -> GuardPipeline:
        """A pipeline from a preset's name, a policy file or a policy."""
        return cls(load_policy(policy), guards)

    def covers(self, stage: Stage) -> bool:
        """Some guard stands at this stage."""
        return bool(self.policy.stages.get(stage))

    def run(self, stage: Stage, subjects: Sequence[Subject]) -> StageResult:
        """Judge all subjects of a stage.

        Whatever guards do, this does not raise: look at the result's `blocked`.

        Raises:
            InvalidInputError: there is no such stage.
        """
        if stage not in STAGES:
            raise InvalidInputError("stage", stage, f"one of {', '.join(STAGES)}")
        if stage in self.policy.open:
            return StageResult(stage=stage)
        run = _StageRun(stage, self.policy.id, tuple(subjects))
        rules = self.policy.stages.get(stage, ())
        asked = [self._ask(rule, run) for rule in rules]
        verdicts = [verdict for question in asked for verdict in self._verdicts(question, run)]
        media = {self._seats[rule.guard].medium for rule in rules}
        return StageResult(stage=stage, verdicts=(*verdicts, *run.unguarded(media)))

    def _ask(self, rule: Rule, run: _StageRun) -> _Asked:
        """Start a rule's guard on what it has not judged before."""
        seat = self._seats[rule.guard]
        shown = {
            number: views(subject)
            for number, subject in enumerate(run.subjects)
            if getattr(subject, "medium", None) == seat.medium
        }
        known: dict[str, Judgement] = {}
        fresh: dict[str, Subject] = {}
        for view in (view for several in shown.values() for view in several):
            kept = self._cache.get(seat.name, view.fingerprint)
            if kept is None:
                fresh[view.fingerprint] = view.subject
            else:
                known[view.fingerprint] = kept
        question = seat.ask(tuple(fresh.values()), timeout=rule.timeout) if fresh else None
        return _Asked(rule, seat, shown, known, tuple(fresh), question)

    def _verdicts(self, asked: _Asked, run: _StageRun) -> list[Verdict]:
        """Wait for a guard and rule on its judgements, subject by subject."""
        known, error, milliseconds = dict(asked.known), "", 0.0
        if asked.question is not None:
            answer = asked.question.answer()
            error, milliseconds = answer.error, answer.milliseconds
            if answer.judgements is not None:
                for fingerprint, judgement in zip(asked.fresh, answer.judgements, strict=True):
                    known[fingerprint] = judgement
                    self._cache.put(asked.seat.name, fingerprint, judgement)
        return [
            self._verdict(asked, run, number, several, known, error, milliseconds)
            for number, several in asked.shown.items()
        ]

    def _verdict(
        self,
        asked: _Asked,
        run: _StageRun,
        number: int,
        several: tuple[View, ...],
        known: Mapping[str, Judgement],
        error: str,
        milliseconds: float,
    ) -> Verdict:
        rule, seat, subject = asked.rule, asked.seat, run.subjects[number]
        fail = partial(
            failed,
            run.stage,
            policy=run.policy,
            guard=rule.guard,
            guard_version=seat.version,
            subject=number,
            opens=rule.on_error == "allow",
            milliseconds=milliseconds,
        )
        judgements = [
            view.translated(known[view.fingerprint])
            for view in several
            if view.fingerprint in known
        ]
        if len(judgements) < len(several):
            return fail(error=error)
        judgement = merged(judgements)
        kind = subject.kind if isinstance(subject, TextSubject) else None
        try:
            ruling = rule_on(rule, judgement.scores, kind)
        except LookupError as problem:
            return fail(error=str(problem.args[0]))
        note = next((piece.note for piece in judgement.evidence if piece.note), "")
        return Verdict(
            stage=run.stage,
            decision=ruling.decision,
            category=ruling.category,
            score=ruling.score,
            threshold=ruling.threshold,
            reason=sentence(
                run.stage,
                guard=rule.guard,
                category=ruling.category,
                score=ruling.score,
                threshold=ruling.threshold,
                note=note,
            ),
            evidence=judgement.evidence,
            guard=rule.guard,
            guard_version=seat.version,
            policy=run.policy,
            milliseconds=milliseconds,
            subject=number,
        )


@dataclass(frozen=True, eq=False)
class _Asked:
    """A rule's guard, what it is shown, and what is known of that already."""

    rule: Rule
    seat: Seat
    shown: Mapping[int, tuple[View, ...]]
    known: Mapping[str, Judgement]
    fresh: tuple[str, ...]
    question: Question | None


@dataclass(frozen=True, eq=False)
class _StageRun:
    stage: Stage
    policy: str
    subjects: tuple[Subject, ...]

    def unguarded(self, media: set[Medium]) -> list[Verdict]:
        """Errors for the subjects that no guard of the stage can look at."""
        verdicts = []
        for number, subject in enumerate(self.subjects):
            if not isinstance(subject, (TextSubject, FramesSubject)):
                error = f"a {type(subject).__name__} is neither text nor frames"
            elif subject.medium not in media:
                error = f"no guard for {subject.medium} stands at {self.stage}"
            else:
                continue
            verdicts.append(failed(self.stage, policy=self.policy, error=error, subject=number))
        return verdicts


def _builder(name: str, spec: GuardSpec, given: Mapping[str, Guard]) -> Callable[[], Guard]:
    def build() -> Guard:
        if name in given:
            return given[name]
        if spec.provider == HOST:
            raise ConfigurationError(
                f"the host gave no guard '{name}': GuardPipeline(policy, guards={{'{name}': ...}})"
            )
        return PROVIDERS[spec.provider].build(spec.options)

    return build
