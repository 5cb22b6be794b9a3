"""The attack table: what each disguise gains, and what reading through it gains and costs."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gpt4video_guards._views import views
from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.evaluation._writing import Writable, new_table, percent, without_nan
from gpt4video_guards.evaluation.disguises import DISGUISES, Disguise
from gpt4video_guards.evaluation.judging import Progress, judge_rows
from gpt4video_guards.evaluation.metrics import share
from gpt4video_guards.evaluation.report import Figures
from gpt4video_guards.evaluation.rows import Row
from gpt4video_guards.judgement import Guard, Judgement
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy, load_policy
from gpt4video_guards.registry import HOST, PROVIDERS
from gpt4video_guards.subject import Subject, TextSubject

if TYPE_CHECKING:
    from rich.table import Table

PLAIN: Final = "none"
"""The name of the line on texts without a disguise."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One disguise: shares of the unsafe and of the safe texts that are blocked in it."""

    disguise: str
    recall_before: float
    """Guards are shown the text only as it came."""
    recall: float
    """Guards are shown it as the pipeline reads it."""
    fpr_before: float
    fpr: float
    read: float
    """Share of the safe texts that the pipeline reads in some other way than they came."""
    errors: int
    """Texts that a guard failed to judge, as they came or as they are read."""


@dataclass(frozen=True, kw_only=True)
class AttackReport(Writable):
    """The attack table, the undisguised texts first."""

    name: str
    rows: int
    unsafe: int
    attacks: tuple[Attack, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
        plain: dict[str, Any] = without_nan(asdict(self))
        return plain

    def __rich__(self) -> Table:
        """A rich table, one disguise a line."""
        title = f"{self.name}: {self.unsafe} unsafe and {self.rows - self.unsafe} safe texts"
        if errors := sum(attack.errors for attack in self.attacks):
            title += f"\n{errors} times some guard failed to judge"
        headings = ("recall as it came", "as read", "FPR as it came", "as read", "read")
        table = new_table(title, *headings)
        for attack in self.attacks:
            shares = (
                attack.recall_before, attack.recall, attack.fpr_before, attack.fpr, attack.read
            )  # fmt: skip
            table.add_row(attack.disguise, *map(percent, shares))
        return table


def measure_attacks(
    rows: Iterable[Row],
    policy: str | Path | Policy = "standard",
    guards: Mapping[str, Guard] | None = None,
    *,
    disguises: Mapping[str, Disguise] = DISGUISES,
    seed: int = 0,
    progress: Progress | None = None,
) -> AttackReport:
    """Judge the same texts plainly and in each disguise, without and with the pipeline's reading.

    On the plain texts this tells what reading costs where there is nothing to read through. Safe
    texts are disguised too: the false alarms are those of a harmless text in that disguise.

    Args:
        rows: labelled texts.
        policy: a preset's name, a policy file or a policy.
        guards: guards by their names in the policy, as `GuardPipeline` takes them.
        disguises: by name.
        seed: the same number draws the same disguises.
        progress: told texts judged and texts in all.

    Raises:
        InvalidInputError: no rows.
        ConfigurationError: the policy or one of its text guards cannot be loaded.
    """
    rows = list(rows)
    if not rows:
        raise InvalidInputError("rows", "none", "at least one labelled text")
    policy = load_policy(policy)
    built = _text_guards(policy, guards or {})
    as_read = GuardPipeline(policy, built, cache_size=0)
    bare = {name: _AsItCame(guard) for name, guard in built.items()}
    as_it_came = GuardPipeline(policy, bare, cache_size=0)
    attacks: list[Attack] = []
    texts = {PLAIN: rows} | {
        name: _disguised(rows, disguise, random.Random(f"{seed} {name}"))
        for name, disguise in disguises.items()
    }
    total = len(rows) * len(texts)
    for name, shown in texts.items():
        told = _from(len(rows) * len(attacks), total, progress)
        came = judge_rows(shown, as_it_came, progress=told)
        read = {at: row for at, row in enumerate(shown) if _is_read(row)}
        anew = dict(zip(read, judge_rows(list(read.values()), as_read), strict=True))
        found = [anew.get(at, outcome) for at, outcome in enumerate(came)]
        before, after = Figures.of(came), Figures.of(found)
        attacks.append(
            Attack(
                disguise=name,
                recall_before=before.recall,
                recall=after.recall,
                fpr_before=before.fpr,
                fpr=after.fpr,
                read=share([at in read for at, row in enumerate(shown) if not row.unsafe]),
                errors=sum(a.failed or b.failed for a, b in zip(came, found, strict=True)),
            )
        )
    return AttackReport(
        name=f"policy {policy.name}",
        rows=len(rows),
        unsafe=sum(row.unsafe for row in rows),
        attacks=tuple(attacks),
    )


class _AsItCame:
    """A guard without the pipeline's help: it judges a text as it came, which the pipeline shows
    first, and whatever it is shown beside that gets no score."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def judge(self, subjects: Sequence[Subject]) -> list[Judgement]:
        (found,) = self._guard.judge(subjects[:1])
        nothing = Judgement(scores=dict.fromkeys(found.scores, 0.0))
        return [found, *(nothing for _ in subjects[1:])]


def _is_read(row: Row) -> bool:
    return len(views(TextSubject(text=row.text, kind=row.kind))) > 1


def _text_guards(policy: Policy, given: Mapping[str, Guard]) -> dict[str, Guard]:
    return {
        name: given[name] if name in given else PROVIDERS[spec.provider].build(spec.options)
        for name, spec in policy.guards.items()
        if spec.medium == "text" and (name in given or spec.provider != HOST)
    }


def _disguised(rows: Sequence[Row], disguise: Disguise, draw: random.Random) -> list[Row]:
    return [row.model_copy(update={"text": disguise(row.text, draw)}) for row in rows]


def _from(done: int, total: int, progress: Progress | None) -> Progress | None:
    if progress is None:
        return None
    return lambda judged, _: progress(done + judged, total)
