"""Standard input that a signal ends, too."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PIECE: Final = 1 << 16
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within the context, SIGINT and SIGTERM look to whoever reads standard input as if its other
    side had closed it. Somebody who waits there for bytes cannot be woken in another way.

    Standard input is read by a thread of this context from now on, also after its end. Signals are
    the main thread's; from another one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    source = os.dup(0)
    reader, writer = os.pipe()
    os.dup2(reader, 0)
    os.close(reader)
    nowhere = os.open(os.devnull, os.O_WRONLY)

    def end() -> None:
        os.dup2(nowhere, writer)  # unlike closing it, no trouble for a thread that is writing

    def relay() -> None:
        while piece := os.read(source, _PIECE):
            while piece:
                piece = piece[os.write(writer, piece) :]
        end()

    threading.Thread(target=relay, name="gpt4video-standard-input", daemon=True).start()
    before = {each: signal.signal(each, lambda *_: end()) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
