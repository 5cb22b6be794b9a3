"""A server that makes clips, behind an endpoint in the shape of `/v1/videos`."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing

from gpt4video_guards.errors import ConfigurationError, InvalidInputError
from gpt4video_tools import video as clips  # PyAV is loaded when the first clip is read
from gpt4video_tools.gallery.errors import GenerationError
from gpt4video_tools.gallery.jobs import Job, VideoJobs, checked_url
from gpt4video_tools.gallery.request import GeneratedVideo, VideoRequest, used_seed

_KEY = "GPT4VIDEO_REMOTE_KEY"
_MODEL = "GPT4VIDEO_REMOTE_MODEL"
_FIELDS = "GPT4VIDEO_REMOTE_FIELDS"

OPENAI_FIELDS = ("size", "seconds")
"""What OpenAI's own endpoint takes besides a prompt and a model."""
DIFFUSION_FIELDS = (
    "size",
    "num_frames",
    "fps",
    "num_inference_steps",
    "guidance_scale",
    "negative_prompt",
    "seed",
)
"""What servers of open weights take, such as vLLM-Omni."""
_DIALECTS = {"openai": OPENAI_FIELDS, "diffusion": DIFFUSION_FIELDS}

_WAITING = {"queued", "pending", "in_progress", "processing", "running"}
_DONE = "completed"


class RemoteVideoGenerator:
    """Sends the prompt to a server, waits for the job and reads the mp4 that comes back.

    What comes back is judged like any other clip; what leaves this machine is the prompt (and the
    negative prompt). A guard's stage `video_prompt` stands before both.

    Args:
        url: the address up to `/v1`: https, or http on this machine.
        model: for servers that have several.
        key: sent as a bearer token; by default the variable GPT4VIDEO_REMOTE_KEY, if set.
        fields: which wishes the server understands: "openai" (`OPENAI_FIELDS`) or "diffusion"
            (`DIFFUSION_FIELDS`). Other wishes are left out, and `notes` say so.
        name: for messages and manifests.
        timeout: seconds for one answer to begin or go on.
        wait: seconds for everything.
        poll: seconds between two looks at a job.
        retries: further tries after faults that may pass (429, 5xx, a broken connection).
        max_bytes: of the file.
        budget: of the clip, for decoding.
        isolate: decode the frames in a child process with limits; True means 8 GiB and a minute.

    Raises:
        InvalidInputError: an argument is wrong.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        key: str | None = None,
        fields: str = "openai",
        name: str | None = None,
        timeout: float = 30.0,
        wait: float = 1800.0,
        poll: float = 2.0,
        retries: int = 3,
        max_bytes: int = 256 * 1024**2,
        budget: clips.VideoBudget | None = None,
        isolate: bool | clips.Isolation = True,
    ) -> None:
        numbers = {"timeout": timeout, "wait": wait, "poll": poll, "max_bytes": max_bytes}
        for argument, value in numbers.items():
            if not 0 < value < float("inf"):
                raise InvalidInputError(argument, value, "a positive, finite number")
        if retries < 0:
            raise InvalidInputError("retries", retries, "a whole number, not negative")
        if fields not in _DIALECTS:
            raise InvalidInputError("fields", fields, f"one of {', '.join(_DIALECTS)}")
        self._url = checked_url(url)
        self._model = model
        self._key = _checked_key(key or os.environ.get(_KEY))
        self._fields = _DIALECTS[fields]
        self._timeout, self._wait, self._poll, self._retries = timeout, wait, poll, retries
        self._max_bytes = int(max_bytes)
        self._budget = budget or clips.VideoBudget(max_frames=2048, longest_side=8192)
        # Raw frames are large: 12 s of 1280 x 720 at 24 a second take 0.8 GB, twice while stacked.
        self._isolate = clips.Isolation(memory=8 * 1024**3) if isolate is True else isolate
        self.name = name or model or "remote"

    @classmethod
    def from_environment(cls, variable: str) -> RemoteVideoGenerator:
        """The server that the variable names, with GPT4VIDEO_REMOTE_KEY, GPT4VIDEO_REMOTE_MODEL and
        GPT4VIDEO_REMOTE_FIELDS where they are set.

        Raises:
            ConfigurationError: the variable is not set.
            InvalidInputError: one of them is wrong.
        """
        url = os.environ.get(variable)
        if not url:
            raise ConfigurationError(f"the remote generator needs its address in {variable}")
        return cls(
            url,
            model=os.environ.get(_MODEL) or None,
            fields=os.environ.get(_FIELDS) or "openai",
        )

    def generate(
        self,
        request: VideoRequest,
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> GeneratedVideo:
        """Make a clip; see `VideoGenerator.generate`. Progress is in per cent, as the server says.

        A cancelled, failed or overdue job is asked to be deleted on the server.
        """
        seed = used_seed(request)
        jobs = VideoJobs(
            self._url,
            key=self._key,
            name=self.name,
            timeout=self._timeout,
            wait=self._wait,
            retries=self._retries,
            cancelled=cancelled or (lambda: False),
        )
        with closing(jobs):
            job = jobs.create(self._form(request, seed))
            try:
                self._wait_for(job, jobs, on_progress)
                data = jobs.download(job.id, max_bytes=self._max_bytes)
            except BaseException:
                jobs.delete(job.id)
                raise
        return self._video(data, request, seed)

    def _form(self, request: VideoRequest, seed: int) -> dict[str, str]:
        """Fields of the form that is sent."""
        wishes = _wishes(request) | {"seed": str(seed)}
        chosen = {name: wishes[name] for name in self._fields if name in wishes}
        model = {"model": self._model} if self._model else {}
        return {"prompt": request.prompt, **model, **chosen}

    def _wait_for(
        self, job: Job, jobs: VideoJobs, on_progress: Callable[[int, int], None] | None
    ) -> None:
        told = 0
        while job.status != _DONE:
            if job.status not in _WAITING:
                reason = f": {job.problem}" if job.problem else ""
                raise GenerationError(self.name, f"the server's job is {job.status}{reason}")
            if on_progress is not None and job.progress > told:
                told = job.progress
                on_progress(told, 100)
            jobs.wait(self._poll)
            job = jobs.look(job.id)
        if on_progress is not None:
            on_progress(100, 100)

    def _video(self, data: bytes, request: VideoRequest, seed: int) -> GeneratedVideo:
        try:
            info = clips.probe_clip(data, budget=self._budget)
            frames = info.frames or max(round((info.duration or 0) * (info.fps or 0)), 1)
            clip = clips.read_clip(
                data, num_frames=frames, budget=self._budget, isolate=self._isolate
            )
        except clips.ClipError as error:
            raise GenerationError(self.name, f"what the server sent: {error.problem}") from error
        fps = frames / clip.duration if clip.duration else info.fps or 1.0
        return GeneratedVideo(
            frames=clip.frames,
            fps=round(fps, 3),
            seed=seed,
            generator=self.name,
            notes=tuple(self._notes(request, clip.frames.shape)),
        )

    def _notes(self, request: VideoRequest, shape: tuple[int, ...]) -> list[str]:
        """What came otherwise than asked, and what was not asked at all."""
        notes = [
            f"{name} is not used by this server"
            for name in ("num_inference_steps", "guidance_scale", "negative_prompt")
            if getattr(request, name) is not None and name not in self._fields
        ]
        if "seed" not in self._fields:  # one is reported, whoever asked for it
            notes.append("seed is not used by this server")
        frames, height, width = shape[:3]
        if request.num_frames not in (None, frames):
            notes.append(f"{request.num_frames} frames were asked, the server made {frames}")
        if request.height not in (None, height) or request.width not in (None, width):
            wished = f"{request.width or 'any'} x {request.height or 'any'}"
            notes.append(f"{wished} pixels were asked, the server made {width} x {height}")
        return notes

    def __repr__(self) -> str:
        return f"RemoteVideoGenerator({self._url!r}, model={self._model!r})"


def _checked_key(key: str | None) -> str | None:
    """The key without white space around it; said before a header's error could repeat it."""
    stripped = (key or "").strip()
    if not (stripped.isascii() and stripped.isprintable()):
        raise InvalidInputError("key", "a key with odd characters", "printable ASCII")
    return stripped or None


def _wishes(request: VideoRequest) -> dict[str, str]:
    """All that the request says, in the words of such endpoints."""
    wishes = {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name in ("num_frames", "fps", "num_inference_steps", "guidance_scale")
        if (value := getattr(request, name)) is not None
    }
    if request.negative_prompt:
        wishes["negative_prompt"] = request.negative_prompt
    if request.height and request.width:
        wishes["size"] = f"{request.width}x{request.height}"
    if request.num_frames and request.fps:
        wishes["seconds"] = str(max(round(request.num_frames / request.fps), 1))
    return wishes
