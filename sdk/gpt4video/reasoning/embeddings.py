"""Clip embeddings kept under a byte limit, the least recently used going first."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from gpt4video.reasoning.conversation import ClipPart
from gpt4video_guards.errors import InvalidInputError

if TYPE_CHECKING:
    from torch import Tensor


class EmbeddingCache:
    """Embeddings [K, D] by clip identity.

    Args:
        limit: bytes that may be held; 0 keeps nothing.
    """

    def __init__(self, limit: int) -> None:
        if limit < 0:
            raise InvalidInputError("embedding_cache_bytes", limit, "0 or more bytes")
        self.limit = limit
        self.size = 0
        self._held: OrderedDict[str, Tensor] = OrderedDict()

    def get(self, identity: str) -> Tensor | None:
        """The embeddings of a clip, or None where they are not known."""
        found = self._held.get(identity)
        if found is not None:
            self._held.move_to_end(identity)
        return found

    def put(self, identity: str, embeddings: Tensor) -> None:
        """Keep the embeddings of a clip, letting older ones go where the limit asks for it."""
        self.forget(identity)
        if embeddings.nbytes > self.limit:
            return
        self._held[identity] = embeddings
        self.size += embeddings.nbytes
        while self.size > self.limit:
            self.size -= self._held.popitem(last=False)[1].nbytes

    def forget(self, identity: str) -> None:
        """Drop the embeddings of a clip; unknown ones are fine."""
        dropped = self._held.pop(identity, None)
        self.size -= 0 if dropped is None else dropped.nbytes

    def __len__(self) -> int:
        return len(self._held)


def clip_identity(clip: ClipPart) -> str:
    """Equal for equal frames: of the content hash and the times, or of the frames themselves."""
    if clip.key:
        return f"{clip.key}:{','.join(f'{time:.6f}' for time in clip.times)}:{len(clip.frames)}"
    digest = hashlib.sha256(str(clip.frames.shape).encode())
    digest.update(clip.frames.tobytes())
    return digest.hexdigest()


__all__ = ["EmbeddingCache", "clip_identity"]
