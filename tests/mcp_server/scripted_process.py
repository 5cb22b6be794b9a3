"""The real command line in a process of its own, on scripted parts.

While loading, it prints as libraries do: on standard output, where only the protocol may be.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.mcp_server.parts import scripted_parts

from gpt4video import loading
from gpt4video.cli import main


def load(*_: Any, **__: Any) -> loading.Parts:
    """In the place of `load_parts`."""
    print("Loading checkpoint shards: 100%")
    subprocess.run([sys.executable, "-c", "print('a child speaks')"], check=True)
    return scripted_parts()


if __name__ == "__main__":
    loading.load_parts = load
    main()
