"""Where finished clips are kept, so that a short handle can stand for them.

    store = ClipStore("clips", max_clips=100, max_age=24 * 3600)
    handle = store.keep(Path("made.mp4"))
    data = store.read(handle)

The handle is what a language model, a protocol or a database carries instead of the clip.
"""

from gpt4video_tools.clips.errors import ClipStoreError, UnknownClipError
from gpt4video_tools.clips.store import ClipStore, open_store

__all__ = ["ClipStore", "ClipStoreError", "UnknownClipError", "open_store"]
