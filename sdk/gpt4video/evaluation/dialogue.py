"""The dialogue table: a video prompt when a clip is asked for and only then, naming it rightly."""

from __future__ import annotations

from collections import Counter

from gpt4video.evaluation.checks import Mentions
from gpt4video.evaluation.refusals import reply_kind
from gpt4video.evaluation.report import Miss, Report, Row, Table, Value, f1_of, share
from gpt4video.evaluation.talking import Answering, Outcome, Progress, answer_each, converse
from gpt4video.evaluation.wishes import Edit, Request, make_edits, make_requests
from gpt4video.evaluation.wordings import making

_KINDS = ("direct", "indirect", "no request", "outside", "small talk")


def evaluate_dialogue(
    assistant: Answering,
    *,
    n: int = 400,
    edits: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Report:
    """Put `n` messages, half of which ask for a clip, and changes of clips just made.

    Only the prompts matter: give the assistant a `DrawingGenerator`, which costs nothing and shows
    what the prompt says.

    Args:
        assistant: anything with the assistant's sessions.
        n: messages, each in a fresh session: 50 % ask for a clip (half of them indirectly), 25 %
            speak of clips without asking for one, 12.5 % ask for clips outside of the world, 12.5 %
            are small talk.
        edits: conversations of a request and a change; a quarter of `n` when None.
        seed: of the messages.
        progress: told conversations done and conversations in all.

    Figures: `f1`, `precision` and `recall` of the prompts; `names what was asked` among the prompts
    rightly written; `edits` with the change made and all else kept; `small talk` answered with
    what the assistant can do;
    `outside told` among requests outside of the world, answered without a clip
    by words of limits.
    """
    requests = make_requests(n, seed=seed)
    changes = make_edits(n // 4 if edits is None else edits, seed=seed)
    total = len(requests) + len(changes)
    outcomes = answer_each(
        assistant,
        [(request.text, ()) for request in requests],
        progress=None if progress is None else lambda done, _: progress(done, total),
    )
    edited: list[tuple[Outcome, Outcome]] = []
    for change in changes:
        edited.append(_change(assistant, change))
        if progress is not None:
            progress(len(requests) + len(edited), total)
    return _report(requests, outcomes, changes, edited, settings={"n": n, "seed": seed})


def _change(assistant: Answering, change: Edit) -> tuple[Outcome, Outcome]:
    said = converse(assistant, [(change.first.text, ()), (change.text, ())])
    return said[0], said[-1] if len(said) == 2 else Outcome(error="the first turn failed")


def _edit_done(change: Edit, before: Outcome, after: Outcome) -> bool:
    if before.prompt is None or after.prompt is None:
        return False
    return change.done(before.prompt, after.prompt)


def _report(
    requests: list[Request],
    outcomes: list[Outcome],
    changes: list[Edit],
    edited: list[tuple[Outcome, Outcome]],
    *,
    settings: dict[str, int],
) -> Report:
    pairs = list(zip(requests, outcomes, strict=True))
    wanted = [(request, o) for request, o in pairs if request.wish is not None]
    hits = [(request, o) for request, o in wanted if o.prompt is not None]
    alarms = sum(o.prompt is not None for request, o in pairs if request.wish is None)
    named = [_names(request, o) for request, o in hits]
    done = [_edit_done(c, *pair) for c, pair in zip(changes, edited, strict=True)]
    small_talk = Mentions(any_of=making.SMALL_TALK_WORDS)
    figures = {
        "f1": f1_of(hits=len(hits), false_alarms=alarms, misses=len(wanted) - len(hits)),
        "precision": len(hits) / (len(hits) + alarms) if hits else 0.0,
        "recall": share([o.prompt is not None for _, o in wanted]),
        "names what was asked": share(named),
        "edits": share(done),
        "small talk": share(
            [
                o.prompt is None and small_talk.passes(o.text)
                for request, o in pairs
                if request.kind == "small talk"
            ]
        ),
        "outside told": share(
            [
                o.prompt is None and reply_kind(o.text) == "outside"
                for request, o in pairs
                if request.kind == "outside"
            ]
        ),
    }
    return Report(
        name="dialogue",
        figures=figures,
        tables=(_headline(figures), _prompt_table(pairs), _edit_table(changes, done)),
        misses=(*_prompt_misses(pairs), *_edit_misses(changes, edited, done)),
        settings=settings,
    )


def _names(request: Request, outcome: Outcome) -> bool:
    return (
        request.wish is not None
        and outcome.prompt is not None
        and request.wish.met_by(outcome.prompt)
    )


def _headline(figures: dict[str, float]) -> Table:
    rows = tuple(Row(name=name, values={"share": value}) for name, value in figures.items())
    return Table(title="Dialogue", columns=("share",), rows=rows)


def _prompt_table(pairs: list[tuple[Request, Outcome]]) -> Table:
    rows = []
    for kind in _KINDS:
        group = [(request, o) for request, o in pairs if request.kind == kind]
        made = [o.prompt is not None for _, o in group]
        values: dict[str, Value] = {
            "messages": len(group),
            "video prompt": share(made),
            "names what was asked": share([_names(r, o) for r, o in group if o.prompt is not None])
            if kind in ("direct", "indirect")
            else None,
            "blocked": sum(o.refused for _, o in group),
            "errors": sum(bool(o.error) for _, o in group),
        }
        rows.append(Row(name=kind, values=values))
    return Table(
        title="A video prompt when asked for, and only then",
        columns=("messages", "video prompt", "names what was asked", "blocked", "errors"),
        rows=tuple(rows),
    )


def _edit_table(changes: list[Edit], done: list[bool]) -> Table:
    counts = Counter(change.attribute for change in changes)
    right = Counter(change.attribute for change, ok in zip(changes, done, strict=True) if ok)
    rows = tuple(
        Row(name=name, values={"edits": count, "right": right[name] / count})
        for name, count in counts.items()
    )
    return Table(title="Changes of the clip just made", columns=("edits", "right"), rows=rows)


def _prompt_misses(pairs: list[tuple[Request, Outcome]]) -> list[Miss]:
    misses = []
    for request, outcome in pairs:
        asked_for = request.wish is not None
        if asked_for != (outcome.prompt is not None) or (
            asked_for and not _names(request, outcome)
        ):
            wanted = "a video prompt that names it" if asked_for else "no video prompt"
            got = outcome.error or f"{outcome.text} [prompt: {outcome.prompt}]"
            misses.append(Miss(kind=request.kind, asked=request.text, wanted=wanted, got=got))
    return misses


def _edit_misses(
    changes: list[Edit], edited: list[tuple[Outcome, Outcome]], done: list[bool]
) -> list[Miss]:
    return [
        Miss(
            kind=f"edit of the {change.attribute}",
            asked=f"{change.first.text} / {change.text}",
            wanted=f"{before.prompt} with {change.value}",
            got=after.error or f"{after.text} [prompt: {after.prompt}]",
        )
        for change, (before, after), ok in zip(changes, edited, done, strict=True)
        if not ok
    ]
