"""The guards that a policy can name, each with what it looks at and the options it takes.

A provider is imported when its guard is first needed, so that a policy of text guards never loads
torch. `host` stands for a guard that only the host application can build (a frame guard that
shares the model's encoder, say): the policy says where it stands, the host hands it to
`GuardPipeline(policy, guards={name: guard})`, and where it does not, that stage stays closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gpt4video_guards.judgement import Guard
from gpt4video_guards.subject import Medium

HOST: Final = "host"


@dataclass(frozen=True, kw_only=True)
class Provider:
    """How to build a guard from a policy's options."""

    judges: Medium
    options: frozenset[str]
    build: Callable[[Mapping[str, Any]], Guard]


def _classifier(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.classifier import TextClassifierGuard

    return TextClassifierGuard(**options)


def _detoxify(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.detoxify import DetoxifyGuard

    return DetoxifyGuard(**options)


def _concepts(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.visual.concepts import ConceptGuard

    return ConceptGuard.from_open_clip(**options)


PROVIDERS: Final[Mapping[str, Provider]] = {
    "classifier": Provider(judges="text", options=frozenset({"weights"}), build=_classifier),
    "detoxify": Provider(
        judges="text",
        options=frozenset({"name", "checkpoint", "config", "device"}),
        build=_detoxify,
    ),
    "concepts": Provider(
        judges="frames",
        options=frozenset({"model", "pretrained", "concepts", "neutral", "persistence", "device"}),
        build=_concepts,
    ),
}
