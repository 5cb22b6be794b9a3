"""`gpt4video make PROMPT -o FILE`."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpt4video.cli._console import REFUSED, fail, print_json, say, steps_bar
from gpt4video.cli._reply import verdicts_as_dicts

if TYPE_CHECKING:
    from gpt4video.loading import Parts
    from gpt4video_guards import StageResult
    from gpt4video_tools.gallery import GenerationReady, VideoRequest
    from gpt4video_tools.provenance import Provenance


def run_make(
    parts: Parts,
    request: VideoRequest,
    output: Path,
    *,
    provenance: Provenance | None = None,
    as_json: bool,
) -> int:
    """Generate one clip under guard; returns the exit code.

    The clip and its manifest are written in a hidden folder beside `output`, so that moving them to
    their places is one step of the file system; whatever happens, nothing half-written stays.
    """
    from gpt4video_tools.gallery import (
        GenerationBlocked,
        GenerationJudged,
        GenerationProgress,
        GenerationReady,
        generate_guarded,
    )

    assert parts.generator is not None
    folder = output.absolute().parent / f".gpt4video-{secrets.token_hex(8)}"
    results: list[StageResult] = []
    ready: GenerationReady | None = None
    try:
        with steps_bar("making") as update:
            for event in generate_guarded(
                request,
                generator=parts.generator,
                pipeline=parts.pipeline,
                output_dir=folder,
                provenance=provenance,
            ):
                if isinstance(event, GenerationProgress):
                    update(event.step, event.total)
                elif isinstance(event, GenerationJudged):
                    results.append(event.result)
                elif isinstance(event, GenerationBlocked):
                    return _refused(event.result, results, as_json=as_json)
                elif isinstance(event, GenerationReady):
                    ready = event
        assert ready is not None  # the last event is this one or a block
        _move(ready, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _tell(ready, output, results, as_json=as_json)
    return 0


def _move(ready: GenerationReady, output: Path) -> None:
    """Both files to their names, or neither: a clip never stands there without its manifest."""
    from gpt4video_tools.provenance import manifest_path, write_manifest

    write_manifest(output, ready.manifest.model_copy(update={"file": output.name}))
    try:
        os.replace(ready.path, output)
    except OSError:
        manifest_path(output).unlink(missing_ok=True)
        raise


def _refused(result: StageResult, results: list[StageResult], *, as_json: bool) -> int:
    if as_json:
        verdicts = verdicts_as_dicts(each for one in results for each in one.verdicts)
        print_json(
            {"refused": True, "stage": result.stage, "reason": result.reason, "verdicts": verdicts}
        )
    else:
        fail(f"refused at {result.stage}: {result.reason}")
    return REFUSED


def _tell(
    ready: GenerationReady, output: Path, results: list[StageResult], *, as_json: bool
) -> None:
    video = ready.video
    frames, height, width, _ = video.frames.shape
    if not as_json:
        say(f"{output} ({frames} frames of {width} x {height}, seed {video.seed})")
        for note in video.notes:
            say(f"note: {note}")
        return
    facts: dict[str, Any] = {
        "refused": False,
        "path": str(output),
        "frames": frames,
        "height": height,
        "width": width,
        "fps": video.fps,
        "seed": video.seed,
        "generator": video.generator,
        "notes": list(video.notes),
        "verdicts": verdicts_as_dicts(each for one in results for each in one.verdicts),
    }
    print_json(facts)
