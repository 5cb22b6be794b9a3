"""The assistant: watches clips, talks about them, makes new ones, and has everything judged."""

from __future__ import annotations

import copy
import shutil
import tempfile
import threading
import uuid
import weakref
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from gpt4video._engine import run_turn, run_turns
from gpt4video._host import HOLD_BACK_CHARS, Host, Request
from gpt4video._talk import Talk
from gpt4video._turn import SessionState
from gpt4video.events import Event, Finished
from gpt4video.memory import CLIP_BYTES
from gpt4video.reasoning import GenerationOptions, Message, TextPart
from gpt4video.reply import Reply
from gpt4video.session import Session, told_history
from gpt4video_guards import GuardPipeline
from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_tools.provenance import Provenance
from gpt4video_tools.video import VideoBudget

if TYPE_CHECKING:
    from gpt4video.reasoning import Reasoner
    from gpt4video_guards import Policy
    from gpt4video_tools.gallery import VideoGenerator
    from gpt4video_tools.video import VideoSource


class VideoAssistant(Talk):
    """A video assistant, put together of parts; `from_pretrained` does it by name.

    `chat`, `stream`, `achat` and `astream` of the assistant itself take single turns that remember
    nothing; `session` gives a conversation with memory. Sessions may run in several threads.

    Args:
        reasoner: answers conversations.
        pipeline: judges everything that goes in and out. There is no default: an assistant without
            guards is one whose policy is `Policy.preset("off")`.
        generator: makes the clips that the reasoner asks for; without one, it says that it can't.
        output_dir: where made clips go, each with a manifest; None for a temporary folder that goes
            when the assistant is closed, or with the process.
        budget: the ceiling for every clip that is shown; a call's `limits` may lower it.
        options: how words are drawn unless a call says otherwise.
        system: put before every conversation.
        window: how many characters are held back until what follows them was judged too; None
            holds back each whole turn.
        clip_bytes: limit for the frames that a session keeps; the oldest clips go first.
        shows_made_clips: show the reasoner the clips that it made, with the user's next message.
        provenance: how made clips are marked and signed; None for neither. Each has a manifest.
        name: of the reasoner, told in the manifests of clips for which it wrote the prompt.

    Raises:
        InvalidInputError: there is no pipeline, or the window is below 1.
    """

    def __init__(
        self,
        *,
        reasoner: Reasoner,
        pipeline: GuardPipeline,
        generator: VideoGenerator | None = None,
        output_dir: str | PathLike[str] | None = None,
        budget: VideoBudget | None = None,
        options: GenerationOptions | None = None,
        system: str | None = None,
        window: int | None = HOLD_BACK_CHARS,
        clip_bytes: int = CLIP_BYTES,
        shows_made_clips: bool = True,
        provenance: Provenance | None = None,
        name: str | None = None,
    ) -> None:
        if not callable(getattr(pipeline, "run", None)):
            raise InvalidInputError(
                "pipeline", pipeline, "a GuardPipeline; to judge nothing, one with the policy 'off'"
            )
        if window is not None and window < 1:
            raise InvalidInputError("window", window, "at least 1 character, or None for all")
        if provenance is not None and not isinstance(provenance, Provenance):
            raise InvalidInputError("provenance", provenance, "a Provenance")
        self._folder = _OutputFolder(output_dir)
        self._open = True
        self._host = Host(
            reasoner=reasoner,
            pipeline=pipeline,
            generator=generator,
            budget=budget or VideoBudget(),
            output_dir=self._folder.path,
            options=options or GenerationOptions(),
            system=_system_message(system),
            window=window,
            clip_bytes=clip_bytes,
            shows_made_clips=shows_made_clips,
            provenance=provenance,
            name=name,
        )

    @classmethod
    def from_pretrained(
        cls,
        name_or_folder: str | PathLike[str] = "shapes",
        *,
        policy: str | Path | Policy = "standard",
        device: str = "auto",
        dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto",
        generator: str | PathLike[str] | VideoGenerator | None = None,
        output_dir: str | PathLike[str] | None = None,
        blocked_concepts: Sequence[str] = (),
        **settings: Any,
    ) -> VideoAssistant:
        """Load an assistant.

        Args:
            name_or_folder: `"shapes"`, the embedded one, or a folder with the sub-folders `model`
                and, if it makes clips, `generator`. A string without a path separator is a name.
            policy: a preset's name, a policy file, or a policy.
            device: `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`, or `"auto"` for the best one here.
            dtype: of the weights; `"auto"` is float32 on a CPU and half precision elsewhere.
            generator: another generator, or the name or folder of one.
            output_dir: see `VideoAssistant`.
            blocked_concepts: what must not be seen in any clip, in words, such as
                `["a red triangle"]`; added to what the policy's frame guard looks for.
            settings: further arguments of `VideoAssistant`; its name is the folder's own.

        Raises:
            UnknownNameError: no assistant, policy or generator of this name.
            CheckpointError: a folder of weights is missing or incomplete.
        """
        from gpt4video.loading import load_parts

        parts = load_parts(
            name_or_folder,
            policy=policy,
            device=device,
            dtype=dtype,
            generator=generator,
            blocked_concepts=blocked_concepts,
        )
        return cls(
            reasoner=parts.reasoner,
            pipeline=parts.pipeline,
            generator=parts.generator,
            output_dir=output_dir,
            **{"name": Path(name_or_folder).resolve().name, **settings},
        )

    @property
    def host(self) -> Host:
        """The parts that every turn works with, for what is built on top of an assistant."""
        return self._host

    @property
    def reasoner(self) -> Reasoner:
        """What answers."""
        return self._host.reasoner

    @property
    def pipeline(self) -> GuardPipeline:
        """What judges."""
        return self._host.pipeline

    @property
    def generator(self) -> VideoGenerator | None:
        """What makes clips."""
        return self._host.generator

    @property
    def budget(self) -> VideoBudget:
        """The ceiling for every clip that is shown."""
        return self._host.budget

    @property
    def output_dir(self) -> Path:
        """Where made clips go."""
        return self._folder.path()

    def without_generator(self) -> VideoAssistant:
        """The same assistant, but nothing that it is asked makes it make a clip.

        It shares the models, guards and settings. Closing one of the two leaves the other open.
        """
        found = copy.copy(self)
        found._folder = _OutputFolder(None)
        found._host = replace(self._host, generator=None, output_dir=found._folder.path)
        return found

    def session(self, *, history: Iterable[tuple[str, str]] = ()) -> Session:
        """Start a conversation with memory.

        Args:
            history: what was said before, as ("user", text) and ("assistant", text) in turn. It is
                judged with the first turn, and again until a turn is allowed.

        Raises:
            InvalidInputError: the history has another order.
        """
        self.require_open()
        memory = told_history(history)
        state = SessionState(id=uuid.uuid4().hex, memory=memory, unjudged=memory.messages)
        return Session(self, self._host, state)

    def batch(
        self,
        texts: Sequence[str],
        videos: Sequence[Sequence[VideoSource]] | None = None,
        *,
        options: GenerationOptions | None = None,
        video_options: Mapping[str, Any] | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> list[Reply]:
        """Take single turns together, so that the language model answers them at the same time.

        Args:
            texts: one for each turn.
            videos: the clips of each turn; None for no clips at all.
            options, video_options, limits: as in `chat`, for all turns.

        Returns:
            The replies in the order of the texts. An error in one turn is raised for all.

        Raises:
            InvalidInputError: videos has another length than texts.
        """
        clips = [()] * len(texts) if videos is None else videos
        if isinstance(texts, str) or len(clips) != len(texts):
            raise InvalidInputError(
                "videos", f"{len(clips)} lists", f"one list of clips for each of {len(texts)} texts"
            )
        asked = [
            (
                _single_turn(),
                Request.checked(
                    text, shown, options=options, video_options=video_options, limits=limits
                ),
            )
            for text, shown in zip(texts, clips, strict=True)
        ]
        self.require_open()
        replies: dict[int, Reply] = {}
        with closing(run_turns(self._host, asked, cancelled=threading.Event())) as events:
            for index, event in events:
                if isinstance(event, Finished):
                    replies[index] = event.reply
        return [replies[index] for index in range(len(asked))]

    def close(self) -> None:
        """Remove the temporary folder, if there is one; no further turns are taken."""
        self._open = False
        self._folder.remove()

    def require_open(self) -> None:
        """Raise `ConfigurationError` if the assistant was closed."""
        if not self._open:
            raise ConfigurationError("this assistant is closed; build another one")

    def _events(self, request: Request, cancelled: threading.Event) -> Generator[Event, None, None]:
        self.require_open()
        yield from run_turn(self._host, _single_turn(), request, cancelled=cancelled)

    def __enter__(self) -> VideoAssistant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _OutputFolder:
    """The caller's folder, or a temporary one that is made when first asked for."""

    def __init__(self, folder: str | PathLike[str] | None) -> None:
        self._folder = None if folder is None else Path(folder)
        self._finalizer: weakref.finalize[[str], _OutputFolder] | None = None
        self._lock = threading.Lock()

    def path(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="gpt4video-"))
                self._finalizer = weakref.finalize(
                    self, shutil.rmtree, str(self._folder), ignore_errors=True
                )
            return self._folder

    def remove(self) -> None:
        """Remove the folder if it is ours."""
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
                self._folder = self._finalizer = None


def _single_turn() -> SessionState:
    return SessionState(id=uuid.uuid4().hex, lasting=False)


def _system_message(text: str | None) -> Message | None:
    return None if text is None else Message(role="system", parts=(TextPart(text=text),))
