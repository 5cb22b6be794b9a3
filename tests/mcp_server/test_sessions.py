"""Whole sessions with `gpt4video mcp` in a process of its own: over stdio, and over HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
import httpx
import pytest
from mcp import Client, MCPError, StdioServerParameters
from tests.mcp_server.calls import bytes_of, link_of, text_of
from tests.mcp_server.parts import BLOCKED, ENDLESS

from gpt4video_tools.clips import ClipStore

SCRIPT = Path(__file__).with_name("scripted_process.py")

Connect = Callable[[], AbstractAsyncContextManager[Client]]

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clips")


def arguments(clips: Path) -> list[str]:
    return [str(SCRIPT), "mcp", "--clips-dir", str(clips)]


@pytest.fixture(scope="module")
def address(clips: Path) -> Iterator[str]:
    """A server on a free port of this machine; it ends with its temporary files gone."""
    command = [sys.executable, *arguments(clips), "--transport", "http", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = next(line for line in process.stderr if "http://" in line)
            found = re.search(r"http://127\.0\.0\.1:\d+/mcp", told)
            assert found is not None
            yield found[0]
        finally:
            process.terminate()
            process.communicate(timeout=60)


@pytest.fixture(
    params=[("stdio", "legacy"), ("http", "legacy"), ("http", "auto")],
    ids=["stdio", "http", "http 2026"],
)
def connect(request: pytest.FixtureRequest, clips: Path) -> Connect:
    """By both ways, and by the protocol before and after the handshake was dropped from it."""
    way, mode = request.param
    if way == "http":
        url = request.getfixturevalue("address")
        return lambda: Client(url, mode=mode)
    server = StdioServerParameters(command=sys.executable, args=arguments(clips))
    return lambda: Client(server, mode=mode)


async def test_a_session_from_the_first_word_to_the_last(connect: Connect, clips: Path) -> None:
    steps: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        steps.append(progress)

    async with connect() as client:
        assert client.server_info is not None
        assert client.server_info.name == "gpt4video"
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["generate_video", "ask_video"]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template.startswith(clips.as_uri())

        prompt = {"prompt": "a red circle"}
        made = await client.call_tool("generate_video", prompt, progress_callback=note)
        link = link_of(made)
        assert await bytes_of(client, link.uri) == ClipStore(clips).read(link.uri)
        assert steps[-3:] == [1, 2, 3]

        asked = {"question": "What is it?", "video": link.uri}
        answer = await client.call_tool("ask_video", asked)
        assert text_of(answer) == "I see 1 clip and no secret."

        blocked = await client.call_tool("generate_video", {"prompt": f"a {BLOCKED}"})
        assert not blocked.is_error
        assert blocked.structured_content["status"] == "blocked"

        with pytest.raises(MCPError):
            await client.read_resource("file:///etc/passwd")
        asked = {"question": "What is it?", "video": "/etc/passwd"}
        assert (await client.call_tool("ask_video", asked)).is_error


async def test_a_cancelled_call_ends_the_work_and_the_session_goes_on(
    connect: Connect, clips: Path
) -> None:
    before = set(clips.rglob("*"))
    started = anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        if progress >= 1:
            started.set()

    async with connect() as client:
        made = link_of(await client.call_tool("generate_video", {"prompt": "a red circle"}))

        async def given_up() -> int:
            asked = {"question": "How many were given up?", "video": made.uri}
            return int(text_of(await client.call_tool("ask_video", asked)).split()[0])

        earlier = await given_up()
        async with anyio.create_task_group() as tasks:
            call = {"prompt": ENDLESS}
            tasks.start_soon(
                lambda: client.call_tool("generate_video", call, progress_callback=note)
            )
            await started.wait()
            tasks.cancel_scope.cancel()
        while await given_up() == earlier:
            await anyio.sleep(0.01)
    place = Path(ClipStore(clips).url.removeprefix("file://"))
    kept = {path.as_uri() for path in set(place.rglob("*.mp4")) - before}
    assert kept == {made.uri}


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Host", "evil.example.com", 421),
        ("Host", "127.0.0.1.evil.example.com:80", 421),
        ("Origin", "http://evil.example.com", 403),
    ],
)
def test_a_page_of_another_origin_is_turned_away(
    address: str, header: str, value: str, status: int
) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        header: value,
    }
    assert httpx.post(address, json=hello, headers=headers).status_code == status
