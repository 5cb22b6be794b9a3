"""The guards that a policy can name, each with what it looks at and the options it takes.

A provider is imported when its guard is first needed, so that a policy of text guards never loads
torch. `host` stands for a guard that only the host application can build (a frame guard that
shares the model's encoder, say): the policy says where it stands, the host hands it to
`GuardPipeline(policy, guards={name: guard})`, and where it does not, that stage stays closed.

A provider says which modules it needs and which extra brings them, so that a policy that names a
guard which cannot work here fails when it is loaded; nothing is imported to find that out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Literal

from gpt4video_guards import options as opt
from gpt4video_guards.judgement import Guard
from gpt4video_guards.subject import Medium

HOST: Final = "host"

TEXT_GUARD: Final = "classifier"
"""The provider that judges words where a guard of frames finds some and its options name none."""

Cost = Literal["cheap", "dear"]
"""`cheap` a few milliseconds for a text; `dear` more: asked only where no cheap guard blocked."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """How to build a guard from a policy's options."""

    judges: Medium
    build: Callable[[Mapping[str, Any]], Guard]
    options: type[opt.Options] = opt.Options
    scores: Callable[[Mapping[str, Any]], Collection[str] | None] = lambda _: None
    """The categories that the guard will score with these options; None where only it can tell."""
    cost: Cost = "cheap"
    modules: tuple[str, ...] = ()
    """Top-level modules that the guard imports and only `extra` installs."""
    extra: str = ""
    """The extra of this package that installs `modules`."""
    notice: str = ""
    """What whoever installs the extra should know first, such as its licence."""

    def lacks_modules(self) -> bool:
        """Whether some of `modules` is not installed here."""
        return any(find_spec(module) is None for module in self.modules)


def _classifier(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.classifier import TextClassifierGuard

    return TextClassifierGuard(**options)


def _detoxify(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.detoxify import DetoxifyGuard

    return DetoxifyGuard(**options)


def _llm_judge(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.judges import LlmJudge

    return LlmJudge(**options)


def _heads(_: Mapping[str, Any]) -> Collection[str]:
    from gpt4video_guards.text.network import HEADS

    return HEADS


def _personal_data(options: Mapping[str, Any]) -> Collection[str]:
    from gpt4video_guards.text.pii import CATEGORIES

    known: Collection[str] = options.get("categories", CATEGORIES)
    return known


def _concept_names(options: Mapping[str, Any]) -> Collection[str]:
    from gpt4video_guards.visual.concepts import STANDARD_CONCEPTS

    return tuple(options.get("concepts", STANDARD_CONCEPTS))


def _injection(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.injection import InjectionGuard

    name = options.get("text_guard")
    learned = PROVIDERS[name].build(options.get("text_options", {})) if name else None
    return InjectionGuard(learned=learned)


def _words(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.words import WordListGuard

    return WordListGuard(**options)


def _pii(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.pii import PiiGuard

    return PiiGuard(**options)


def _presidio(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.text.presidio import PresidioGuard

    return PresidioGuard(**options)


def _concepts(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.visual.concepts import ConceptGuard

    return ConceptGuard.from_open_clip(**options)


def _safety_checker(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.visual.safety_checker import SafetyCheckerGuard

    return SafetyCheckerGuard.from_pretrained(**options)


def _ocr(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.visual.ocr import OcrGuard

    settings = dict(options)
    words = PROVIDERS[settings.pop("text_guard", TEXT_GUARD)]
    return OcrGuard.from_rapidocr(words.build(settings.pop("text_options", {})), **settings)


def _nudity(options: Mapping[str, Any]) -> Guard:
    from gpt4video_guards.visual.nudity import NudityGuard

    return NudityGuard.from_nudenet(**options)


PROVIDERS: Final[Mapping[str, Provider]] = {
    "classifier": Provider(
        judges="text", build=_classifier, options=opt.ClassifierOptions, scores=_heads
    ),
    "detoxify": Provider(judges="text", build=_detoxify, options=opt.DetoxifyOptions, cost="dear"),
    "llm_judge": Provider(
        judges="text", build=_llm_judge, options=opt.LlmJudgeOptions, cost="dear"
    ),
    "injection": Provider(
        judges="text",
        build=_injection,
        options=opt.InjectionOptions,
        scores=lambda _: ("injection", "jailbreak"),
    ),
    "words": Provider(
        judges="text",
        build=_words,
        options=opt.WordsOptions,
        scores=lambda options: (options.get("category", "listed_words"),),
    ),
    "pii": Provider(judges="text", build=_pii, options=opt.PiiOptions, scores=_personal_data),
    "presidio": Provider(
        judges="text",
        build=_presidio,
        options=opt.PresidioOptions,
        cost="dear",
        modules=("presidio_analyzer", "spacy"),
        extra="presidio",
    ),
    "concepts": Provider(
        judges="frames",
        build=_concepts,
        options=opt.ConceptsOptions,
        scores=_concept_names,
        cost="dear",
    ),
    "safety_checker": Provider(
        judges="frames",
        build=_safety_checker,
        options=opt.SafetyCheckerOptions,
        scores=lambda _: ("sexual",),
        cost="dear",
    ),
    "ocr": Provider(
        judges="frames",
        build=_ocr,
        options=opt.OcrOptions,
        cost="dear",
        modules=("rapidocr", "onnxruntime"),
        extra="ocr",
    ),
    "nudity": Provider(
        judges="frames",
        build=_nudity,
        options=opt.NudityOptions,
        scores=lambda _: ("nudity",),
        cost="dear",
        modules=("nudenet",),
        extra="nudity",
        notice="NudeNet is licensed under AGPL-3.0",
    ),
}
