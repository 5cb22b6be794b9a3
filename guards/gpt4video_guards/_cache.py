"""Judgements kept by what was judged, the least recently used dropped first."""

from __future__ import annotations

import threading
from collections import OrderedDict

from gpt4video_guards.judgement import Judgement


class JudgementCache:
    """Thread-safe, bounded. Keys are a guard's name and a subject's fingerprint."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[str, str], Judgement] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, guard: str, fingerprint: str) -> Judgement | None:
        with self._lock:
            found = self._kept.get((guard, fingerprint))
            if found is not None:
                self._kept.move_to_end((guard, fingerprint))
            return found

    def put(self, guard: str, fingerprint: str, judgement: Judgement) -> None:
        with self._lock:
            self._kept[guard, fingerprint] = judgement
            self._kept.move_to_end((guard, fingerprint))
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
