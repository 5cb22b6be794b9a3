"""What was judged and may pass, by its hash, so that no part of a message is judged twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable


class Passed:
    """Hashes of what passed; the ones that were not met for longest are forgotten first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._hashes: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, digest: str) -> bool:
        with self._lock:
            known = digest in self._hashes
            if known:
                self._hashes.move_to_end(digest)
            return known

    def add(self, digests: Iterable[str]) -> None:
        with self._lock:
            for digest in digests:
                self._hashes[digest] = None
                self._hashes.move_to_end(digest)
            while len(self._hashes) > self._size:
                self._hashes.popitem(last=False)
