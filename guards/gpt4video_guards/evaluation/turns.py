"""What it gains and costs to judge a request together with what was asked before it.

Conversations are made of labelled requests: each request cut into two or three messages, and, where
nothing unsafe is in it, after other harmless requests. A conversation is stopped when any of its
messages is blocked.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from gpt4video_guards.errors import InvalidInputError
from gpt4video_guards.evaluation._writing import Writable, new_table, percent, without_nan
from gpt4video_guards.evaluation.judging import Progress, judge_rows
from gpt4video_guards.evaluation.metrics import share
from gpt4video_guards.evaluation.rows import Row
from gpt4video_guards.judgement import Guard
from gpt4video_guards.pipeline import GuardPipeline
from gpt4video_guards.policy import Policy, load_policy

if TYPE_CHECKING:
    from rich.table import Table

_LEAST_WORDS: Final = 6
"""A request of fewer is not cut."""
_IN_PIECES: Final = {1: "whole", 2: "in two messages", 3: "in three messages"}


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What one person asked, message by message."""

    group: str
    messages: tuple[str, ...]
    unsafe: bool


@dataclass(frozen=True, kw_only=True)
class TurnFigures:
    """One group of conversations: the shares of them that are stopped."""

    group: str
    conversations: int
    alone: float
    """Each message is judged alone."""
    together: float
    """And as the end of what was asked before it, as the pipeline does."""
    errors: int
    """Messages that a guard failed to judge, in either pass."""


@dataclass(frozen=True, kw_only=True)
class TurnReport(Writable):
    """Shares of conversations stopped, with and without what was asked before."""

    name: str
    groups: tuple[TurnFigures, ...]
    p50_alone_ms: float
    """For one message, nothing kept from before."""
    p50_together_ms: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
        plain: dict[str, Any] = without_nan(asdict(self))
        return plain

    def __rich__(self) -> Table:
        """A rich table, one group of conversations a line."""
        title = (
            f"{self.name}: conversations stopped; p50 of a message {self.p50_alone_ms:.1f} ms "
            f"alone, {self.p50_together_ms:.1f} ms with what was asked before"
        )
        if errors := sum(group.errors for group in self.groups):
            title += f"\n{errors} times some guard failed to judge"
        table = new_table(title, "conversations", "alone", "with what was asked before")
        for each in self.groups:
            cells = (f"{each.conversations}", percent(each.alone), percent(each.together))
            table.add_row(each.group, *cells)
        return table


def measure_turns(
    rows: Iterable[Row],
    policy: str | Path | Policy = "standard",
    guards: Mapping[str, Guard] | None = None,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> TurnReport:
    """Judge conversations made of requests, each message alone and with what was asked before.

    Args:
        rows: labelled texts, of which the requests (kind `prompt`) are used.
        policy: a preset's name, a policy file or a policy.
        guards: guards by their names in the policy, as `GuardPipeline` takes them.
        seed: the same number puts the same requests before one another.
        progress: told messages judged and messages in all.

    Raises:
        InvalidInputError: no request among the rows.
        ConfigurationError: the policy cannot be loaded.
    """
    asked = [row for row in rows if row.kind == "prompt"]
    if not asked:
        raise InvalidInputError("rows", "none", "at least one labelled request (kind prompt)")
    policy = load_policy(policy)
    pipeline = GuardPipeline(policy, guards, cache_size=0)
    talks = conversations(asked, seed=seed)
    alone = [_message(talk, at, joint=False) for talk in talks for at in range(len(talk.messages))]
    joint = [_message(talk, at, joint=True) for talk in talks for at in range(len(talk.messages))]
    outcomes = judge_rows([*alone, *joint], pipeline, progress=progress)
    passes = (outcomes[: len(alone)], outcomes[len(alone) :])
    blocked = [[outcome.blocked for outcome in each] for each in passes]
    failed = [a.failed + b.failed for a, b in zip(*passes, strict=True)]
    spent = [median(outcome.milliseconds for outcome in each) for each in passes]
    places: dict[str, list[range]] = {}
    start = 0
    for talk in talks:
        messages = range(start, start := start + len(talk.messages))
        places.setdefault(talk.group, []).append(messages)
    return TurnReport(
        name=f"policy {policy.name}",
        groups=tuple(
            TurnFigures(
                group=group,
                conversations=len(several),
                alone=share([any(blocked[0][at] for at in messages) for messages in several]),
                together=share([any(blocked[1][at] for at in messages) for messages in several]),
                errors=sum(failed[at] for messages in several for at in messages),
            )
            for group, several in places.items()
        ),
        p50_alone_ms=spent[0],
        p50_together_ms=spent[1],
    )


def conversations(rows: Sequence[Row], *, seed: int = 0) -> list[Conversation]:
    """Requests whole, cut in two and in three, and safe ones after two other safe ones."""
    made = [
        Conversation(group=f"{label}, {words}", messages=messages, unsafe=label == "unsafe")
        for label in ("unsafe", "safe")
        for pieces, words in _IN_PIECES.items()
        for row in rows
        if row.label == label and (messages := cut(row.text, pieces))
    ]
    safe = [row.text for row in rows if not row.unsafe]
    others = random.Random(seed).sample(safe, len(safe)) if len(safe) > 2 else []
    for at, text in enumerate(others):
        messages = (others[at - 2], others[at - 1], text)
        made.append(Conversation(group="safe, after two others", messages=messages, unsafe=False))
    return made


def cut(text: str, pieces: int) -> tuple[str, ...]:
    """The text in so many messages of nearly as many words each; () where it is too short."""
    if pieces == 1:
        return (text,)
    words = text.split()
    if len(words) < max(_LEAST_WORDS, 2 * pieces):
        return ()
    ends = [round(len(words) * n / pieces) for n in range(pieces + 1)]
    return tuple(" ".join(words[a:b]) for a, b in pairwise(ends))


def _message(talk: Conversation, at: int, *, joint: bool) -> Row:
    return Row(
        text=talk.messages[at],
        label="unsafe" if talk.unsafe else "safe",
        kind="prompt",
        context="\n".join(talk.messages[:at]) if joint else "",
    )
