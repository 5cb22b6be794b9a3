"""The four ways to take a turn, written once over one generator of events."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from gpt4video._host import Request
from gpt4video.events import Event, Finished
from gpt4video.reply import Reply
from gpt4video_tools.threads import on_worker_thread

if TYPE_CHECKING:
    from gpt4video.reasoning import GenerationOptions
    from gpt4video_tools.video import VideoSource


class Talk(ABC):
    """`chat`, `stream`, `achat` and `astream`; they take the same arguments.

    Args (of all four):
        text: the user's words; several parts are judged each alone and all together.
        videos: clips to look at: paths, bytes, binary files, or `Clip`s.
        options: how the words are drawn; None for the assistant's own.
        video_options: fields of `VideoRequest` for a clip that is made in this turn, such as
            `{"seed": 1}`.
        limits: limits of `VideoBudget` for these clips; they can only lower the assistant's own.

    Raises (all four):
        InvalidInputError: an argument is wrong, or too long for the model.
        ClipError: a clip cannot be read or is over the budget.
        GenerationError: a clip was asked for and could not be made.
        SessionBusyError: the session has a turn running.

    Whatever is raised, the session is as it was before the turn.
    """

    @abstractmethod
    def _events(self, request: Request, cancelled: threading.Event) -> Generator[Event, None, None]:
        """The events of one turn."""

    def chat(
        self,
        text: str | Sequence[str],
        videos: Sequence[VideoSource] = (),
        *,
        options: GenerationOptions | None = None,
        video_options: Mapping[str, Any] | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> Reply:
        """Take a turn and wait for its reply. See `Talk` for arguments and errors."""
        events = self.stream(
            text, videos, options=options, video_options=video_options, limits=limits
        )
        (reply,) = (event.reply for event in events if isinstance(event, Finished))
        return reply

    def stream(
        self,
        text: str | Sequence[str],
        videos: Sequence[VideoSource] = (),
        *,
        options: GenerationOptions | None = None,
        video_options: Mapping[str, Any] | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> Generator[Event, None, None]:
        """Take a turn event by event; the last one is `Finished`.

        The work happens while the caller iterates. Closing the generator stops the turn.
        See `Talk` for arguments and errors.
        """
        request = Request.checked(
            text, videos, options=options, video_options=video_options, limits=limits
        )
        return self._events(request, threading.Event())

    async def achat(
        self,
        text: str | Sequence[str],
        videos: Sequence[VideoSource] = (),
        *,
        options: GenerationOptions | None = None,
        video_options: Mapping[str, Any] | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> Reply:
        """`chat` for asyncio; cancelling the task stops the turn."""
        events = self.astream(
            text, videos, options=options, video_options=video_options, limits=limits
        )
        async with aclosing(events):
            (reply,) = [event.reply async for event in events if isinstance(event, Finished)]
        return reply

    def astream(
        self,
        text: str | Sequence[str],
        videos: Sequence[VideoSource] = (),
        *,
        options: GenerationOptions | None = None,
        video_options: Mapping[str, Any] | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """`stream` for asyncio: the turn runs on one worker thread, one event for each `await`.

        Cancelling, or closing the generator, stops the turn. Wrap it in `contextlib.aclosing` where
        it may be left early.
        """
        request = Request.checked(
            text, videos, options=options, video_options=video_options, limits=limits
        )
        cancelled = threading.Event()
        return on_worker_thread(self._events(request, cancelled), stop=cancelled.set)
