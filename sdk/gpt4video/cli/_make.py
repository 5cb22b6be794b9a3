"""`gpt4video make PROMPT -o FILE`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from gpt4video.cli._console import REFUSED, busy, fail, out, print_json, steps_bar


def run_make(
    prompt: str, output: Path, *, generator: str, policy: str, seed: int | None, as_json: bool
) -> int:
    """Generate one clip under guard and move it to `output`; returns the exit code."""
    from gpt4video.loading import load_named_generator, load_pipeline
    from gpt4video_tools.gallery import (
        GenerationBlocked,
        GenerationProgress,
        GenerationReady,
        VideoRequest,
        generate_guarded,
    )
    from gpt4video_tools.provenance import manifest_path

    request = VideoRequest(prompt=prompt, seed=seed)
    with busy("loading the models"):
        made = load_named_generator(generator)
        pipeline = load_pipeline(policy)
    with tempfile.TemporaryDirectory(prefix="gpt4video-") as folder, steps_bar("making") as update:
        for event in generate_guarded(
            request, generator=made, pipeline=pipeline, output_dir=Path(folder)
        ):
            if isinstance(event, GenerationProgress):
                update(event.step, event.total)
            elif isinstance(event, GenerationBlocked):
                fail(f"refused: {event.result.reason}")
                return REFUSED
            elif isinstance(event, GenerationReady):
                output.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(manifest_path(event.path), manifest_path(output))
                shutil.move(event.path, output)
                seed = event.video.seed
    if as_json:
        print_json({"path": str(output), "prompt": prompt, "seed": seed})
    else:
        out.print(f"{output} (seed {seed})", markup=False)
    return 0
