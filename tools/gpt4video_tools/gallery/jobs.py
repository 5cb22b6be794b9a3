"""Jobs of an endpoint in the shape of `/v1/videos`: create, look, download, delete.

The one room that talks to a network. What a server says is not trusted: answers and files are
limited in size, ids may not change the address, redirects are not followed (the key would travel).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery.errors import GenerationCancelledError, GenerationError

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")
_MAX_ANSWER = 1 << 20
_MAX_WORDS = 300
_PASSING = {429, 500, 502, 503, 504}
_NOT_TAKEN = {429, 503}
"""Statuses that say that the request was not taken up, so that no job was made."""
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 30.0
_LOOK_SECONDS = 0.05  # between two looks at `cancelled`


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a server says of a job."""

    id: str
    status: str
    progress: int
    """Per cent."""
    problem: str
    """Why it failed, in the server's words."""


class VideoJobs:
    """Speaks to one endpoint, for one generation at a time.

    Args:
        url: up to `/v1`; https, or http on this machine.
        key: sent as a bearer token to that address alone.
        name: of the generator, for errors.
        timeout: seconds for one answer to begin or go on.
        wait: seconds from now at which everything ends.
        retries: further tries after a fault that may pass.
        cancelled: asked while waiting.

    Raises:
        InvalidInputError: `url` is none of the kind.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None,
        name: str,
        timeout: float,
        wait: float,
        retries: int,
        cancelled: Callable[[], bool],
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = checked_url(url)
        self._client = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=timeout,
            follow_redirects=False,
            # A proxy only passes https on; plain words to this machine it would read.
            trust_env=urlsplit(url).scheme == "https",
        )
        self._name = name
        self._retries = retries
        self._cancelled = cancelled
        self._deadline = time.monotonic() + wait

    def create(self, fields: dict[str, str]) -> Job:
        """Start a job. It is tried again only where the server surely has not begun it."""
        form = {name: (None, value) for name, value in fields.items()}
        with self._answer("POST", "/videos", files=form) as response:
            return self._job(response)

    def look(self, job_id: str) -> Job:
        """How a job is doing."""
        with self._answer("GET", f"/videos/{job_id}") as response:
            return self._job(response)

    def download(self, job_id: str, *, max_bytes: int) -> bytes:
        """The file of a job that is done."""
        with self._answer("GET", f"/videos/{job_id}/content") as response:
            return self._body(response, max_bytes, self._go_on)

    def delete(self, job_id: str) -> None:
        """Ask for a job to be dropped, once; whether the server does so is not our trouble."""
        with suppress(httpx.HTTPError):
            self._client.delete(f"/videos/{job_id}")

    def wait(self, seconds: float) -> None:
        """Wait, awake for a cancellation and the deadline."""
        until = time.monotonic() + seconds
        while True:
            self._go_on()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, _LOOK_SECONDS))

    def close(self) -> None:
        self._client.close()

    def _go_on(self) -> None:
        if self._cancelled():
            raise GenerationCancelledError(self._name)
        self._in_time()

    def _in_time(self) -> None:
        if time.monotonic() >= self._deadline:
            raise GenerationError(self._name, "the server did not finish in time")

    @contextmanager
    def _answer(self, method: str, path: str, **options: Any) -> Iterator[httpx.Response]:
        """A good answer whose body is still to be read; what may pass is tried again."""
        for attempt in range(self._retries + 1):
            self._go_on()
            request = self._client.build_request(method, path, **options)
            try:
                response = self._client.send(request, stream=True)
            except httpx.HTTPError as error:
                # Of a request that was sent one cannot know what became of it.
                passing = method == "GET" or isinstance(error, httpx.ConnectError)
                if not passing or attempt == self._retries:
                    problem = f"{path}: {type(error).__name__}: {error}"
                    raise GenerationError(self._name, problem) from error
                self.wait(_pause(attempt))
                continue
            try:
                again = _PASSING if method == "GET" else _NOT_TAKEN
                if response.status_code not in again or attempt == self._retries:
                    self._require_success(response, path)
                    yield response
                    return
            finally:
                response.close()
            self.wait(_pause(attempt, response.headers.get("retry-after")))

    def _require_success(self, response: httpx.Response, path: str) -> None:
        if response.is_success:
            return
        problem = f"{path}: the server answered {response.status_code}"
        if response.is_redirect:
            problem += "; redirects are not followed, give the address that it leads to"
        elif words := self._words(response):
            problem += f": {words}"
        raise GenerationError(self._name, problem)

    def _words(self, response: httpx.Response) -> str:
        """What a refusing server says, shortened."""
        try:
            body = self._body(response, _MAX_ANSWER, self._in_time)
        except GenerationError:
            return ""
        try:
            error = json.loads(body)["error"]
            text = error["message"] if isinstance(error, dict) else error
        except (ValueError, KeyError, TypeError, RecursionError):
            text = body.decode("utf-8", errors="replace")
        return _short(text)

    def _job(self, response: httpx.Response) -> Job:
        try:
            answer = json.loads(self._body(response, _MAX_ANSWER, self._in_time))
            job_id, status = answer["id"], answer["status"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            problem = "the server's answer is not a video job: no JSON with id and status"
            raise GenerationError(self._name, problem) from error
        if not (isinstance(job_id, str) and _ID.fullmatch(job_id) and isinstance(status, str)):
            raise GenerationError(self._name, f"the server's job has an odd id: {_short(job_id)!r}")
        return Job(
            id=job_id,
            status=status,
            progress=_percent(answer.get("progress")),
            problem=_reason(answer.get("error")),
        )

    def _body(self, response: httpx.Response, limit: int, between: Callable[[], None]) -> bytes:
        """The body, up to a limit. A short answer is read to its end in time, though nobody waits
        for it any more: a job that was begun can only be deleted by who knows its id."""
        found = bytearray()
        try:
            for piece in response.iter_bytes():  # as they come, however few
                found += piece
                if len(found) > limit:
                    problem = f"the server sends more than {limit} bytes"
                    raise GenerationError(self._name, problem)
                between()
        except httpx.HTTPError as error:
            problem = f"the answer broke off: {type(error).__name__}: {error}"
            raise GenerationError(self._name, problem) from error
        return bytes(found)


def checked_url(url: str) -> str:
    """The address without a slash at its end.

    Raises:
        InvalidInputError: it is not https, nor http on this machine, or has a name and password,
            a query or a fragment in it.
    """
    expected = "an https address up to /v1, or http on localhost"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise InvalidInputError("url", url, expected) from error
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL)
    if not (safe and host) or parts.query or parts.fragment:
        raise InvalidInputError("url", url, expected)
    if parts.username is not None or parts.password is not None:
        raise InvalidInputError("url", "an address with a password in it", expected)
    return url.rstrip("/")


def _pause(attempt: int, wished: str | None = None) -> float:
    seconds = float(wished) if wished and wished.isdecimal() else _FIRST_PAUSE * 2**attempt
    return min(seconds, _LONGEST_PAUSE)


def _percent(progress: object) -> int:
    if isinstance(progress, bool) or not isinstance(progress, int | float):
        return 0
    return int(min(max(progress, 0), 100)) if progress == progress else 0


def _reason(error: object) -> str:
    return _short(error.get("message") or error.get("code") if isinstance(error, dict) else error)


def _short(words: object) -> str:
    text = " ".join(str(words or "").split())
    return text if len(text) <= _MAX_WORDS else f"{text[: _MAX_WORDS - 1]}…"
