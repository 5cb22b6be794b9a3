"""A server that makes clips: what is sent to it, what comes back, and all that can go wrong.

It is a real one, on this machine; sockets to any other place stay switched off.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.gallery.scripted import ScriptedJudge
from tests.gallery.video_server import VideoServer, running, wait_until

from gpt4video_guards.errors import InvalidInputError
from gpt4video_tools.gallery import (
    GeneratedVideo,
    GenerationCancelledError,
    GenerationError,
    GenerationReady,
    RemoteVideoGenerator,
    VideoGenerator,
    VideoRequest,
    generate_guarded,
    load_generator,
)
from gpt4video_tools.video import VideoBudget, encode_mp4

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

FRAMES = np.full((6, 32, 48, 3), 90, dtype=np.uint8)
WORKING = {"status": "in_progress", "progress": 40}
DONE = {"status": "completed", "progress": 100}
REQUEST = VideoRequest(prompt="a red circle", seed=7)


@pytest.fixture(scope="module")
def mp4() -> bytes:
    return encode_mp4(FRAMES, fps=12)


@pytest.fixture
def server(mp4: bytes) -> Iterator[VideoServer]:
    with running(VideoServer(content=mp4, statuses=[WORKING, DONE])) as one:
        yield one


def test_a_job_is_made_watched_and_its_clip_read(server: VideoServer) -> None:
    seen: list[tuple[int, int]] = []
    generator = _remote(server, model="m-1", key="secret")
    assert isinstance(generator, VideoGenerator)
    video = generator.generate(REQUEST, on_progress=lambda *counts: seen.append(counts))
    assert server.asked == [
        "POST /v1/videos",
        *["GET /v1/videos/video_1"] * 2,
        "GET /v1/videos/video_1/content",
    ]
    assert seen == [(40, 100), (100, 100)]
    assert video.frames.shape == FRAMES.shape
    assert abs(video.frames.astype(int) - 90).max() <= 2
    assert (video.fps, video.generator) == (12, "m-1")
    assert server.forms == [{"prompt": "a red circle", "model": "m-1"}]
    assert server.keys == {"Bearer secret"}
    assert "secret" not in repr(generator)


def test_a_server_of_open_weights_is_told_all_wishes(server: VideoServer) -> None:
    request = VideoRequest(
        prompt="a red circle",
        negative_prompt="blurry",
        num_frames=6,
        height=32,
        width=48,
        fps=12,
        num_inference_steps=20,
        guidance_scale=4.5,
        seed=7,
    )
    video = _remote(server, fields="diffusion").generate(request)
    assert server.forms == [
        {
            "prompt": "a red circle",
            "negative_prompt": "blurry",
            "num_frames": "6",
            "size": "48x32",
            "fps": "12",
            "num_inference_steps": "20",
            "guidance_scale": "4.5",
            "seed": "7",
        }
    ]
    assert (video.seed, video.notes) == (7, ())
    plain = _remote(server).generate(request)
    assert server.forms[-1] == {"prompt": "a red circle", "size": "48x32", "seconds": "1"}
    assert len(plain.notes) == 4  # steps, guidance, negative prompt and seed are not used
    other = _remote(server).generate(VideoRequest(prompt="a", num_frames=9, width=64, height=64))
    assert other.notes == (
        "seed is not used by this server",
        "9 frames were asked, the server made 6",
        "64 x 64 pixels were asked, the server made 48 x 32",
    )


def test_a_drawn_seed_is_sent_and_reported(server: VideoServer) -> None:
    video = _remote(server, fields="diffusion").generate(VideoRequest(prompt="a"))
    assert server.forms[0]["seed"] == str(video.seed)


def test_the_preset_reads_its_server_from_the_environment_and_decodes_apart(
    server: VideoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GPT4VIDEO_REMOTE_URL", f"{server.url}/")
    monkeypatch.setenv("GPT4VIDEO_REMOTE_KEY", "from the environment")
    monkeypatch.setenv("GPT4VIDEO_REMOTE_MODEL", "m-2")
    monkeypatch.setenv("GPT4VIDEO_REMOTE_FIELDS", "diffusion")
    server.statuses = [DONE]
    video = load_generator("remote").generate(REQUEST)
    assert video.frames.shape == FRAMES.shape
    assert server.forms == [{"prompt": "a red circle", "model": "m-2", "seed": "7"}]
    assert server.keys == {"Bearer from the environment"}
    assert server.asked[0] == "POST /v1/videos"


def test_a_clip_from_a_server_is_judged_like_any_other(server: VideoServer, tmp_path: Path) -> None:
    judge = ScriptedJudge()
    events = list(
        generate_guarded(
            REQUEST,
            generator=_remote(server),
            pipeline=judge,
            output_dir=tmp_path,
        )
    )
    assert isinstance(events[-1], GenerationReady)
    assert judge.stages == ["video_prompt", "output_video"]


@pytest.mark.parametrize("what", ["POST /videos", "GET job", "GET content"])
@pytest.mark.parametrize("code", [400, 401, 404, 422])
def test_a_refusal_is_told_in_the_servers_words_and_not_tried_again(
    server: VideoServer, what: str, code: int
) -> None:
    server.faults = {what: [code]}
    server.error = '{"error": {"message": "that  model\\nis not here"}}'
    with pytest.raises(GenerationError, match=f"{code}: that model is not here"):
        _remote(server).generate(REQUEST)
    assert len([line for line in server.asked if line.startswith("POST")]) == 1
    assert ("DELETE /v1/videos/video_1" in server.asked) == (what != "POST /videos")


@pytest.mark.parametrize("what", ["GET job", "GET content"])
def test_a_fault_that_passes_is_passed_over(server: VideoServer, what: str) -> None:
    server.faults = {what: [503, 429, 500]}
    assert _made(server).frames.shape == FRAMES.shape


@pytest.mark.parametrize("what", ["GET job", "GET content"])
def test_a_fault_that_does_not_pass_is_an_error(server: VideoServer, what: str) -> None:
    server.faults = {what: [500] * 9}
    server.error = "[" * 5000
    with pytest.raises(GenerationError, match=r"500: \[\[") as caught:
        _remote(server, retries=2).generate(REQUEST)
    assert server.faults[what] == [500] * 6
    assert len(str(caught.value)) < 500


def test_a_job_is_asked_for_again_only_where_it_surely_was_not_begun(server: VideoServer) -> None:
    server.faults = {"POST /videos": [429, 503]}
    assert _made(server).frames.size
    server.faults = {"POST /videos": [500]}
    with pytest.raises(GenerationError, match="500"):
        _remote(server).generate(REQUEST)
    assert len(server.forms) == 4


def test_redirects_are_not_followed(server: VideoServer) -> None:
    server.faults = {"GET content": [302]}
    with pytest.raises(GenerationError, match="redirects are not followed"):
        _remote(server).generate(REQUEST)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({"status": "failed", "error": {"code": "x", "message": "too rude"}}, "failed: too rude"),
        ({"status": "failed", "error": None}, "job is failed"),
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "expired", "error": "late"}, "expired: late"),
        ({"status": "dancing"}, "dancing"),
    ],
)
def test_a_job_that_did_not_work_out_is_an_error(
    server: VideoServer, status: dict[str, Any], words: str
) -> None:
    server.statuses = [WORKING, status]
    with pytest.raises(GenerationError, match=words):
        _remote(server).generate(REQUEST)
    assert not any("content" in line for line in server.asked)


def test_a_job_that_never_ends_is_given_up_and_deleted(server: VideoServer) -> None:
    server.statuses = [WORKING]
    with pytest.raises(GenerationError, match="in time"):
        _remote(server, wait=0.5).generate(REQUEST)
    assert server.asked[-1] == "DELETE /v1/videos/video_1"


def test_a_server_that_falls_silent_is_given_up(server: VideoServer) -> None:
    server.hangs = True
    with pytest.raises(GenerationError, match="ReadTimeout"):
        _remote(server, timeout=0.1, retries=1).generate(REQUEST)


def test_a_server_whose_answers_drip_is_given_up(server: VideoServer) -> None:
    server.drips = True
    with pytest.raises(GenerationError, match="in time"):
        _remote(server, wait=0.3).generate(REQUEST)


def test_no_proxy_reads_what_goes_to_this_machine(
    server: VideoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running(VideoServer()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        _remote(server, key="secret").generate(REQUEST)
    assert proxy.keys == set()
    assert server.keys == {"Bearer secret"}


def test_a_server_that_is_not_there_is_an_error() -> None:
    with running(VideoServer()) as gone:
        url = gone.url
    with pytest.raises(GenerationError, match="ConnectError"):
        RemoteVideoGenerator(url, retries=1, poll=0.01).generate(REQUEST)


def test_a_cancelled_job_is_stopped_soon_and_deleted_on_the_server(server: VideoServer) -> None:
    server.statuses = [WORKING]
    stop = threading.Event()
    errors: list[BaseException] = []

    def work() -> None:
        try:
            _remote(server, poll=600).generate(REQUEST, cancelled=stop.is_set)
        except GenerationCancelledError as error:
            errors.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    wait_until(lambda: bool(server.forms))
    stop.set()
    worker.join()
    assert len(errors) == 1
    assert server.asked[-1] == "DELETE /v1/videos/video_1"


def test_what_is_cancelled_beforehand_asks_nothing(server: VideoServer) -> None:
    with pytest.raises(GenerationCancelledError):
        _remote(server).generate(REQUEST, cancelled=lambda: True)
    assert server.asked == []


def test_a_cancellation_during_the_download_stops_it(server: VideoServer) -> None:
    server.endless = True
    with pytest.raises(GenerationCancelledError):
        _remote(server).generate(
            REQUEST, cancelled=lambda: any("content" in line for line in server.asked)
        )


@pytest.mark.parametrize("endless", [False, True])
def test_a_file_that_is_too_large_is_not_read_to_its_end(
    server: VideoServer, endless: bool
) -> None:
    server.endless = endless
    with pytest.raises(GenerationError, match="more than 1000 bytes"):
        _remote(server, max_bytes=1000).generate(REQUEST)


def test_an_answer_that_is_too_large_is_no_job(server: VideoServer) -> None:
    server.created = b'{"id": "video_1", "status": "queued"' + b" " * (1 << 20) + b"}"
    with pytest.raises(GenerationError, match="more than"):
        _remote(server).generate(REQUEST)


@pytest.mark.parametrize(
    "created",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b'{"id": "video_1"}',
        b'{"id": 3, "status": "queued"}',
        b'{"id": "../files/1", "status": "queued"}',
        b'{"id": "a?b=c", "status": "queued"}',
        b'{"id": "' + b"x" * 300 + b'", "status": "queued"}',
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_no_job_is_an_error(server: VideoServer, created: bytes) -> None:
    server.created = created or b" "
    with pytest.raises(GenerationError, match=r"not a video job|odd id"):
        _remote(server).generate(REQUEST)
    assert len(server.asked) == 1


@pytest.mark.parametrize("content", [b"", b"garbage" * 999, b"\x00\x00\x00\x18ftypmp42"])
def test_bytes_that_are_no_video_are_an_error(server: VideoServer, content: bytes) -> None:
    server.content = content
    with pytest.raises(GenerationError, match="what the server sent"):
        _remote(server).generate(REQUEST)


def test_half_a_file_is_an_error(server: VideoServer, mp4: bytes) -> None:
    server.cut = True
    with pytest.raises(GenerationError, match="broke off"):
        _remote(server).generate(REQUEST)
    server.cut, server.content = False, mp4[: len(mp4) // 2]
    with pytest.raises(GenerationError, match="what the server sent"):
        _remote(server).generate(REQUEST)


def test_a_clip_over_the_budget_is_an_error(server: VideoServer) -> None:
    with pytest.raises(GenerationError, match="max_frames"):
        _remote(server, budget=VideoBudget(max_frames=5)).generate(REQUEST)


@pytest.mark.parametrize("progress", [None, "half", True, -3, 1e308, float("nan")])
def test_odd_progress_is_no_trouble(server: VideoServer, progress: Any) -> None:
    server.statuses = [{"status": "in_progress", "progress": progress}, DONE]
    seen: list[tuple[int, int]] = []
    _remote(server).generate(REQUEST, on_progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (100, 100)
    assert all(0 < step <= total == 100 for step, total in seen)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/v1",
        "ftp://localhost/v1",
        "https:///v1",
        "https://user:pw@example.org/v1",
        "https://example.org/v1?x=1",
        "https://example.org/v1#x",
        "http://127.0.0.1.example.org/v1",
        "http://[::1",
        "example.org/v1",
        "",
    ],
)
def test_an_address_that_would_show_the_key_around_is_refused(url: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        RemoteVideoGenerator(url, key="secret")
    assert caught.value.argument == "url"
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://example.org/v1", "http://localhost:1/v1", "http://[::1]:1/v1"]
)
def test_https_and_this_machine_are_fine(url: str) -> None:
    assert url in repr(RemoteVideoGenerator(url))


def test_a_key_is_stripped_and_one_that_cannot_be_sent_is_not_repeated(
    server: VideoServer,
) -> None:
    _remote(server, key=" secret\n").generate(REQUEST)
    assert server.keys == {"Bearer secret"}
    for key in ("sec\nret", "sécret", "sec\x00ret"):
        with pytest.raises(InvalidInputError) as caught:
            _remote(server, key=key)
        assert caught.value.argument == "key"
        assert "ret" not in str(caught.value)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("timeout", 0),
        ("wait", float("inf")),
        ("poll", 0),
        ("retries", -1),
        ("max_bytes", 0),
        ("fields", "all"),
    ],
)
def test_a_wrong_argument_is_named(argument: str, value: Any) -> None:
    with pytest.raises(InvalidInputError) as caught:
        RemoteVideoGenerator("https://example.org/v1", **{argument: value})
    assert caught.value.argument == argument


def _remote(server: VideoServer, **options: Any) -> RemoteVideoGenerator:
    return RemoteVideoGenerator(server.url, **{"poll": 0.01, "isolate": False, **options})


def _made(server: VideoServer) -> GeneratedVideo:
    return _remote(server).generate(REQUEST)
