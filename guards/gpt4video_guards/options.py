"""What a policy can tell each shipped guard, checked when the policy is loaded.

No guard is built and none of their libraries is imported to check it; whether files are there shows
when the guard is built. Options that are not given are the guard's own defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict  # pydantic needs this one below Python 3.12

from gpt4video_guards.errors import UnknownNameError

FilePath = str | Path
Count = Annotated[int, Field(ge=1)]
Names = Annotated[Sequence[str], Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Settings = Mapping[str, Any]
"""Options of a guard that stands inside another one."""


def _one_of(kind: str, known: Callable[[], Iterable[str]]) -> AfterValidator:
    """A name, or names, that must be among these; they are looked up when they are needed."""

    def check(value: str | Sequence[str]) -> str | Sequence[str]:
        for name in (value,) if isinstance(value, str) else value:
            if name not in (names := tuple(known())):
                raise UnknownNameError(kind, name, names)
        return value

    return AfterValidator(check)


def _detoxify_models() -> Iterable[str]:
    from gpt4video_guards.text.detoxify_checkpoint import NAMES

    return NAMES


def _judges() -> Iterable[str]:
    from gpt4video_guards.judges.presets import PRESETS

    return PRESETS


def _personal_data() -> Iterable[str]:
    from gpt4video_guards.text.pii import CATEGORIES

    return CATEGORIES


class Options(TypedDict, total=False):
    """The options of a provider; of this one, none."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)  # type: ignore[misc]


class ClassifierOptions(Options, total=False):
    weights: FilePath


class DetoxifyOptions(Options, total=False):
    name: Annotated[str, _one_of("Detoxify model", _detoxify_models)]
    checkpoint: FilePath
    config: FilePath
    device: str
    max_tokens: Annotated[int, Field(ge=16)]


class LlmJudgeOptions(Options, total=False):
    preset: Required[Annotated[str, _one_of("judge", _judges)]]
    model: FilePath
    revision: str
    questions: Names
    device: str
    dtype: Literal["auto", "float32", "bfloat16", "float16"]
    batch_size: Count
    max_tokens: Count


class InjectionOptions(Options, total=False):
    text_guard: str
    text_options: Settings


class WordsOptions(Options, total=False):
    words: Annotated[str, Field(min_length=1)] | Names
    path: FilePath
    whole_words: bool
    category: str


class PiiOptions(Options, total=False):
    categories: Annotated[Names, _one_of("category of personal data", _personal_data)]


class PresidioOptions(Options, total=False):
    language: str
    model: FilePath
    entities: Names


class ConceptsOptions(Options, total=False):
    model: str
    pretrained: str | None
    concepts: Annotated[Mapping[str, Names], Field(min_length=1)] | Names
    neutral: Names
    persistence: Count
    device: str


class SafetyCheckerOptions(Options, total=False):
    checkpoint: Required[FilePath]
    persistence: Count
    device: str


class OcrOptions(Options, total=False):
    text_guard: str
    text_options: Settings
    seconds: Seconds


class NudityOptions(Options, total=False):
    persistence: Count


def check_options(kind: type[Options], given: Mapping[str, Any], *, provider: str) -> None:
    """Refuse options that a provider does not have or cannot take.

    Raises:
        UnknownNameError: no option, or nothing that an option names, of that name.
        ValueError: an option is missing, or of another type or range; the message says which.
    """
    for name in given:
        if name not in kind.__annotations__:
            raise UnknownNameError(f"option of {provider}", name, kind.__annotations__)
    try:
        TypeAdapter(kind).validate_python(dict(given))
    except ValidationError as error:
        problems = (f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise ValueError(f"options of {provider}: {'; '.join(dict.fromkeys(problems))}") from error
