from __future__ import annotations

import subprocess
import sys

import gpt4video_guards

HEAVY = ("torch", "transformers", "diffusers", "open_clip", "detoxify", "langchain_core")


def loaded_after(code: str) -> set[str]:
    """Which heavy packages a fresh process has loaded after running this."""
    program = f"{code}\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_guards_loads_no_framework() -> None:
    assert loaded_after("import gpt4video_guards, gpt4video_guards.evaluation") == set()


def test_judging_text_by_the_standard_policy_loads_no_framework() -> None:
    code = (
        "from gpt4video_guards import GuardPipeline, TextSubject\n"
        "result = GuardPipeline.from_policy('standard').run(\n"
        "    'input_text', [TextSubject(text='hello', kind='prompt')])\n"
        "assert not result.blocked, result.reason"
    )
    assert loaded_after(code) == set()


def test_what_is_promised_is_there_and_sorted() -> None:
    promised = gpt4video_guards.__all__
    assert all(hasattr(gpt4video_guards, name) for name in promised)
    assert len(set(promised)) == len(promised)
