"""Loading, with a spinner and without the libraries' own bars: the one door to the models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpt4video.cli._console import busy

if TYPE_CHECKING:
    from gpt4video import VideoAssistant
    from gpt4video.loading import Parts
    from gpt4video_tools.gallery import VideoGenerator
    from gpt4video_tools.provenance import Provenance


def load_assistant(
    model: str,
    *,
    policy: str,
    device: str = "auto",
    blocked: Sequence[str] = (),
    generator: Any = None,
    output_dir: Path | None = None,
    provenance: Provenance | None = None,
) -> VideoAssistant:
    """A whole assistant."""
    with busy("loading the models"):
        from gpt4video import VideoAssistant

        _quiet()
        return VideoAssistant.from_pretrained(
            model,
            policy=policy,
            device=device,
            generator=generator,
            blocked_concepts=tuple(blocked),
            output_dir=output_dir,
            provenance=provenance,
        )


def load_guarded_generator(
    generator: str, *, policy: str, device: str = "auto", blocked: Sequence[str] = ()
) -> Parts:
    """A generator with the guards of the embedded assistant, whose CLIP looks at the frames."""
    with busy("loading the models"):
        from gpt4video.loading import load_parts

        _quiet()
        return load_parts(
            "shapes", policy=policy, device=device, generator=generator, blocked_concepts=blocked
        )


def load_bare_generator(generator: str, *, device: str = "auto") -> VideoGenerator:
    """A generator alone, to be measured."""
    with busy("loading the models"):
        from gpt4video.loading import chosen_device
        from gpt4video_tools.gallery import load_generator

        _quiet()
        return load_generator(generator, device=chosen_device(device))


def assistant_loader(
    model: str, *, policy: str, device: str, blocked: Sequence[str], generator: str | None
) -> Callable[[], Parts]:
    """What loads the parts of an assistant later, in any thread; model and policy are
    looked up at once."""
    from gpt4video.loading import assistant_folder, load_parts
    from gpt4video_guards import load_policy

    assistant_folder(model)
    rules = load_policy(policy)

    def load() -> Parts:
        _quiet()
        return load_parts(
            model, policy=rules, device=device, generator=generator, blocked_concepts=blocked
        )

    return load


def _quiet() -> None:
    from transformers.utils import logging

    logging.disable_progress_bar()
