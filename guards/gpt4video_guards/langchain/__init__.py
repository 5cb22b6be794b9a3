"""Guards for LangChain: a guarded chat model, and middleware for `create_agent`.

    model = guarded(chat_model)
    agent = create_agent(chat_model, tools, middleware=[GuardMiddleware("standard")])

Importing this package imports langchain-core; the middleware needs `gpt4video[agents]`.
"""

from typing import TYPE_CHECKING

from gpt4video_guards.langchain.chat_model import GuardedChatModel, guarded
from gpt4video_guards.langchain.judging import MessageJudge, ReadFrames

if TYPE_CHECKING:
    from gpt4video_guards.langchain.middleware import GuardMiddleware
else:

    def __getattr__(name):
        if name != "GuardMiddleware":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from gpt4video_guards.langchain.middleware import GuardMiddleware

        return GuardMiddleware


__all__ = ["GuardMiddleware", "GuardedChatModel", "MessageJudge", "ReadFrames", "guarded"]
