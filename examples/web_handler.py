"""An async web handler: a clip is uploaded, the answer streams back as server-sent events.

pip install starlette uvicorn python-multipart
uvicorn --factory examples.web_handler:create_app

curl -N -F clip=@clip.mp4 -F question="What moves?" http://127.0.0.1:8000/ask
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gpt4video import GPT4VideoError, VideoAssistant
from gpt4video.events import Finished, Refused, TextDelta

LARGEST_CLIP = 20 * 2**20


def create_app(assistant: VideoAssistant | None = None) -> Starlette:
    """The app, around the embedded assistant unless another one is given."""
    loaded = assistant or VideoAssistant.from_pretrained()

    async def ask(request: Request) -> Response:
        async with request.form(max_files=1) as form:
            clip, question = form.get("clip"), form.get("question")
            if not isinstance(clip, UploadFile) or not isinstance(question, str):
                return JSONResponse({"error": "send a clip and a question"}, status_code=422)
            if (clip.size or 0) > LARGEST_CLIP:
                return JSONResponse({"error": "the clip is larger than 20 MiB"}, status_code=413)
            data = await clip.read()
        return StreamingResponse(answer(loaded, data, question), media_type="text/event-stream")

    return Starlette(routes=[Route("/ask", ask, methods=["POST"])])


async def answer(
    assistant: VideoAssistant, clip: bytes, question: str
) -> AsyncGenerator[str, None]:
    """The events of one turn, one line each; a client that leaves ends the turn."""
    try:
        async with aclosing(assistant.astream(question, videos=[clip])) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield _sent("text", event.text)
                elif isinstance(event, Refused):
                    yield _sent("refused", event.text)
                elif isinstance(event, Finished):
                    yield _sent("done", event.reply.text)
    except GPT4VideoError as error:
        yield _sent("error", str(error))


def _sent(kind: str, text: str) -> str:
    return f"event: {kind}\ndata: {json.dumps(text)}\n\n"
