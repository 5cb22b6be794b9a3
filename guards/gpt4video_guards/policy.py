"""Which guards stand at which stage, and what their scores lead to."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Collection
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gpt4video_guards.errors import MissingExtraError, PolicyError, UnknownNameError
from gpt4video_guards.options import check_options
from gpt4video_guards.registry import HOST, PROVIDERS, TEXT_GUARD, Cost
from gpt4video_guards.subject import STAGES, Medium, Stage, TextKind

logger = logging.getLogger(__name__)

ANY: Final = "*"
"""In thresholds: every category that is not named."""

Limit = Annotated[float, Field(gt=0, le=1)]

Action = Literal["block", "redact", "flag"]
"""What a score over its threshold leads to: nothing passes, it passes without the spans that the
guard names, or it passes and the verdict says so."""

REDACTING_STAGES: Final[tuple[Stage, ...]] = ("input_text", "output_text", "video_prompt")
"""Where a text can go on without some of its words."""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GuardSpec(_Settings):
    """A guard by name: a shipped provider with its options, or `host`."""

    provider: str
    judges: Medium | None = None
    """Only for `host`: what the guard looks at. Shipped providers know it."""
    options: dict[str, Any] = Field(default_factory=dict)
    cost: Cost | None = None
    """Whether it is asked at once or only where no cheap guard blocked. Shipped providers know it;
    a `host` guard is cheap unless it says otherwise."""
    reads_context: bool = False
    """It takes the context of a request into account itself, as a `ChatModelJudge` does, so it is
    not shown both as one text."""
    load_timeout: float = Field(default=300.0, gt=0, le=3600)
    """Seconds that building the guard may take, on top of a rule's timeout."""

    @model_validator(mode="after")
    def _known(self) -> GuardSpec:
        if self.provider == HOST:
            if self.judges is None or self.options:
                raise ValueError("a host guard says what it judges (text, frames) and no options")
            return self
        provider = PROVIDERS.get(self.provider)
        if provider is None:
            raise UnknownNameError("guard provider", self.provider, [*PROVIDERS, HOST])
        check_options(provider.options, self.options, provider=self.provider)
        if self.judges not in (None, provider.judges):
            raise ValueError(f"{self.provider} judges {provider.judges}, not {self.judges}")
        if provider.lacks_modules():
            notice = f" ({provider.notice})" if provider.notice else ""
            raise MissingExtraError(provider.extra, f"the guard provider '{self.provider}'{notice}")
        self._check_inner()
        return self

    def _check_inner(self) -> None:
        """A guard that stands inside this one must be a shipped text guard that works, and score
        what this one asks it for."""
        inner = self.inner
        if inner is None:
            if "text_options" in self.options:
                raise ValueError("text_options without the text_guard that takes them")
            return
        if inner.provider == HOST or inner.medium != "text":
            raise ValueError(f"text_guard: '{inner.provider}' is no shipped guard of text")
        if self.medium == "text" and not _meet(self.scores, inner.scores):
            raise ValueError(f"text_guard: '{inner.provider}' scores none of {self.scores}")

    @property
    def inner(self) -> GuardSpec | None:
        """The guard that stands inside this one: it judges the words that a guard of frames finds,
        or is asked as well."""
        provider = PROVIDERS.get(self.provider)
        if provider is None or "text_guard" not in provider.options.__annotations__:
            return None
        default = TEXT_GUARD if provider.judges == "frames" else None
        name = self.options.get("text_guard", default)
        if name is None:
            return None
        judges: Medium | None = "text" if name == HOST else None
        return GuardSpec(provider=name, options=self.options.get("text_options", {}), judges=judges)

    @property
    def scores(self) -> Collection[str] | None:
        """The categories that the guard will score; None where only the guard itself can tell."""
        if self.provider == HOST:
            return None
        if self.medium == "frames" and self.inner is not None:
            return self.inner.scores
        return PROVIDERS[self.provider].scores(self.options)

    @property
    def medium(self) -> Medium:
        return self.judges or PROVIDERS[self.provider].judges

    @property
    def is_dear(self) -> bool:
        provider = PROVIDERS.get(self.provider)
        return (self.cost or (provider.cost if provider else "cheap")) == "dear"


class LimitByKind(_Settings):
    """A threshold per kind of text, and one for all other kinds."""

    default: Limit
    kinds: dict[TextKind, Limit] = Field(default_factory=dict)


class Rule(_Settings):
    """One guard's place at a stage."""

    guard: str
    thresholds: dict[str, Limit | LimitByKind] = Field(min_length=1)
    """Category to the score from which on it counts. `*` stands for all categories that are not
    named; a named category that the guard does not score is an error of the guard."""
    action: Action = "block"
    """What a score over its threshold leads to. A rule that redacts looks at each message alone;
    one that does not sees a request together with what was asked before it as well."""
    actions: dict[str, Action] = Field(default_factory=dict)
    """The same for single categories."""
    timeout: float = Field(default=5.0, gt=0, le=600)
    """Seconds; later the guard counts as failed. Building it is not counted in."""
    on_error: Literal["block", "allow"] = "block"
    """`allow` lets pass what the guard failed to judge; its verdict still says so."""

    @model_validator(mode="after")
    def _actions_have_thresholds(self) -> Rule:
        for category in self.actions:
            if category not in self.thresholds and ANY not in self.thresholds:
                raise ValueError(f"an action for '{category}', but no threshold")
        return self

    @property
    def redacts(self) -> bool:
        """Some score leads to a redaction."""
        return "redact" in (self.action, *self.actions.values())

    def limit(self, category: str, kind: TextKind | None) -> float | None:
        """The threshold of a category for a kind of text (None for frames); None: not asked."""
        limit = self.thresholds.get(category, self.thresholds.get(ANY))
        if isinstance(limit, LimitByKind):
            return limit.kinds.get(kind, limit.default) if kind else limit.default
        return limit


class Policy(_Settings):
    """The whole policy. A stage has rules, or is named in `open`, or stays closed: what reaches a
    stage with neither is blocked."""

    name: str
    guards: dict[str, GuardSpec] = Field(default_factory=dict)
    stages: dict[Stage, tuple[Rule, ...]] = Field(default_factory=dict)
    open: tuple[Stage, ...] = ()
    """Stages where nothing is judged, on purpose."""

    @model_validator(mode="after")
    def _consistent(self) -> Policy:
        for stage, rules in self.stages.items():
            if rules and stage in self.open:
                raise ValueError(f"stage {stage} has rules and is open as well")
            for rule in rules:
                if rule.guard not in self.guards:
                    raise UnknownNameError("guard", rule.guard, self.guards)
                known = self.guards[rule.guard].scores
                for category in rule.thresholds:
                    if category != ANY and known is not None and category not in known:
                        raise UnknownNameError(f"category of '{rule.guard}'", category, known)
                if rule.redacts and stage not in REDACTING_STAGES:
                    raise ValueError(f"'redact' at {stage}: only words can be taken out")
                if rule.redacts and self.guards[rule.guard].medium != "text":
                    raise ValueError(f"'redact' by '{rule.guard}', which judges no text")
        return self

    @cached_property
    def id(self) -> str:
        """Hash of everything in the policy: equal ids, equal behaviour (16 hex digits)."""
        content = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @property
    def is_off(self) -> bool:
        """Nothing is judged at any stage."""
        return set(self.open) == set(STAGES)

    @classmethod
    def preset(cls, name: str) -> Policy:
        """A shipped policy.

        Raises:
            UnknownNameError: no preset of that name.
        """
        folder = resources.files("gpt4video_guards") / "presets"
        known = [entry.name.removesuffix(".yaml") for entry in folder.iterdir()]
        if name not in known:
            raise UnknownNameError("policy", name, known)
        return cls._parsed((folder / f"{name}.yaml").read_text(encoding="utf-8"), name)

    @classmethod
    def from_file(cls, path: str | Path) -> Policy:
        """A policy from a YAML file.

        Raises:
            PolicyError: the file cannot be read or does not make sense.
            UnknownNameError: it names a guard, provider or option that does not exist.
            MissingExtraError: it names a provider whose extra is not installed.
        """
        try:
            content = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(path, f"cannot be read ({error})") from error
        return cls._parsed(content, str(path))

    @classmethod
    def _parsed(cls, content: str, source: str) -> Policy:
        try:
            policy = cls.model_validate(yaml.safe_load(content))
        except (yaml.YAMLError, ValidationError) as error:
            raise PolicyError(source, str(error)) from error
        if policy.is_off:
            logger.warning("policy '%s' is OFF: nothing that goes in or out is judged", policy.name)
        return policy


def _meet(some: Collection[str] | None, others: Collection[str] | None) -> bool:
    """Whether they share a category, as far as that can be told."""
    return some is None or others is None or bool(set(some) & set(others))


def load_policy(policy: str | Path | Policy) -> Policy:
    """A policy from a preset's name, a YAML file or itself.

    A string without a path separator and without `.yaml` or `.yml` at its end is a preset.
    """
    if isinstance(policy, Policy):
        return policy
    if isinstance(policy, str) and not any(mark in policy for mark in ("/", "\\", ".y")):
        return Policy.preset(policy)
    return Policy.from_file(policy)
