"""The MCP server: two tools, and the clips as resources."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import anyio.to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError, ToolError
from mcp_types import CallToolResult, ToolAnnotations

from gpt4video import VideoAssistant, __version__
from gpt4video.loading import Parts
from gpt4video.mcp._loading import Loading
from gpt4video.mcp._results import (
    MP4,
    StoredClip,
    VideoAsked,
    VideoMade,
    asked_result,
    made_result,
)
from gpt4video_tools.calls import (
    ASK_VIDEO,
    GENERATE_VIDEO,
    ClipSources,
    Outcome,
    PromptArg,
    QuestionArg,
    SeedArg,
    VideoArg,
    VideoAsker,
    VideoMaker,
)
from gpt4video_tools.clips import ClipStore, ClipStoreError, UnknownClipError
from gpt4video_tools.gallery import GenerationProgress, VideoRequest
from gpt4video_tools.provenance import Provenance

_log = logging.getLogger(__name__)

_BEAT: Final = 5.0
"""Seconds between two words to a client that waits for the models."""

INSTRUCTIONS: Final = (
    "generate_video makes a short clip and links to it; the link is a resource of this server. "
    "ask_video answers questions about a clip: give it the address that generate_video returned. "
    "Everything that goes in or out is judged for safety; what was blocked stays blocked when it "
    "is asked for again."
)


def build_server(
    load: Callable[[], Parts],
    *,
    store: ClipStore,
    folders: Sequence[Path] = (),
    inline_bytes: int = 0,
    provenance: Provenance | None = None,
    open_world: bool = False,
) -> MCPServer[None]:
    """Put the server together; `serve_stdio` and `serve_http` run it.

    Args:
        load: gives the parts of an assistant. It is called once, in the background, as soon as the
            server runs: tools are listed meanwhile, and calls wait for it.
        store: where made clips are kept, and what the resources are read from.
        folders: files below these may be asked about, besides the clips of the store.
        inline_bytes: clips of up to this many bytes are embedded in the result as well as linked,
            in base64; 0 for links only.
        provenance: how made clips are marked and signed; None for neither.
        open_world: whether prompts leave this machine, as with a remote generator; clients are
            told, and may ask their user first.
    """
    sources = ClipSources(store=store, folders=tuple(folders))

    def desk() -> _Desk:
        return _Desk.of(load(), store, sources, provenance)

    tools = _Tools(Loading(desk), store, inline_bytes)

    @asynccontextmanager
    async def lifespan(_: MCPServer[None]) -> AsyncIterator[None]:
        tools.desk.start()
        yield

    server = MCPServer(
        "gpt4video",
        version=__version__,
        instructions=INSTRUCTIONS,
        log_level="WARNING",
        lifespan=lifespan,
    )
    server.add_tool(
        tools.generate_video,
        description=GENERATE_VIDEO,
        annotations=ToolAnnotations(
            title="Make a video",
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=open_world,
        ),
    )
    server.add_tool(
        tools.ask_video,
        description=ASK_VIDEO,
        annotations=ToolAnnotations(
            title="Ask about a video", read_only_hint=True, open_world_hint=False
        ),
    )
    server.resource(
        f"{store.url}/{{id}}/{{name}}",
        name="clip",
        description="A video that generate_video made.",
        mime_type=MP4,
    )(tools.clip)
    return server


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """Who does the work, once the models are there."""

    maker: VideoMaker | None
    asker: VideoAsker

    @classmethod
    def of(
        cls, parts: Parts, store: ClipStore, sources: ClipSources, provenance: Provenance | None
    ) -> _Desk:
        maker = None
        if parts.generator is not None:
            maker = VideoMaker(
                generator=parts.generator,
                pipeline=parts.pipeline,
                store=store,
                provenance=provenance,
            )
        # Without a generator: to ask must change nothing, whatever the question talks it into.
        answerer = VideoAssistant(reasoner=parts.reasoner, pipeline=parts.pipeline)
        return cls(maker=maker, asker=VideoAsker(answerer=answerer, sources=sources))


class _Tools:
    """What the tools and resources do."""

    def __init__(self, desk: Loading[_Desk], store: ClipStore, inline_bytes: int) -> None:
        self.desk = desk
        self._store = store
        self._inline_bytes = inline_bytes

    async def generate_video(
        self, prompt: PromptArg, ctx: Context[Any, Any], seed: SeedArg = None
    ) -> Annotated[CallToolResult, VideoMade]:
        """A cancelled request stops the generator at its next step, and nothing is kept."""
        maker = (await self._loaded(ctx)).maker
        if maker is None:
            raise ToolError("this server has no video generator")

        async def tell(progress: GenerationProgress) -> None:
            await ctx.report_progress(progress.step, progress.total, "making the video")

        outcome = await maker.amake(VideoRequest(prompt=prompt, seed=seed), on_progress=tell)
        return await anyio.to_thread.run_sync(self._made, outcome)

    async def ask_video(
        self, question: QuestionArg, video: VideoArg, ctx: Context[Any, Any]
    ) -> Annotated[CallToolResult, VideoAsked]:
        """A cancelled request is given up; an answer on its way is finished, and dropped."""
        desk = await self._loaded(ctx)
        return asked_result(await desk.asker.aask(question, video))

    def clip(self, id: str, name: str) -> bytes:
        """The bytes of a clip."""
        handle = f"{self._store.url}/{id}/{quote(name, safe='')}"
        try:
            return self._store.read(handle)
        except UnknownClipError as error:
            raise ResourceNotFoundError(str(error)) from error
        except ClipStoreError as error:
            _log.exception("a clip could not be read")
            raise ResourceError("the clip could not be read") from error

    async def _loaded(self, ctx: Context[Any, Any]) -> _Desk:
        desk = self.desk.start()
        loading = asyncio.wrap_future(desk)
        beats = 0
        while not desk.done():
            # Again and again, because clients give up on who is silent; the numbers rise, as the
            # protocol wants it, and stay below the first step of the work itself.
            await ctx.report_progress(1 - 1 / (beats + 1), None, "loading the models")
            await asyncio.wait([loading], timeout=_BEAT)
            beats += 1
        try:
            return await loading
        except Exception as error:
            _log.exception("the models could not be loaded")
            raise ToolError("the models could not be loaded; the server's log says why") from error

    def _made(self, outcome: Outcome) -> CallToolResult:
        uri = outcome[1]["uri"]
        if uri is None:
            return made_result(outcome, None)
        with self._store.fetch(uri) as path:
            size = path.stat().st_size
            inline = path.read_bytes() if size <= self._inline_bytes else None
        return made_result(outcome, StoredClip(uri=uri, size=size, inline=inline))
