"""`generate_video` as a client of the protocol sees it, over streams in memory."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError
from mcp_types import (
    BlobResourceContents,
    EmbeddedResource,
)
from tests.mcp_server.calls import bytes_of, connected, link_of, text_of
from tests.mcp_server.parts import BLOCKED, BROKEN, ENDLESS, Generator, scripted_parts

from gpt4video.loading import Parts
from gpt4video.mcp import MANIFEST, VERDICTS, build_server, server
from gpt4video_guards.errors import CheckpointError
from gpt4video_tools.clips import ClipStore
from gpt4video_tools.provenance import verify_manifest


@pytest.mark.parametrize("mode", ["auto", "legacy"], ids=["2026", "before 2026"])
async def test_a_clip_is_linked_and_its_bytes_are_read_by_the_link(
    tmp_path: Path, mode: str
) -> None:
    async with connected(tmp_path, mode=mode) as client:
        result = await client.call_tool("generate_video", {"prompt": "a red circle", "seed": 7})
        link = link_of(result)
        data = await bytes_of(client, link.uri)
    (file,) = tmp_path.rglob("*.mp4")
    assert link.uri == file.as_uri()
    assert data == file.read_bytes()
    assert (link.size, link.mime_type, link.name) == (len(data), "video/mp4", file.name)
    assert verify_manifest(file).holds
    assert not result.is_error
    assert result.structured_content == {
        "status": "ready",
        "text": text_of(result),
        "uri": link.uri,
        "stage": None,
    }
    assert link.uri in text_of(result)
    assert result.meta is not None
    assert result.meta[MANIFEST]["seed"] == 7
    assert [each["stage"] for each in result.meta[VERDICTS]] == ["video_prompt", "output_video"]


async def test_no_bytes_travel_in_a_result_unless_the_host_wants_it(tmp_path: Path) -> None:
    async with connected(tmp_path) as client:
        result = await client.call_tool("generate_video", {"prompt": "a red circle"})
    assert [block.type for block in result.content] == ["text", "resource_link"]
    assert len(result.model_dump_json()) < 4000


@pytest.mark.parametrize("room", [0, -1], ids=["it fits", "a byte too large"])
async def test_a_clip_is_embedded_up_to_the_host_s_limit(tmp_path: Path, room: int) -> None:
    async with connected(tmp_path / "first") as client:
        prompt = {"prompt": "a red circle", "seed": 1}
        size = link_of(await client.call_tool("generate_video", prompt)).size
        assert size is not None
    async with connected(tmp_path / "second", inline_bytes=size + room) as client:
        result = await client.call_tool("generate_video", prompt)
        data = await bytes_of(client, link_of(result).uri)
    embedded = [block for block in result.content if isinstance(block, EmbeddedResource)]
    assert len(embedded) == (1 if room == 0 else 0)
    for block in embedded:
        assert isinstance(block.resource, BlobResourceContents)
        assert block.resource.uri == link_of(result).uri
        assert base64.b64decode(block.resource.blob) == data


@pytest.mark.parametrize(
    ("prompt", "stage"), [(f"a {BLOCKED}", "video_prompt"), ("a blue square", "output_video")]
)
async def test_a_block_is_a_result_and_no_error_with_its_verdicts_and_no_file(
    tmp_path: Path, prompt: str, stage: str
) -> None:
    async with connected(tmp_path) as client:
        result = await client.call_tool("generate_video", {"prompt": prompt})
    assert not result.is_error
    assert result.structured_content == {
        "status": "blocked",
        "text": text_of(result),
        "uri": None,
        "stage": stage,
    }
    assert [block.type for block in result.content] == ["text"]
    assert text_of(result).startswith("No video was made")
    assert result.meta is not None
    assert result.meta[VERDICTS][-1]["decision"] == "block"
    assert MANIFEST not in result.meta
    assert not list(tmp_path.rglob("*"))


async def test_a_failure_is_an_error_that_keeps_the_library_s_words(tmp_path: Path) -> None:
    async with connected(tmp_path) as client:
        result = await client.call_tool("generate_video", {"prompt": BROKEN})
    assert result.is_error
    assert result.structured_content == {
        "status": "failed",
        "text": text_of(result),
        "uri": None,
        "stage": None,
    }
    assert "secret" not in result.model_dump_json()
    assert not list(tmp_path.rglob("*"))


async def test_progress_is_told_step_by_step_and_rises(tmp_path: Path) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    loaded = threading.Event()

    def load() -> Parts:
        loaded.wait(60)
        return scripted_parts()

    async def release(progress: float, total: float | None, message: str | None) -> None:
        await note(progress, total, message)
        loaded.set()

    async with connected(tmp_path, load=load) as client:
        call = {"prompt": "a red circle"}
        await client.call_tool("generate_video", call, progress_callback=release)
        await client.call_tool("generate_video", call, progress_callback=note)
    steps = [(step, 3, "making the video") for step in (1, 2, 3)]
    assert told == [(0, None, "loading the models"), *steps, *steps]


async def test_who_waits_for_the_models_hears_of_it_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_BEAT", 0.01)
    loaded = threading.Event()
    told: list[float] = []

    def load() -> Parts:
        loaded.wait(60)
        return scripted_parts()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append(progress)
        if len(told) == 4:
            loaded.set()

    async with connected(tmp_path, load=load) as client:
        call = {"prompt": "a red circle"}
        await client.call_tool("generate_video", call, progress_callback=note)
    assert told == sorted(set(told))
    assert told[0] == 0
    assert told[3] < 1
    assert told[-3:] == [1, 2, 3]


@pytest.mark.parametrize("open_world", [False, True])
async def test_clients_are_told_whether_prompts_leave_the_machine(
    tmp_path: Path, open_world: bool
) -> None:
    async with connected(tmp_path, open_world=open_world) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    hints = tools["generate_video"].annotations
    assert hints is not None
    assert hints.open_world_hint is open_world


@pytest.mark.parametrize("mode", ["auto", "legacy"], ids=["2026", "before 2026"])
async def test_a_cancelled_call_stops_the_generator_and_leaves_no_file(
    tmp_path: Path, mode: str
) -> None:
    parts = scripted_parts()
    generator = parts.generator
    assert isinstance(generator, Generator)
    started = anyio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        if generator.endless.requests:
            started.set()

    async with connected(tmp_path, load=lambda: parts, mode=mode) as client:
        async with anyio.create_task_group() as tasks:
            call = {"prompt": ENDLESS}
            tasks.start_soon(
                lambda: client.call_tool("generate_video", call, progress_callback=note)
            )
            await started.wait()
            tasks.cancel_scope.cancel()
        while not generator.endless.cancelled:
            await anyio.sleep(0.01)
        result = await client.call_tool("generate_video", {"prompt": "a red circle"})
    assert not result.is_error
    assert [path.as_uri() for path in tmp_path.rglob("*.mp4")] == [link_of(result).uri]


@pytest.mark.parametrize(
    "arguments",
    [{}, {"prompt": " "}, {"prompt": "x" * 1001}, {"prompt": "a", "seed": -1}, {"prompt": 5}],
)
async def test_arguments_out_of_range_are_errors_that_the_model_can_mend(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    parts = scripted_parts()
    async with connected(tmp_path, load=lambda: parts) as client:
        result = await client.call_tool("generate_video", arguments)
    assert result.is_error
    assert "prompt" in text_of(result) or "seed" in text_of(result)
    assert isinstance(parts.generator, Generator)
    assert parts.generator.usual.requests == []


async def test_only_handles_of_the_store_are_read(tmp_path: Path) -> None:
    (tmp_path / "outside.mp4").write_bytes(b"private")
    folder = tmp_path / "some {clips} of mine"
    async with connected(folder) as client:
        made = link_of(await client.call_tool("generate_video", {"prompt": "a red circle"}))
        assert await bytes_of(client, made.uri)
        place, name = made.uri.rsplit("/", 1)
        root = place.rsplit("/", 1)[0]
        for uri in (
            (tmp_path / "outside.mp4").as_uri(),
            "file:///etc/passwd",
            f"{root}/../outside.mp4",
            f"{root}/..%2Foutside.mp4",
            f"{root}/%2E%2E/outside.mp4",
            f"{place}/{name}.json",
            f"{place}/..%2F..%2F..%2Foutside.mp4",
            f"{place}/{name}%00",
            f"{root}/{'0' * 14}-{'0' * 16}/{name}",
            f"{root}//{name}",
            "clip",
            "",
        ):
            with pytest.raises(MCPError) as caught:
                await client.read_resource(uri)
            assert "private" not in str(caught.value)


async def test_a_clip_that_has_gone_is_told_as_unknown(tmp_path: Path) -> None:
    store = ClipStore(tmp_path)
    async with Client(build_server(scripted_parts, store=store)) as client:
        made = link_of(await client.call_tool("generate_video", {"prompt": "a red circle"}))
        store.remove(made.uri)
        with pytest.raises(MCPError, match="no clip of this store"):
            await client.read_resource(made.uri)


async def test_tools_are_listed_while_the_models_load_and_a_failed_load_is_told(
    tmp_path: Path,
) -> None:
    fail = threading.Event()

    def load() -> Parts:
        fail.wait(60)
        raise CheckpointError("/secret/path", "is not there")

    async with connected(tmp_path, load=load) as client:
        assert await client.list_tools()
        fail.set()
        for _ in range(2):
            result = await client.call_tool("generate_video", {"prompt": "a red circle"})
            assert result.is_error
            assert "models could not be loaded" in text_of(result)
            assert "secret" not in result.model_dump_json()


async def test_an_assistant_without_a_generator_says_so(tmp_path: Path) -> None:
    parts = scripted_parts()
    bare = Parts(reasoner=parts.reasoner, pipeline=parts.pipeline, generator=None)
    async with connected(tmp_path, load=lambda: bare) as client:
        result = await client.call_tool("generate_video", {"prompt": "a red circle"})
    assert result.is_error
    assert "no video generator" in text_of(result)
