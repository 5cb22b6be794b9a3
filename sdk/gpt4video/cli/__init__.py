"""The command line `gpt4video`.

Exit codes: 0 done; 1 something failed, with one line that says what; 2 the call was wrong;
3 the guards refused.
"""

from __future__ import annotations

from gpt4video.cli._app import main

__all__ = ["main"]
