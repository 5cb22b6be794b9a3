"""A tiny language for wordings: `[a|b|]` picks one of its parts, `{name}` takes a slot or a word list."""
# ruff: noqa: E501 - wordings are easier to compare side by side

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random

Node = str | tuple[str, tuple["Node", ...]]
Slot = str | Callable[[Random], str]

_SPECIAL = frozenset("[]|{}")


def _parse(text: str, at: int, closing: str) -> tuple[Node, int]:
    """One sequence or choice from `at`, up to `closing` (`]`, or nothing at the top)."""
    options: list[Node] = []
    parts: list[Node] = []
    while at < len(text):
        sign = text[at]
        if sign == "[":
            node, at = _parse(text, at + 1, "]")
            parts.append(node)
        elif sign == "{":
            end = text.index("}", at)
            parts.append(("slot", (text[at + 1 : end],)))
            at = end + 1
        elif sign == "|" and closing:
            options.append(("all", tuple(parts)))
            parts = []
            at += 1
        elif sign == "]" and closing:
            options.append(("all", tuple(parts)))
            return ("one", tuple(options)), at + 1
        else:
            end = at + 1
            while end < len(text) and text[end] not in _SPECIAL:
                end += 1
            parts.append(text[at:end])
            at = end
    if closing:
        raise ValueError(f"template {text!r}: a [ is never closed")
    return ("all", tuple(parts)), at


@cache
def parse(template: str) -> Node:
    """The tree of a template; raises `ValueError` when a bracket is never closed."""
    return _parse(template, 0, "")[0]


WORDS: dict[str, tuple[str, ...]] = {}
"""Named word lists that every template may use; each entry is itself a template."""


def _render(node: Node, rng: Random, slots: dict[str, Slot], out: list[str]) -> None:
    if isinstance(node, str):
        out.append(node)
        return
    kind, children = node
    if kind == "all":
        for child in children:
            _render(child, rng, slots, out)
    elif kind == "one":
        _render(children[int(rng.random() * len(children))], rng, slots, out)
    else:
        name = children[0]
        assert isinstance(name, str)
        slot = slots.get(name)
        if slot is None:
            words = WORDS[name]
            _render(parse(words[int(rng.random() * len(words))]), rng, slots, out)
        else:
            out.append(slot if isinstance(slot, str) else slot(rng))


def expand(template: str, rng: Random, **slots: Slot) -> str:
    """One wording of a template, with single spaces.

    Raises:
        KeyError: The template names a slot that is neither given nor a word list.
    """
    out: list[str] = []
    _render(parse(template), rng, slots, out)
    return " ".join("".join(out).split()).replace(" ?", "?").replace(" ,", ",").replace(" .", ".")


def pick(templates: tuple[str, ...], rng: Random, **slots: Slot) -> str:
    """One wording of one of several templates."""
    return expand(templates[int(rng.random() * len(templates))], rng, **slots)
